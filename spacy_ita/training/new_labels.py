"""Other labels for a tagger that a training goes on from."""

from collections.abc import Callable, Mapping, Sequence

from spacy.language import Language
from spacy.util import registry


@registry.callbacks("spacy_ita.NewLabels.v1")
def create_new_labels(
    labels: Sequence[str],
    like: Mapping[str, str] = {},  # noqa: B006 - as spaCy's configs
    component: str = "ner",
) -> Callable[[Language], None]:
    """Replace the labels of a sourced `crf_ner`, as a callback for `[initialize.before_init]`.

    spaCy doesn't initialise sourced pipes. An update adds the labels that the pipe lacks; this
    drops those that it doesn't need any more, and lets new ones start from old ones.

    Args:
        labels: The new set. Labels that the pipe has already keep their weights.
        like: For a new label, the old one that it starts from.
        component: The name of the pipe.
    """

    def replace_labels(nlp: Language) -> None:
        relabel = getattr(nlp.get_pipe(component), "relabel", None)
        if relabel is None:
            raise ValueError(f"{component} is no crf_ner, and can't be given other labels")
        relabel(labels, like)

    return replace_labels
