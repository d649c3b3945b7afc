"""Mirrors tree/declared."""
