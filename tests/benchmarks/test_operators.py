"""A GPU isn't kept waiting: counts of its operators, and of the waits for it."""

import pytest


@pytest.fixture(scope="module")
def tagger_of(six_layers, make_corpus):
    from benchmarks.operators import card_tagger

    def tagger_of(documents, words):
        return card_tagger(str(six_layers), make_corpus(documents, words))

    return tagger_of


@pytest.fixture(scope="module")
def tagger(tagger_of):
    return tagger_of(documents=64, words=16)


def test_an_update_launches_little_more_than_the_encoder(tagger):
    from benchmarks.operators import UPDATE, count_update

    found = count_update(tagger, tagger.examples[:UPDATE])
    assert found.ratio <= 1.6
    assert found.ours.reads <= 2


def test_reading_launches_little_more_than_the_encoder(tagger):
    from benchmarks.operators import count_reading

    found = count_reading(tagger, tagger.examples)
    assert found.ratio <= 3.0
    assert found.ours.reads <= 2


@pytest.mark.parametrize(
    "words", [64, pytest.param(1024, marks=pytest.mark.slow)], ids="{} words".format
)
def test_longer_texts_launch_no_more(tagger_of, words):
    from benchmarks.operators import count_reading, count_update

    short, long = tagger_of(4, 8), tagger_of(4, words)
    for count in (count_reading, count_update):
        assert count(long, long.examples).ratio <= 1.05 * count(short, short.examples).ratio
