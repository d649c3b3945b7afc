"""Bytes that nobody meant well, fed to everything that reads any."""
