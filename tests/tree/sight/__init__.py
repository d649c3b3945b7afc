"""Mirrors tree/sight."""
