"""`spacy ita calibrate`: confidences are recalibrated, shown and saved with the pipeline."""

import json
import shutil

import pytest
import spacy

from spacy_ita.cli.shared.files import write_docs
from spacy_ita.ner.prediction.recalibration import IDENTITY


@pytest.fixture
def corpus(tmp_path, poster, fake_tesseract):
    """Tweets with right and wrong entities; every other tweet has a picture."""
    fake_tesseract()
    nlp = spacy.blank("en")
    docs = []
    for number, (name, label) in enumerate(
        [("paris", "LOC"), ("london", "LOC"), ("obama", "PER"), ("paris", "PER")] * 2
    ):
        doc = nlp.make_doc(f"i love {name}")
        doc.ents = [doc.char_span(7, 7 + len(name), label)]
        if number % 2:
            doc._.image_path = str(poster("welcome.png"))
        docs.append(doc)
    write_docs(docs, tmp_path / "dev.spacy")
    return tmp_path / "dev.spacy"


def entities(nlp, corpus):
    docs = list(spacy.tokens.DocBin().from_disk(corpus).get_docs(nlp.vocab))
    for doc in docs:
        doc.ents = []
    return [
        [(ent.text, ent.label_, ent._.confidence) for ent in doc.ents] for doc in nlp.pipe(docs)
    ]


def test_recalibration_is_saved_and_entities_stay(ita, pipeline, corpus, tmp_path):
    output = tmp_path / "calibrated"
    shown = ita("calibrate", pipeline, corpus, output)
    for column in ("T before", "T after", "I+T before", "I+T after"):
        assert column in shown
    before, after = spacy.load(pipeline), spacy.load(output)
    assert set(before.get_pipe("ner").recalibrations.values()) == {IDENTITY}
    for found in after.get_pipe("ner").recalibrations.values():
        assert found != IDENTITY
        assert f"slope {found.slope:.2f}, shift {found.shift:+.2f}" in " ".join(shown.split())
    old, new = entities(before, corpus), entities(after, corpus)
    assert [[ent[:2] for ent in found] for found in new] == [
        [ent[:2] for ent in found] for found in old
    ]
    assert new != old


def test_evaluate_shows_the_calibration_of_both_views(ita, pipeline, corpus, tmp_path):
    shown = ita("evaluate", pipeline, corpus, "--output", tmp_path / "metrics.json")
    assert "calibration error" in shown and "Brier score" in shown
    scores = json.loads((tmp_path / "metrics.json").read_text())
    for view in ("text", "image"):
        assert 0 < scores[view]["ece"] < 1
        assert 0 < scores[view]["brier"] < 1


def test_without_an_output_the_pipeline_itself_is_calibrated(ita, pipeline, corpus, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(pipeline, copy)
    ita("calibrate", copy, corpus)
    assert spacy.load(copy).get_pipe("ner").recalibrations["text"] != IDENTITY
    # nothing else is left beside it
    assert not list(tmp_path.glob(".copy*"))


def test_what_can_not_be_calibrated_is_an_error_of_one_line(ita, pipeline, corpus, tmp_path):
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    nlp.to_disk(tmp_path / "plain")
    shown = " ".join(ita("calibrate", tmp_path / "plain", corpus, code=1).split())
    assert "has no crf_ner: it holds sentencizer" in shown
    bare = nlp.make_doc("i love paris")
    write_docs([bare], tmp_path / "bare.spacy")
    shown = " ".join(ita("calibrate", pipeline, tmp_path / "bare.spacy", code=1).split())
    assert "it has no gold entities" in shown
    for target in (corpus, tmp_path):
        shown = " ".join(ita("calibrate", pipeline, corpus, target, code=1).split())
        assert "not the folder of a pipeline" in shown
    assert corpus.is_file()
