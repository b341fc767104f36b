"""Objects, captions, OCR text and knowledge from a vision-language model."""
