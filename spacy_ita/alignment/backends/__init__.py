"""The engines that the `image_*` pipes ask."""
