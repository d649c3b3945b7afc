"""Mirrors tree/control."""
