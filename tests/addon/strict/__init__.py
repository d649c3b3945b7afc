"""Providers on this machine that refuse what the real ones refuse, and agents with the official SDKs."""
