"""Made-up tweets whose names a scene tells apart, or does not."""
