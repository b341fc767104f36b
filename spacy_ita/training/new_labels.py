"""A callback that changes the labels of a tagger before its training continues."""

from collections.abc import Callable, Mapping, Sequence

from spacy.language import Language
from spacy.util import registry


@registry.callbacks("spacy_ita.NewLabels.v1")
def create_new_labels(
    labels: Sequence[str],
    like: Mapping[str, str] = {},  # noqa: B006 - as spaCy's configs
    component: str = "ner",
) -> Callable[[Language], None]:
    """Create a callback for `[initialize.before_init]` that changes a sourced pipe's labels.

    spaCy doesn't initialise sourced pipes. An update adds labels that the pipe lacks. This callback
    also drops labels that are no longer needed, and lets new ones start from old ones.

    Args:
        labels: The new set. Labels that the pipe has already keep their weights.
        like: For a new label, the old one that it starts from.
        component: The name of the pipe.
    """

    def replace_labels(nlp: Language) -> None:
        relabel = getattr(nlp.get_pipe(component), "relabel", None)
        if relabel is None:
            raise ValueError(f"{component} is not a crf_ner, so it can't get other labels")
        relabel(labels, like)

    return replace_labels
