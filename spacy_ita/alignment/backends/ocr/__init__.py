"""Engines that read the lettering in a picture."""
