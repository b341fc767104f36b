"""A warning of pictures that nothing has looked at, so that a tagger reads the text alone."""

from collections.abc import Sequence

from spacy.tokens import Doc

from ...alignment.failures import failures, warn
from ...context import Context
from ...extensions import Attributes


def warn_of_unaligned_pictures(
    name: str, docs: Sequence[Doc], contexts: Sequence[Context], attrs: Attributes
) -> bool:
    """Warn if a document has a picture, but neither an alignment nor a picture that was read.

    Args:
        name: Name of the tagger.
        docs: The documents.
        contexts: What the tagger reads beside their texts.
        attrs: Names of the extensions.

    Returns:
        Whether there was such a document.
    """
    for doc, context in zip(docs, contexts, strict=True):
        if not context and doc.user_data and _is_unaligned(doc, attrs):
            warn(
                "alignment",
                doc,
                f"{name} reads its text without its picture: put image_* pipes before {name}, and "
                "in a training name them in `annotating_components`, or align the documents with "
                "`spacy ita align`. Later documents give no such warning.",
            )
            return True
    return False


def _is_unaligned(doc: Doc, attrs: Attributes) -> bool:
    # failures have warnings of their own
    return (
        bool(doc._.get(attrs.image_path))
        and not failures(doc)
        and all(doc._.get(alignment) is None for alignment in attrs.alignments)
    )
