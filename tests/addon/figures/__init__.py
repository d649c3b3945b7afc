"""Mirrors addon/figures."""
