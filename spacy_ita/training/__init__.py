"""Corpora in and out, the optimizer and the logger of a training."""
