"""Pictures to text: objects, captions, lettering and knowledge, by pipes over backends."""
