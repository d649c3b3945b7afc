"""Mirrors addon/shown."""
