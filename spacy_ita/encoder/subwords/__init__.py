"""Words and contexts as subwords: the rows that the encoder reads."""
