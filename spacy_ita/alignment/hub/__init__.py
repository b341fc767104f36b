"""Vision models of Hugging Face: loading, saving, and what the rooms share of them."""
