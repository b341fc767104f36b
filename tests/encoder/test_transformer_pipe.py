"""An encoder that a spaCy pipeline has trained with spacy-transformers."""

import shutil

import pytest
import spacy
import torch
from spacy.training import Example
from thinc.api import Adam

from spacy_ita.context import NO_CONTEXT
from spacy_ita.encoder import View, build_context_encoder
from spacy_ita.encoder.model import encoder_shim


@pytest.fixture(scope="module")
def trained(bert_folder, tmp_path_factory):
    """The folder of a pipeline, and the weights of its `transformer` pipe."""
    nlp = spacy.blank("en")
    model = {"@architectures": "spacy-transformers.TransformerModel.v3", "name": str(bert_folder)}
    model["get_spans"] = {"@span_getters": "spacy-transformers.doc_spans.v1"}
    pipe = nlp.add_pipe("transformer", config={"model": model})
    listener = {"@architectures": "spacy-transformers.TransformerListener.v1", "grad_factor": 1.0}
    listener["pooling"] = {"@layers": "reduce_mean.v1"}
    tagger = {"@architectures": "spacy.Tagger.v2", "tok2vec": listener}
    nlp.add_pipe("tagger", config={"model": tagger})
    gold = nlp.make_doc("i love paris")
    for token, tag in zip(gold, ("PRP", "VB", "NN"), strict=True):
        token.tag_ = tag
    examples = [Example(nlp.make_doc(gold.text), gold)]
    nlp.initialize(lambda: examples)
    for _ in range(3):
        nlp.update(examples, sgd=Adam(0.01))
    folder = tmp_path_factory.mktemp("pipelines") / "trained"
    nlp.to_disk(folder)
    return folder, pipe.model.transformer.state_dict()


def loaded(name, **settings):
    encoder = build_context_encoder(str(name), **settings)
    encoder.initialize()
    return encoder


def test_its_weights_and_tokenizer_are_taken(trained, bert_folder):
    folder, weights = trained
    encoder = loaded(folder)
    found = encoder_shim(encoder)._model.state_dict()
    assert found.keys() == weights.keys()
    for name, values in weights.items():
        torch.testing.assert_close(found[name], values)
    views = [View(["i", "love", "paris"], NO_CONTEXT)]
    untrained = loaded(bert_folder).predict(views).vectors
    assert not torch.allclose(encoder.predict(views).vectors, untrained)


def test_settings_of_the_model_count(trained):
    encoder = loaded(trained[0], transformer_config={"hidden_dropout_prob": 0.25})
    assert encoder_shim(encoder)._model.config.hidden_dropout_prob == 0.25


def test_a_package(trained, tmp_path, monkeypatch):
    package = tmp_path / "en_with_transformer"
    package.mkdir()
    (package / "__init__.py").touch()
    shutil.copytree(trained[0], package / "en_pipeline-0.0.0")
    shutil.copy(trained[0] / "meta.json", package / "meta.json")
    monkeypatch.syspath_prepend(tmp_path)
    found = encoder_shim(loaded("en_with_transformer"))._model.get_input_embeddings()
    expected = trained[1]["embeddings.word_embeddings.weight"]
    torch.testing.assert_close(found.weight.data, expected)


def test_a_pipeline_without_one_is_refused(tmp_path):
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    nlp.to_disk(tmp_path / "plain")
    with pytest.raises(ValueError, match="has no `transformer` pipe .* only sentencizer"):
        loaded(tmp_path / "plain")


def test_an_untrained_one_is_refused(tmp_path):
    nlp = spacy.blank("en")
    nlp.add_pipe("transformer")
    nlp.to_disk(tmp_path / "untrained")
    with pytest.raises(ValueError, match="saved before it was initialized"):
        loaded(tmp_path / "untrained")
