"""The run of a pipeline over a corpus: batches, and the memory of their words."""

import json
from functools import partial

import pytest
import spacy

from spacy_ita.cli.shared.corpus_run import CorpusRun
from spacy_ita.cli.shared.files import write_docs
from spacy_ita.distributed import Job, run_locally
from spacy_ita.pipeline.aligner import Aligner

TEXTS = [f"a word{number}" for number in range(10)]


@pytest.fixture
def start(tmp_path):
    """A function that starts an empty pipeline over `TEXTS`, in a file with the given suffix."""

    def start(suffix):
        source = tmp_path / f"posts.{suffix}"
        if suffix == "spacy":
            nlp = spacy.blank("en")
            write_docs(map(nlp.make_doc, TEXTS), source)
        else:
            source.write_text("\n".join(json.dumps({"text": text}) for text in TEXTS))
        return CorpusRun(Job(partial(Aligner, spacy.blank("en")), source, 4), run_locally)

    return start


@pytest.mark.parametrize("suffix", ["jsonl", "spacy"])
def test_every_document_comes_in_its_batch(start, suffix):
    run = start(suffix)
    assert [[doc.text for doc in batch] for batch in run.batches()] == [
        TEXTS[:4],
        TEXTS[4:8],
        TEXTS[8:],
    ]
    assert [doc.text for batch in run.batches(skip=9) for doc in batch] == TEXTS[9:]
    assert run.progress.counts["documents"] == 11


def test_the_vocabulary_does_not_grow_with_the_corpus(start):
    run = start("jsonl")
    before = len(run.nlp.vocab.strings)
    for _ in run.batches():
        assert "word0" in run.nlp.vocab.strings
        break
    for _ in run.batches():
        pass
    assert len(run.nlp.vocab.strings) == before


def test_documents_of_a_file_of_spacy_stay_valid(start):
    batches = list(start("spacy").batches())
    assert [doc.text for batch in batches for doc in batch] == TEXTS
