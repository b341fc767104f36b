"""Loading a pipeline runs no code from its files: nothing is unpickled freely."""

import io
import os
import pickle
import shutil
from pathlib import Path
from zipfile import ZipFile

import pytest
import spacy
import srsly
import torch
from spacy.training import Example


@pytest.fixture
def saved(tmp_path, bert_folder):
    """A pipeline with weights, on disk."""
    nlp = spacy.blank("en")
    encoder = {"@architectures": "spacy_ita.ContextEncoder.v1", "name": str(bert_folder)}
    model = {"@architectures": "spacy_ita.CRFTagger.v1", "encoder": encoder}
    ner = nlp.add_pipe("crf_ner", name="ner", config={"model": model, "view": "T"})
    ner.add_label("PER")
    nlp.initialize(lambda: [Example(nlp.make_doc("a"), nlp.make_doc("a"))])
    nlp.to_disk(tmp_path / "model")
    return tmp_path / "model"


class Harm:
    """An object that creates a file when it is unpickled."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return os.mkdir, (self.path,)


def test_loading_unpickles_nothing_but_weights(saved, monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("unpickled")

    monkeypatch.setattr(pickle, "load", refuse)
    monkeypatch.setattr(pickle, "loads", refuse)
    monkeypatch.setattr(pickle, "Unpickler", refuse)
    assert spacy.load(saved)("i love paris") is not None
    suffixes = {path.suffix for path in Path(saved).rglob("*") if path.is_file()}
    assert suffixes.isdisjoint({".pkl", ".pickle", ".pt", ".pth"})


def test_an_encoder_that_would_run_code_is_refused(bert_folder, tmp_path):
    encoder = shutil.copytree(bert_folder, tmp_path / "encoder")
    (encoder / "model.safetensors").unlink()
    torch.save({"weight": Harm(tmp_path / "harm")}, encoder / "pytorch_model.bin")
    nlp = spacy.blank("en")
    architecture = {"@architectures": "spacy_ita.ContextEncoder.v1", "name": str(encoder)}
    model = {"@architectures": "spacy_ita.CRFTagger.v1", "encoder": architecture}
    nlp.add_pipe("crf_ner", config={"model": model, "view": "T"}).add_label("PER")
    # transformers 4 turns torch's error into an OSError
    with pytest.raises((OSError, pickle.UnpicklingError), match="Unable to load|[Ww]eights.only"):
        nlp.initialize(lambda: [Example(nlp.make_doc("a"), nlp.make_doc("a"))])
    assert not (tmp_path / "harm").exists()


def test_weights_that_would_run_code_are_refused(tmp_path):
    # older versions saved the encoder's weights as torch does
    ZipFile(Path(__file__).parents[1] / "ner" / "saved" / "version_0.2.zip").extractall(tmp_path)
    file = tmp_path / "pipeline" / "ner" / "model"
    model = srsly.msgpack_loads(file.read_bytes())
    evil = io.BytesIO()
    torch.save({"weight": Harm(tmp_path / "harm")}, evil)
    forged = 0
    for shims in model["shims"]:
        for index, data in enumerate(shims):
            shim = srsly.msgpack_loads(data)
            if shim.get("state"):
                shims[index] = srsly.msgpack_dumps({**shim, "state": evil.getvalue()})
                forged += 1
    assert forged == 2
    file.write_bytes(srsly.msgpack_dumps(model))
    with pytest.raises(pickle.UnpicklingError, match="[Ww]eights.only"):
        spacy.load(tmp_path / "pipeline")
    assert not (tmp_path / "harm").exists()
