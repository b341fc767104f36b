"""What the commands share: options, runs over a corpus, files and one-line errors."""
