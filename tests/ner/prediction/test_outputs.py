"""Views are read in groups, so that one long document doesn't pad all others to its length."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from spacy_ita.crf import LinearChainCRF
from spacy_ita.ner.prediction import outputs as reading
from spacy_ita.ner.prediction.outputs import GROUP_WORDS, group_by_words
from spacy_ita.ner.prediction.view_reader import ViewReader

LENGTHS = [3, 90, 1, 4, 0, 2, 40, 3]


@pytest.fixture
def nlp(make_nlp, examples):
    torch.manual_seed(0)
    nlp = make_nlp()
    nlp.initialize(lambda: examples(nlp))
    return nlp


@pytest.fixture
def emissions(monkeypatch):
    """The sizes of the emissions that were decoded, (B, T, K)."""
    found = []
    chain = LinearChainCRF.chain

    def record(self, emissions, *args, **kwargs):
        found.append(tuple(emissions.shape))
        return chain(self, emissions, *args, **kwargs)

    monkeypatch.setattr(LinearChainCRF, "chain", record)
    return found


def documents(nlp, lengths=LENGTHS):
    words = "jordan sings on stage in london and obama visit paris".split()
    texts = [
        [words[(i + n) % len(words)] for n in range(length)] for i, length in enumerate(lengths)
    ]
    return [nlp.make_doc(" ".join(text)) for text in texts]


def test_groups_change_no_result(nlp, monkeypatch, emissions):
    pipe = nlp.get_pipe("ner")
    together = pipe.predict(documents(nlp))
    assert len(emissions) == 1
    monkeypatch.setattr(reading, "GROUP_WORDS", 50)
    apart = pipe.predict(documents(nlp))
    assert [shape[:2] for shape in emissions[1:]] == [(5, 4), (1, 40), (1, 90)]
    assert [bool(p.entities) for p in together].count(True) > 3
    for a, b in zip(together, apart, strict=True):
        assert a.entities == b.entities
        assert a.confidences == pytest.approx(b.confidences, abs=1e-5)


def test_one_long_document_does_not_lengthen_the_others(nlp, emissions):
    docs = documents(nlp, [3] * 200 + [600] + [3] * 55)
    assert list(nlp.pipe(docs, batch_size=256)) == docs
    assert [shape[:2] for shape in emissions] == [(255, 3), (1, 600)]


@given(st.lists(st.integers(1, 60)), st.integers(1, 300))
def test_groups_hold_each_view_once_within_the_room(lengths, most):
    groups = group_by_words(lengths, most)
    assert sorted(i for group in groups for i in group) == [*range(len(lengths))]
    for group in groups:
        assert group == sorted(group)
        assert len(group) == 1 or len(group) * max(lengths[i] for i in group) <= most


@given(st.lists(st.integers(1, 50), min_size=1, max_size=256))
def test_posts_are_one_group(lengths):
    """The encoder gets the same views in the same order, and plans the whole batch."""
    assert group_by_words(lengths, GROUP_WORDS) == [[*range(len(lengths))]]


@pytest.fixture
def as_on_a_gpu(monkeypatch):
    """The order in which a GPU's batches are launched and annotated."""
    events = []
    launch, annotate = ViewReader._launch, ViewReader.set_annotations

    def launched(self, docs, view):
        events.append(f"launch {len(docs)}")
        if docs[0].text.startswith("boom"):
            raise RuntimeError("boom")
        return launch(self, docs, view)

    def annotated(self, docs, found):
        events.append(f"annotate {len(docs)}")
        annotate(self, docs, found)

    monkeypatch.setattr(ViewReader, "_on_gpu", property(lambda self: True))
    monkeypatch.setattr(ViewReader, "_launch", launched)
    monkeypatch.setattr(ViewReader, "set_annotations", annotated)
    return events


def test_a_gpu_gets_the_next_batch_before_the_host_reads_this_one(nlp, as_on_a_gpu):
    pipe, docs = nlp.get_pipe("ner"), documents(nlp, [3, 4, 5, 6, 7])
    found = list(pipe.pipe(docs, batch_size=2))
    assert found == docs
    assert as_on_a_gpu == [
        *("launch 2", "launch 2", "annotate 2"),
        *("launch 1", "annotate 2", "annotate 1"),
    ]
    alone = pipe.predict(docs)
    assert [[(e.start, e.end, e.label_) for e in doc.ents] for doc in docs] == [
        prediction.entities for prediction in alone
    ]


def test_a_batch_that_fails_on_a_gpu_is_handled_in_its_turn(nlp, as_on_a_gpu):
    pipe, handled = nlp.get_pipe("ner"), []
    docs = documents(nlp, [3, 4]) + [nlp.make_doc("boom")] + documents(nlp, [5])
    pipe.set_error_handler(lambda name, proc, docs, error: handled.append((len(docs), str(error))))
    found = list(pipe.pipe(docs, batch_size=1))
    assert found == [docs[0], docs[1], docs[3]]
    assert handled == [(1, "boom")]
