"""Whether what is stored and what was learnt is as it should be, checked from end to end, and mended."""
