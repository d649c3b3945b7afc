"""Why something was decided: as plain values, in words, and beside the recorded branch that comes nearest."""
