"""Made-up tweets, whose pictures settle the type of some names."""
