"""Parts of encoders that fuse text and picture: attention, gates, graphs and relations."""
