"""Configs for training and alignment: from a user's options, and the project's own."""
