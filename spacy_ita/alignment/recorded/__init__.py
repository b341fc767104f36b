"""Alignments made elsewhere: the formats of other studies, and the backend that reads them."""
