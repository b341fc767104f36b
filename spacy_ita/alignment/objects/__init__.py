"""LA: objects with attributes, from a detector."""
