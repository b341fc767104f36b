"""Drawn scenes, with the objects in them and the captions that are right for them."""
