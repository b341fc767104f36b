"""Rows of the benchmark on a GPU."""
