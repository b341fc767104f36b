"""What the demo's detector and captioner need to be trained, measured and shipped."""
