"""Mirrors tree/store."""
