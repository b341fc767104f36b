"""A vision-language model behind an API."""
