"""An encoder with as many layers as MiniLM, and documents of a given length with captions."""

from pathlib import Path

import pytest
import spacy
from spacy.tokens import DocBin, Span

ROOT = Path(__file__).parents[2]
LONGEST = 1100


@pytest.fixture(autouse=True)
def in_the_project(monkeypatch):
    monkeypatch.chdir(ROOT)


@pytest.fixture(scope="session")
def six_layers(bert_folder, tmp_path_factory):
    """A BERT of six layers and width 32, for texts of a thousand words."""
    import torch
    from transformers import AutoTokenizer, BertConfig, BertModel

    folder = tmp_path_factory.mktemp("six_layers")
    tokenizer = AutoTokenizer.from_pretrained(bert_folder, model_max_length=LONGEST)
    tokenizer.save_pretrained(folder)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        num_hidden_layers=6,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=LONGEST,
    )
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def make_corpus(tmp_path_factory):
    """A function that writes documents of a given length, each with a caption."""

    def make_corpus(documents, words):
        nlp = spacy.blank("en")
        docs = []
        for number in range(documents):
            size = words - number % max(words // 4, 1)
            text = ["obama", "sings", "in", "paris"] * (size // 4 + 1)
            doc = spacy.tokens.Doc(nlp.vocab, words=text[:size])
            doc.ents = [Span(doc, 0, 1, "PER"), Span(doc, 3, 4, "LOC")]
            doc._.image_captions = [{"text": "a man on stage at the skyline", "score": 0.0}]
            docs.append(doc)
        path = tmp_path_factory.mktemp("corpus") / "docs.spacy"
        DocBin(docs=docs, store_user_data=True).to_disk(path)
        return path

    return make_corpus
