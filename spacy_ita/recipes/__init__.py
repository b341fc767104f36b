"""Configs that train and align: from a user's options, and the project's own."""
