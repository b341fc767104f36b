"""Speed and memory of the package; each module here is a command."""
