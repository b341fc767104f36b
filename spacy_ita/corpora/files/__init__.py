"""Files of any format: atomic writing, and text in UTF-8."""
