"""What a user decides about memory: what is meant, trust and names, and taking it out for good."""
