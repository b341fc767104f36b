"""A GPU isn't kept waiting: counts of its operators, and of the waits for it.

The limits are just above today's counts.
"""

from cProfile import Profile

import pytest

MOST_CALLS = 210
"""Calls of functions for a document of sixteen words with a caption: a measure of the host that
a busy machine doesn't change."""


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
    assert found.ratio <= 1.1
    assert found.ours.reads <= 2


def test_reading_launches_little_more_than_the_encoder(tagger):
    from benchmarks.operators import count_reading

    found = count_reading(tagger, tagger.examples)
    assert found.ratio <= 1.1
    assert found.ours.reads <= 2


@pytest.mark.parametrize(
    "words", [64, pytest.param(1024, marks=pytest.mark.slow)], ids="{} words".format
)
def test_longer_texts_launch_no_more(tagger_of, words):
    from benchmarks.operators import count_reading, count_update

    short, long = tagger_of(4, 8), tagger_of(4, words)
    for count in (count_reading, count_update):
        assert count(long, long.examples).ratio <= 1.05 * count(short, short.examples).ratio


def calls_of_host(tagger, documents):
    """Count the calls of functions in reading documents, without the encoder's own."""
    from benchmarks.host import encoder_of_zeros
    from benchmarks.operators import as_on_a_card

    docs = [example.predicted.copy() for example in tagger.examples[:documents]]
    profile = Profile()
    with encoder_of_zeros(tagger), as_on_a_card():
        profile.runcall(lambda: list(tagger.nlp.pipe(docs, batch_size=documents)))
    return sum(entry.callcount for entry in profile.getstats())


def test_the_host_does_little_for_a_document(tagger):
    calls_of_host(tagger, 8)
    calls = (calls_of_host(tagger, 64) - calls_of_host(tagger, 32)) / 32
    assert calls <= MOST_CALLS
