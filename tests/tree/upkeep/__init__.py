"""Mirrors tree/upkeep."""
