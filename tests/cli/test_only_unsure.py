"""`spacy ita align --only-unsure`: alignments only where the text leaves a tagger unsure."""

import json

import pytest
import spacy
from spacy.tokens import DocBin

from spacy_ita.corpora import Notes
from spacy_ita.pipeline.aligner import Aligner
from spacy_ita.pipeline.unsure import UnsureAligner

CONFIG = """
[paths]
recorded = null
[nlp]
lang = "en"
pipeline = ["image_captions"]
[components]
[components.image_captions]
factory = "image_captions"
[components.image_captions.backend]
@misc = "spacy_ita.Recorded.v1"
path = ${paths.recorded}
part = "captions"
"""
TEXTS = ("i love paris", "the the the", "i love london", "sings sings", "i love obama")


@pytest.fixture
def corpus(tmp_path, pipeline):
    """Five posts, of which the last has no picture and the third an alignment already."""
    nlp = spacy.load(pipeline)
    docs = [nlp.make_doc(text) for text in TEXTS]
    for number, doc in enumerate(docs[:-1]):
        doc._.image_path = str(number)
    docs[2]._.image_captions = ["of an earlier run"]
    DocBin(docs=docs, store_user_data=True).to_disk(tmp_path / "corpus.spacy")
    rows = [{"image_id": str(n), "captions": [{"text": f"caption {n}"}]} for n in range(4)]
    (tmp_path / "captions.jsonl").write_text("\n".join(map(json.dumps, rows)))
    (tmp_path / "align.cfg").write_text(CONFIG)
    return tmp_path / "corpus.spacy"


@pytest.fixture
def align(ita, corpus, pipeline):
    """Aligns the corpus, and returns the captions of each post and what was printed."""
    folder = corpus.parent

    def align(*options):
        options = ["--recorded", folder / "captions.jsonl", "--batch-size", 2, *options]
        target = folder / "out.spacy"
        shown = ita("align", folder / "align.cfg", corpus, target, *options)
        docs = list(DocBin().from_disk(target).get_docs(spacy.blank("en").vocab))
        found = [[item["text"] for item in doc._.image_captions or []] for doc in docs]
        return found, docs, " ".join(shown.split())

    return align


def confidences(pipeline):
    """The lowest confidence in the text of each post; 1 without an entity."""
    nlp = spacy.load(pipeline)
    nlp.get_pipe("ner").view = "T"
    return [min((e._.confidence for e in nlp(text).ents), default=1.0) for text in TEXTS]


def test_entities_of_other_pipes_do_not_count(pipeline):
    tagger = spacy.load(pipeline)

    def sure():
        docs = [tagger.make_doc(text) for text in TEXTS]
        for doc in docs:
            doc._.image_path = "any.png"
        aligner = UnsureAligner.of(Aligner(spacy.blank("en")), tagger, threshold=1.0)
        return [Notes(doc).sure for doc in aligner.pipe(docs, batch_size=2)]

    alone = sure()
    ruler = tagger.add_pipe("entity_ruler")
    ruler.add_patterns([{"label": "WORD", "pattern": word} for word in ("i", "the", "sings")])
    assert sure() == alone
    assert any(alone) and not all(alone)


@pytest.mark.parametrize(
    "n_process", [1, pytest.param(2, marks=[pytest.mark.slow, pytest.mark.cpu])]
)
def test_only_unsure_posts_are_aligned(align, pipeline, n_process):
    lowest = confidences(pipeline)
    # a text without an entity is sure, and so is what the tagger is surest of
    threshold = max(one for one in lowest[:4] if one < 1)
    assert 1 in lowest[:4]
    found, docs, shown = align(
        "--only-unsure", threshold, "--model", pipeline, "--n-process", n_process
    )
    sure = [one >= threshold for one in lowest[:4]] + [False]
    assert 0 < sum(sure) < 4
    expected = [[] if one else [f"caption {n}"] for n, one in enumerate(sure)]
    expected[2], expected[4] = ["of an earlier run"], []
    assert found == expected
    assert [doc.text for doc in docs] == list(TEXTS)
    assert [bool(Notes(doc).sure) for doc in docs] == sure
    # the tagger's entities are not the corpus's
    assert not any(doc.ents for doc in docs)
    counts = f"{4 - sum(sure)} unsure and aligned, {sum(sure)} sure and skipped"
    assert counts in shown


def test_at_the_ends_of_the_scale(align, pipeline):
    lowest = confidences(pipeline)
    _, docs, _ = align("--only-unsure", 0, "--model", pipeline)
    assert all(Notes(doc).sure for doc in docs[:4])
    # and the notes of an earlier run are gone
    _, docs, _ = align("--only-unsure", 1, "--model", pipeline)
    assert [Notes(doc).sure for doc in docs[:4]] == [
        "1.000" if one == 1 else "" for one in lowest[:4]
    ]


def test_the_options_go_together(ita, corpus, pipeline):
    folder = corpus.parent
    for options in (["--only-unsure", "0.5"], ["--model", pipeline]):
        shown = ita("align", folder / "align.cfg", corpus, folder / "out.spacy", *options, code=2)
        assert "--only-unsure THRESHOLD and --model PIPELINE go together" in " ".join(shown.split())


def test_a_model_without_a_tagger_is_refused(ita, corpus, pipeline, tmp_path):
    spacy.blank("en").to_disk(tmp_path / "blank")
    options = ["--recorded", tmp_path / "captions.jsonl", "--only-unsure", 0.5]
    options += ["--model", tmp_path / "blank"]
    shown = ita("align", tmp_path / "align.cfg", corpus, tmp_path / "out.spacy", *options, code=1)
    assert "must have exactly one crf_ner" in " ".join(shown.split())
