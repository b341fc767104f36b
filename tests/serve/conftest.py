"""A served pipeline with one backend, which distinguishes dark pictures from bright ones."""

import io
import time

import pytest
import spacy
import torch
from fastapi.testclient import TestClient
from PIL import Image
from spacy.training import Example

from spacy_ita.errors import BackendError
from spacy_ita.serve.api import create_api
from spacy_ita.serve.limits import Limits
from spacy_ita.training.optimizer import create_adamw

SCENES = {"PER": "a man sings on stage", "LOC": "skyline of the city"}
LIMITS = Limits(picture_bytes=100_000, pixels=400 * 400, characters=200, seconds=20.0, waiting=2)


@spacy.registry.misc("tests.Brightness.v1")
class Brightness:
    """Captions by brightness; `seconds` is how long it takes, `fails` whether it raises, `missing`
    whether it can't run at all."""

    identity = None
    seconds = 0.0
    fails = False
    missing = False

    def __call__(self, pictures):
        time.sleep(self.seconds)
        if self.missing:
            raise BackendError("no such engine")
        if self.fails:
            raise RuntimeError("no captions today")
        means = [picture.image.convert("L").resize((1, 1)).getpixel((0, 0)) for picture in pictures]
        return [[{"text": SCENES["PER" if m < 128 else "LOC"], "score": -0.1}] for m in means]


@pytest.fixture(scope="session")
def nlp(bert_folder):
    """A pipeline that reads "paris" as PER with a dark picture, and as LOC with a bright one."""
    nlp = spacy.blank("en")
    nlp.add_pipe("image_captions", config={"backend": {"@misc": "tests.Brightness.v1"}})
    encoder = {"@architectures": "spacy_ita.ContextEncoder.v1", "name": str(bert_folder)}
    model = {"@architectures": "spacy_ita.CRFTagger.v1", "word_dropout": 0.0, "encoder": encoder}
    nlp.add_pipe("crf_ner", name="ner", config={"model": model})
    examples = []
    for label, scene in SCENES.items():
        gold = nlp.make_doc("i love paris")
        gold.ents = [gold.char_span(7, 12, label)]
        predicted = nlp.make_doc(gold.text)
        predicted._.image_captions = [{"text": scene, "score": -0.1}]
        examples.append(Example(predicted, gold))
    torch.manual_seed(0)
    nlp.initialize(lambda: examples)
    optimizer = create_adamw(3e-3)
    for _ in range(40):
        nlp.update(examples, sgd=optimizer)
    return nlp


@pytest.fixture
def backend(nlp):
    """The backend; what a test sets on it is reset afterwards."""
    found = nlp.get_pipe("image_captions").backend
    yield found
    found.__dict__.clear()


@pytest.fixture(scope="session")
def create_app(request):
    """A function that makes the app; only with --slow it has the page, which imports slowly."""
    if not request.config.getoption("--slow"):
        return create_api
    from spacy_ita.serve.app import create_app

    return create_app


@pytest.fixture(scope="session")
def app(create_app, nlp):
    return create_app(nlp, LIMITS)


@pytest.fixture(scope="session")
def client(app):
    with TestClient(app) as client:
        yield client


@pytest.fixture(scope="session")
def png():
    """A function that returns the bytes of a picture of one colour."""

    def png(colour="black", size=(60, 40)):
        buffer = io.BytesIO()
        Image.new("RGB", size, colour).save(buffer, "PNG")
        return buffer.getvalue()

    return png
