"""A pipeline as an HTTP API and a browser page; needs the extra `serve`."""
