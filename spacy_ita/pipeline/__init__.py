"""A pipeline over good and bad posts: each comes back, annotated or with its error."""
