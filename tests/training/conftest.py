"""A corpus whose entities only the captions tell apart, short trainings on it by the project's
configs, and the weights of what learned it."""

import pytest
import spacy
from spacy.cli.train import train
from spacy.tokens import DocBin

SHORT = {
    "training.max_epochs": 0,
    "training.max_steps": 4,
    "training.eval_frequency": 2,
    "training.optimizer.learn_rate.total_steps": 4,
    "system.gpu_allocator": None,
}


@pytest.fixture(scope="session")
def corpus(tmp_path_factory):
    nlp = spacy.blank("en")
    docs = []
    for scene, label in (("a man sings on stage", "PER"), ("skyline of the city", "LOC")) * 8:
        doc = nlp.make_doc("i love paris")
        doc.ents = [doc.char_span(7, 12, label)]
        doc._.image_captions = [{"text": scene, "score": 0.0}]
        docs.append(doc)
    path = tmp_path_factory.mktemp("corpus") / "corpus.spacy"
    DocBin(docs=docs, store_user_data=True).to_disk(path)
    return path


@pytest.fixture
def train_short(corpus, tmp_path):
    """A function that trains a config for four steps, with a saved model instead of the hub's."""

    def train_short(config, encoder, overrides=None):
        paths = {"encoder": encoder, "train": corpus, "dev": corpus}
        given = {f"paths.{name}": str(path) for name, path in paths.items()}
        train(config, tmp_path / "out", overrides={**SHORT, **given, **(overrides or {})})
        return tmp_path / "out" / "model-best"

    return train_short


@pytest.fixture
def weights():
    """Return the bytes of all parameters of a pipeline's tagger."""

    def weights(nlp):
        shims = [shim for node in nlp.get_pipe("ner").model.walk() for shim in node.shims]
        states = [shim._model.state_dict() for shim in shims]
        return b"".join(
            tensor.numpy(force=True).tobytes() for state in states for tensor in state.values()
        )

    return weights
