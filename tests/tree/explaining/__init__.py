"""Mirrors tree/explaining."""
