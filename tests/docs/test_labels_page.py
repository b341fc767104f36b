"""The config and the Python of docs/labels.md teach a trained pipeline other labels."""

import pytest
import spacy
from pages import ROOT, blocks
from small_pipeline import OLD, examples_of, gold_docs
from spacy.cli.train import train
from spacy.tokens import DocBin
from spacy.training.initialize import init_nlp
from spacy.util import load_config

PAGE = ROOT / "docs" / "labels.md"
CONFIG, CALLBACK = (block.code for block in blocks("ini") if block.page == PAGE)
RESUME, RELABEL, KEEP = (block.code for block in blocks("python") if block.page == PAGE)
STEPS = {
    "training.max_steps": 30,
    "training.eval_frequency": 30,
    "training.dropout": 0.0,
    "training.optimizer.learn_rate.initial_rate": 3e-3,
}
RENAMED = {"PER": "SINGER", "ORG": "TEAM", "LOC": "LOC"}
DISJOINT = {"PER": "X", "ORG": "Y", "LOC": "Z"}


@pytest.fixture
def config(en_ita, tmp_path, monkeypatch):
    """A function that writes the page's config, with `more`, beside a corpus with these labels."""
    monkeypatch.chdir(tmp_path)

    def make(names, more=""):
        docs = gold_docs(spacy.blank("en"), names)
        for part in ("train", "dev"):
            DocBin(docs=docs, store_user_data=True).to_disk(f"{part}.spacy")
        text = CONFIG + more
        path = tmp_path / "labels.cfg"
        path.write_text(text.replace('"en_ita"', f'"{en_ita}"'), encoding="utf8")
        return path

    return make


def tagger_bytes(nlp, part):
    return nlp.get_pipe("ner").model.get_ref(part).to_bytes()


# tests/ner/test_new_labels.py has the fast tests of learning them
@pytest.mark.slow
@pytest.mark.parametrize(
    ("names", "more", "labels"),
    [
        ({**RENAMED, "PER": "PER"}, "", {*OLD, "TEAM"}),
        (DISJOINT, "", {*OLD, "X", "Y", "Z"}),
        (RENAMED, CALLBACK, {"ATHLETE", "SINGER", "TEAM", "LOC"}),
    ],
    ids=["superset", "disjoint", "replaced"],
)
def test_spacy_train_learns_other_labels(config, tmp_path, names, more, labels):
    train(config(names, more), tmp_path / "out", overrides=STEPS)
    nlp = spacy.load(tmp_path / "out" / "model-last")
    assert nlp.pipe_names == ["image_objects", "image_captions", "image_ocr", "ner"]
    assert set(nlp.get_pipe("ner").labels) == set(nlp.meta["labels"]["ner"]) == labels
    scores = nlp.evaluate(examples_of(nlp, names))
    assert scores["ents_f"] == 1.0
    assert set(scores["ents_per_type"]) == set(names.values())


def test_training_begins_with_the_trained_encoder(config, en_ita):
    nlp = init_nlp(load_config(config(RENAMED, CALLBACK)))
    old = spacy.load(en_ita)
    assert tagger_bytes(nlp, "encoder") == tagger_bytes(old, "encoder")
    assert nlp.get_pipe("ner").labels == ("ATHLETE", "LOC", "SINGER", "TEAM")
    # renamed labels are known before the first step
    assert nlp("chelsea plays tonight").ents[0].label_ == "TEAM"


def test_a_frozen_pipe_stays_as_it_is(config, en_ita, tmp_path):
    frozen = {**STEPS, "training.frozen_components": ["ner"], "training.max_steps": 2}
    train(config(DISJOINT), tmp_path / "out", overrides=frozen)
    nlp, old = spacy.load(tmp_path / "out" / "model-last"), spacy.load(en_ita)
    assert nlp.get_pipe("ner").labels == OLD
    for part in ("encoder", "head"):
        assert tagger_bytes(nlp, part) == tagger_bytes(old, part)


def test_the_callback_is_for_a_trained_crf_ner(config):
    path = config(RENAMED, CALLBACK.replace('component = "ner"', 'component = "image_ocr"'))
    with pytest.raises(ValueError, match="image_ocr is not a crf_ner"):
        init_nlp(load_config(path))


@pytest.mark.slow
def test_python_goes_on_and_relabels(en_ita):
    names = {**RENAMED, "PER": "PER"}
    code = RESUME.replace('"en_ita"', repr(str(en_ita)))
    code = code.replace("spacy.load", "load").replace("range(20)", "range(60)")
    nlp = spacy.load(en_ita)
    exec(code, given := {"load": lambda name: nlp, "examples": examples_of(nlp, names)})
    assert given["nlp"].get_pipe("ner").labels == ("LOC", "ORG", "PER", "TEAM")
    assert given["nlp"].evaluate(given["examples"])["ents_f"] == 1.0
    again = spacy.load(en_ita)
    exec(RELABEL, {"nlp": again})
    assert again.get_pipe("ner").labels == ("ATHLETE", "LOC", "SINGER", "TEAM")
    assert again("i love paris").ents[0].label_ == "LOC"


def test_the_old_pipeline_annotates_the_old_labels(en_ita, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    docs = gold_docs(spacy.blank("en"), {"PER": "SONG"})
    DocBin(docs=docs, store_user_data=True).to_disk("songs.spacy")
    exec(KEEP.replace('"en_ita"', repr(str(en_ita))), {})
    kept = DocBin().from_disk("train.spacy").get_docs(spacy.blank("en").vocab)
    assert [[(ent.text, ent.label_) for ent in doc.ents] for doc in kept] == [
        [("jordan", "SONG")],
        [("chelsea", "ORG")],
        [("paris", "LOC")],
    ]
