"""The corpus, the checkpoints, the optimizer and the logger of a training."""
