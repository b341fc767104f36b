"""The colours of entities, wherever displaCy draws them."""

LABEL_COLOURS = {
    "PER": "#f5b5c8",
    "LOC": "#ffd27d",
    "ORG": "#9bd5f5",
    "MISC": "#b9e3a7",
    "OTHER": "#d7b4ea",
}
"""By label: those of Twitter-15, Twitter-17 and SNAP. displaCy finds them by entry point."""
