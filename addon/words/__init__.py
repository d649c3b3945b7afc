"""Decisions and figures in words, the same for the terminal, the page and mitmproxy."""
