"""Rows of `make bench`."""
