"""What there is to see of a memory, as typed values for whoever shows it: the tree, its nodes, and what was learnt."""
