"""Encoders that can't read words beside a context are refused before any data is read."""

import json
import shutil

import pytest
import spacy
from saved import copy_of_a_part
from small_encoders import TRANSFORMERS_5
from transformers import AutoTokenizer

from spacy_ita.encoder import build_context_encoder
from spacy_ita.encoder import checkpoint as loading


def folder_of(path, config, **files):
    """A model's folder without weights: encoders are refused before weights are read."""
    (path / "config.json").write_text(json.dumps(config), encoding="utf8")
    for name, content in files.items():
        (path / name.replace("__", ".")).write_text(content, encoding="utf8")
    return path


@pytest.fixture
def bertweet(tmp_path):
    config = {"model_type": "roberta", "tokenizer_class": "BertweetTokenizer"}
    return folder_of(tmp_path, config, vocab__txt="a 1\n", bpe__codes="a b 1\n")


@pytest.fixture
def gpt2(tmp_path):
    vocab = {"<|endoftext|>": 0, "a": 1}
    merges = "#version: 0.2\n"
    return folder_of(
        tmp_path, {"model_type": "gpt2"}, vocab__json=json.dumps(vocab), merges__txt=merges
    )


@pytest.fixture
def t5(tmp_path):
    return folder_of(tmp_path, {"model_type": "t5"}, spiece__model="not read")


@pytest.fixture
def bart(tmp_path):
    return folder_of(tmp_path, {"model_type": "bart"})


@pytest.fixture
def deberta_v3(tmp_path):
    """A model as it is published, without `tokenizer.json`."""
    return folder_of(tmp_path, {"model_type": "deberta-v2"}, spm__model="not read")


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("bertweet", "has a slow tokenizer, BertweetTokenizer"),
        ("gpt2", "has no sep_token and no pad_token, like those of decoders"),
        ("t5", "is an encoder-decoder"),
        ("bart", "is an encoder-decoder"),
    ],
)
def test_refused_with_what_to_take(kind, reason, request):
    folder = str(request.getfixturevalue(kind))
    with pytest.raises(ValueError) as error:
        build_context_encoder(folder).initialize()
    assert folder in str(error.value)
    assert reason in str(error.value)
    assert 'take an encoder with a fast tokenizer, such as "roberta-base"' in str(error.value)


def test_a_checkpoint_without_the_encoders_weights_is_refused(bert_folder, tmp_path):
    copy_of_a_part(bert_folder, tmp_path)
    with pytest.raises(ValueError, match=r"can't be the encoder: it lacks \d+ weights of a BertM"):
        build_context_encoder(str(tmp_path)).initialize()


def test_a_subword_without_a_vector_is_refused(bert_folder, tmp_path):
    shutil.copytree(bert_folder, tmp_path, dirs_exist_ok=True)
    tokenizer = AutoTokenizer.from_pretrained(bert_folder)
    # no text becomes a special token, so it needs no vector
    tokenizer.add_special_tokens({"additional_special_tokens": ["[X]"]})
    tokenizer.save_pretrained(tmp_path)
    build_context_encoder(str(tmp_path)).initialize()
    tokenizer.add_tokens(["obamacare"])
    tokenizer.save_pretrained(tmp_path)
    with pytest.raises(ValueError, match="knows the subword 'obamacare', and the"):
        build_context_encoder(str(tmp_path)).initialize()


@pytest.mark.skipif(TRANSFORMERS_5, reason="transformers 5 ignores `use_fast`")
def test_use_fast_is_named_where_it_is_off(bert_folder):
    model = build_context_encoder(str(bert_folder), tokenizer_config={"use_fast": False})
    with pytest.raises(ValueError, match="Set `use_fast = true` in `tokenizer_config`"):
        model.initialize()


def test_missing_converters_are_named(deberta_v3, monkeypatch):
    monkeypatch.setattr(loading, "importable", lambda package: package == "google.protobuf")
    with pytest.raises(ValueError) as error:
        build_context_encoder(str(deberta_v3)).initialize()
    assert "install sentencepiece, tiktoken: pip install 'spacy_ita[sentencepiece]'" in str(
        error.value
    )


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("nobody/nothing", "no such model in .*hf download nobody/nothing$"),
        ("./no/such/folder", "no folder ./no/such/folder, and it can't be a name on the hub"),
    ],
)
def test_one_that_is_not_there_names_what_was_looked_for(name, hint):
    with pytest.raises(OSError, match=rf"(?s)can't load the model {name}: .*{hint}"):
        build_context_encoder(name).initialize()


def test_an_error_of_another_kind_stays_as_it_is(deberta_v3, monkeypatch):
    monkeypatch.setattr(loading, "importable", lambda package: True)
    with pytest.raises(Exception) as error:
        build_context_encoder(str(deberta_v3)).initialize()
    assert "spacy_ita[sentencepiece]" not in str(error.value)


def test_a_separator_can_be_given(bert_folder, tmp_path):
    folder = tmp_path / "bert"
    shutil.copytree(bert_folder, folder)
    settings = json.loads((folder / "tokenizer_config.json").read_text())
    # transformers 5 writes none
    (folder / "special_tokens_map.json").unlink(missing_ok=True)
    (folder / "tokenizer_config.json").write_text(json.dumps({**settings, "sep_token": None}))
    with pytest.raises(ValueError, match="has no sep_token, like"):
        build_context_encoder(str(folder)).initialize()
    build_context_encoder(str(folder), tokenizer_config={"sep_token": "[SEP]"}).initialize()


def test_refused_before_any_data_is_read(gpt2):
    nlp = spacy.blank("en")
    encoder = {"@architectures": "spacy_ita.ContextEncoder.v1", "name": str(gpt2)}
    model = {"@architectures": "spacy_ita.CRFTagger.v1", "encoder": encoder}
    nlp.add_pipe("crf_ner", config={"model": model})

    def examples():
        pytest.fail("data was read")
        yield

    with pytest.raises(ValueError, match="has no sep_token"):
        nlp.get_pipe("crf_ner").initialize(examples)
