"""Pictures from the web, fetched only if the user asks."""
