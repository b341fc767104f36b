"""Pictures to text: objects, captions, OCR text and knowledge, by pipes over backends."""
