"""The scores equal those of conlleval, the field's own script, for the same predictions."""

import conlleval
import pytest
from hypothesis import given
from hypothesis import strategies as st
from spacy.pipeline.ner import make_ner_scorer
from spacy.tokens import Doc
from spacy.training import Example
from spacy.vocab import Vocab

TAGS = st.sampled_from(["O", "B-PER", "I-PER", "B-LOC", "I-LOC"])
VOCAB = Vocab()


def entities_of(tags):
    """Make the Doc of a tag sequence; as in conlleval, an I- of another type opens an entity."""
    opened = [
        f"B-{tag[2:]}" if tag[0] == "I" and (not n or tags[n - 1][2:] != tag[2:]) else tag
        for n, tag in enumerate(tags)
    ]
    return Doc(VOCAB, words=["word"] * len(tags), ents=opened)


@pytest.mark.slow
@given(st.lists(st.lists(st.tuples(TAGS, TAGS), min_size=1, max_size=12), min_size=1, max_size=8))
def test_precision_recall_and_f1_are_conllevals(sentences):
    # one entity that is found: without entities, this conlleval gives 100 and spaCy 0
    sentences = [[("B-PER", "B-PER")], *sentences]
    lines = [f"word {gold} {found}" for pairs in sentences for gold, found in [*pairs, ("O", "O")]]
    expected = conlleval.evaluate(lines)
    examples = [
        Example(
            entities_of([found for _, found in pairs]), entities_of([gold for gold, _ in pairs])
        )
        for pairs in sentences
    ]
    scores = make_ner_scorer()(examples)
    chunks = expected["overall"]["chunks"]["evals"]
    for name in ("prec", "rec", "f1"):
        ours = scores[f"ents_{name[0]}"] or 0.0
        assert 100 * ours == pytest.approx(100 * chunks[name], abs=0.01)
