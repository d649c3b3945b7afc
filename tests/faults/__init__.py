"""What goes wrong outside of Rote, made to happen to a real proxy on a real store."""
