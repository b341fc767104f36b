"""Shortcuts for known encoders: rows that share a line, a last layer for the words alone."""
