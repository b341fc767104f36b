"""Encoders that read the picture itself, the paper's baselines: features and joint models."""
