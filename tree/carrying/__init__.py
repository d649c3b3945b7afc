"""Memory as a file, and back: lines of JSON for programs, text for people and git; neither loses an observation."""
