"""Vision models of Hugging Face: loading, saving, and what the kinds of backends share."""
