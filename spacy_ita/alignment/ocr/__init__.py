"""OCA: the text in a picture, by OCR."""
