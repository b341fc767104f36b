"""Running of pipelines over good and bad posts: each comes back, annotated or with its error."""
