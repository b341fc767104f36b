"""The holder of an encoder: its files, and the precision that it loads in."""

import pytest
import safetensors.torch
import torch
from transformers import AutoModel, AutoTokenizer

from spacy_ita.context import NO_CONTEXT, Context
from spacy_ita.encoder import View, build_context_encoder, encoders_beside
from spacy_ita.encoder.model import encoder_shim

VIEWS = [View(["jordan", "sings"], Context([["a man"]])), View(["paris"], NO_CONTEXT)]


@pytest.fixture
def encoder(bert_folder):
    model = build_context_encoder(str(bert_folder))
    model.initialize()
    return model


@pytest.fixture
def saved(encoder, tmp_path):
    """An encoder's bytes, and the folder beside them."""
    with encoders_beside(tmp_path):
        return encoder.to_bytes(), tmp_path / "encoder"


def loaded(data, folder=None):
    model = build_context_encoder("nowhere")
    if folder is None:
        return model.from_bytes(data)
    with encoders_beside(folder.parent):
        return model.from_bytes(data)


def test_transformers_reads_its_folder(encoder, saved):
    data, folder = saved
    assert len(data) < 2000
    weights = encoder_shim(encoder)._model.state_dict()
    for name, values in AutoModel.from_pretrained(folder).state_dict().items():
        torch.testing.assert_close(values, weights[name])
    tokenizer = AutoTokenizer.from_pretrained(folder)
    assert tokenizer.get_vocab() == encoder_shim(encoder).tokenizer.get_vocab()


def test_it_is_saved_over_the_files_that_it_was_loaded_from(encoder, saved):
    data, folder = saved
    model = loaded(data, folder)
    with encoders_beside(folder.parent):
        again = model.to_bytes()
    expected = encoder.predict(VIEWS).vectors
    for found in (model, loaded(again, folder)):
        torch.testing.assert_close(found.predict(VIEWS).vectors, expected)


def test_learning_leaves_the_files_as_they_are(saved):
    data, folder = saved
    before = (folder / "model.safetensors").read_bytes()
    module = encoder_shim(loaded(data, folder))._model
    with torch.no_grad():
        for weights in module.parameters():
            weights.add_(1.0)
    assert (folder / "model.safetensors").read_bytes() == before


def test_its_folder_is_needed(saved):
    data, folder = saved
    with pytest.raises(ValueError, match="the encoder is in a folder beside this file"):
        loaded(data)
    (folder / "model.safetensors").unlink()
    with pytest.raises(FileNotFoundError, match=r"model\.safetensors"):
        loaded(data, folder)


@pytest.mark.parametrize("change", ["missing", "left over"])
def test_other_weights_are_refused(saved, change):
    data, folder = saved
    weights = safetensors.torch.load((folder / "model.safetensors").read_bytes())
    if change == "missing":
        del weights["pooler.dense.bias"]
    else:
        weights["distance.bias"] = torch.zeros(1)
    safetensors.torch.save_file(weights, folder / "model.safetensors")
    with pytest.raises(ValueError, match=r"the saved bert encoder .* differ in \w+.*\.bias"):
        loaded(data, folder)


def test_checkpoints_in_half_precision(bert_folder, tmp_path):
    AutoTokenizer.from_pretrained(bert_folder).save_pretrained(tmp_path)
    AutoModel.from_pretrained(bert_folder).half().save_pretrained(tmp_path)
    model = build_context_encoder(str(tmp_path))
    model.initialize()
    for found in (model, loaded(model.to_bytes())):
        assert {p.dtype for p in encoder_shim(found)._model.parameters()} == {torch.float32}
