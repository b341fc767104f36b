"""For any words and context, every word has one place, and no row is too long."""

import pytest
from encoder_rows import by_view
from examples import examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spacy_ita.context import Context
from spacy_ita.encoder import View, build_context_encoder
from spacy_ita.encoder.model import piece_reader

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=15)
WORDS = st.lists(
    TEXT | st.sampled_from(["paris", "\x00", "\ufeff", "x" * 300, "[SEP]", "</s>"]), max_size=120
)
PARTS = st.lists(st.lists(TEXT | st.just("stage " * 90), min_size=1, max_size=4), max_size=4)


@pytest.fixture(scope="module", params=["bert", "roberta", "xlmr"])
def encoder(request):
    model = build_context_encoder(str(request.getfixturevalue(f"{request.param}_folder")))
    model.initialize()
    return model


@settings(max_examples=examples(60), suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(WORDS.filter(bool), PARTS), min_size=1, max_size=3))
@pytest.mark.parametrize("max_context", [None, 5])
def test_any_words_and_context(encoder, max_context, views):
    reader = piece_reader(encoder)
    reader.max_context = max_context
    found = by_view(reader([View(words, Context(parts)) for words, parts in views]))
    for (words, _), rows in zip(views, found, strict=True):
        assert sum(len(row.positions) for row in rows) == len(words)
        for row in rows:
            assert len(row.ids) == len(row.types) <= reader.max_pieces
            assert row.positions == sorted(set(row.positions))
            # a special subword at either end; a window may own no word
            assert all(0 < position < len(row.ids) - 1 for position in row.positions)
