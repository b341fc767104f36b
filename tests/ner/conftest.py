"""A pipeline over a small BERT, and documents in which only a picture shows the type of a name."""

import pytest
import spacy
from spacy.training import Example
from taggers import train

SCENES = {"PER": "a man sings on stage", "LOC": "skyline of the city"}


@pytest.fixture
def make_nlp(bert_folder):
    def make(folder=bert_folder, **config):
        nlp = spacy.blank("en")
        model = {
            "@architectures": "spacy_ita.CRFTagger.v1",
            "word_dropout": 0.0,
            "encoder": {
                "@architectures": "spacy_ita.ContextEncoder.v1",
                "name": str(folder),
            },
        }
        nlp.add_pipe("crf_ner", name="ner", config={"model": model, **config})
        return nlp

    return make


@pytest.fixture
def make_doc():
    """Make a Doc with gold entities, and with the caption of a picture of the label."""

    def make(nlp, text, ents=(), scene=None):
        doc = nlp.make_doc(text)
        doc.ents = [doc.char_span(*ent) for ent in ents]
        if scene:
            doc._.image_path = f"{scene}.png"
            doc._.image_captions = [{"text": SCENES[scene], "score": -0.1}]
        return doc

    return make


@pytest.fixture
def examples(make_doc):
    """ "I love NAME": only the caption shows PER or LOC; two documents have no picture."""

    def make(nlp):
        found = []
        for name in ("jordan", "paris", "chelsea", "london"):
            for label in SCENES:
                span = (7, 7 + len(name), label)
                found.append(make_doc(nlp, f"i love {name}", [span], label))
        found.append(make_doc(nlp, "obama sings tonight", [(0, 5, "PER")]))
        found.append(make_doc(nlp, "i love the city"))
        return [Example(blank_copy(nlp, doc), doc) for doc in found]

    return make


@pytest.fixture
def trained(make_nlp, examples, trained_bytes):
    nlp = make_nlp()
    if not trained_bytes:
        train(nlp, examples(nlp))
        trained_bytes.append(nlp.to_bytes())
    return nlp.from_bytes(trained_bytes[0])


@pytest.fixture(scope="session")
def trained_bytes():
    return []


def blank_copy(nlp, doc):
    """Return a Doc as the reader passes it to the pipe: with text and alignments, without gold."""
    copy = nlp.make_doc(doc.text)
    copy._.image_path = doc._.image_path
    copy._.image_captions = doc._.image_captions
    return copy
