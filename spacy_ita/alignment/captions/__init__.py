"""GA: captions, from a captioner."""
