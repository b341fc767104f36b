"""Rows as batches: which rows share a call or a line, and the encoder's input."""
