"""Mirrors tree/carrying."""
