"""Captions sorted and selected by their relevance to the text."""

import shutil

import pytest
import spacy
import torch
from test_ensemble import Quotes, Says
from transformers import AutoModel, AutoTokenizer

from spacy_ita.alignment.captions.relevance import RelevantCaptions
from spacy_ita.alignment.picture import Picture
from spacy_ita.alignment.recorded.backend import Recorded
from spacy_ita.errors import BackendError

TEXTS = ("a man sings on stage", "skyline of the city", "i love jordan")


def picture(text):
    return Picture("a.png", text)


def cosine(folder, one, other):
    """Encode each text by itself, so that an effect of padding would show."""
    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder)
    vectors = []
    for text in (one, other):
        with torch.no_grad():
            hidden = model.eval()(**tokenizer(text, return_tensors="pt")).last_hidden_state
        vectors.append(hidden[0].mean(0))
    return torch.cosine_similarity(*vectors, dim=0).item()


def test_captions_are_sorted_by_their_cosine_with_the_text(bert_folder):
    backend = RelevantCaptions(Says(*TEXTS), str(bert_folder))
    texts = ["skyline of the city", "i love jordan and the city sings tonight"]
    for text, found in zip(texts, backend([picture(text) for text in texts]), strict=True):
        expected = {caption: cosine(bert_folder, text, caption) for caption in TEXTS}
        assert {item["text"]: item["score"] for item in found} == pytest.approx(expected, abs=1e-5)
        scores = [item["score"] for item in found]
        assert scores == sorted(scores, reverse=True)
    assert backend([picture("skyline of the city")])[0][0]["text"] == "skyline of the city"


def test_an_irrelevant_caption_is_left_out_and_with_all_of_them_the_picture(bert_folder):
    backend = RelevantCaptions(Says(*TEXTS), str(bert_folder), min_score=0.999)
    texts = ["i love jordan", "obama wins"]
    assert [[item["text"] for item in found] for found in backend(list(map(picture, texts)))] == [
        ["i love jordan"],
        [],
    ]


def test_no_caption_and_no_text(bert_folder):
    backend = RelevantCaptions(Says(), str(bert_folder))
    assert backend([picture("a tweet"), picture("")]) == [[], []]
    assert len(RelevantCaptions(Says("a dog"), str(bert_folder))([picture("")])[0]) == 1


def test_a_text_that_is_too_long_is_cut(bert_folder):
    backend = RelevantCaptions(Says("the city " * 1000), str(bert_folder))
    [[found]] = backend([picture("i love jordan " * 1000)])
    assert -1 <= found["score"] <= 1


def test_identity_is_that_of_captioner_weights_and_setting(bert_folder, tmp_path):
    identity = RelevantCaptions(Says("a dog"), str(bert_folder)).identity
    assert identity != RelevantCaptions(Says("a cat"), str(bert_folder)).identity
    assert identity != RelevantCaptions(Says("a dog"), str(bert_folder), min_score=0.1).identity
    recorded = Recorded(str(tmp_path / "a.jsonl"), "captions")
    assert RelevantCaptions(recorded, str(bert_folder)).identity is None


def test_each_text_of_a_picture_has_its_own_answer(bert_folder, pictures, tmp_path):
    spacy.registry.misc("tests.Says.v1", func=lambda: Says(*TEXTS))
    backend = {
        "@misc": "spacy_ita.RelevantCaptions.v1",
        "name": str(bert_folder),
        "captioner": {"@misc": "tests.Says.v1"},
    }
    nlp = spacy.blank("en")
    cache = {"@misc": "spacy_ita.AlignmentCache.v1", "path": str(tmp_path / "cache.db")}
    nlp.add_pipe("image_captions", config={"backend": backend, "cache": cache})
    for _ in range(2):
        docs = [nlp.make_doc(text) for text in TEXTS]
        for doc in docs:
            doc._.image_path = pictures[0]
        docs = list(nlp.pipe(docs))
        assert [doc._.image_captions[0]["text"] for doc in docs] == list(TEXTS)


def test_a_saved_pipeline_brings_both(bert_folder, tmp_path):
    weights = tmp_path / "weights"
    shutil.copytree(bert_folder, weights)
    file = tmp_path / "captions.jsonl"
    file.write_text('{"image_id": "a", "captions": ["skyline of the city", "i love jordan"]}')
    backend = {
        "@misc": "spacy_ita.RelevantCaptions.v1",
        "name": str(weights),
        "captioner": {
            "@misc": "spacy_ita.Recorded.v1",
            "path": str(file),
            "part": "captions",
        },
    }
    nlp = spacy.blank("en")
    nlp.add_pipe("image_captions", config={"backend": backend})

    def answer(pipeline):
        doc = pipeline.make_doc("i love jordan")
        doc._.image_path = "a.png"
        return pipeline(doc)._.image_captions

    expected = answer(nlp)
    assert expected[0]["text"] == "i love jordan"
    nlp.to_disk(tmp_path / "model")
    data = nlp.to_bytes()
    shutil.rmtree(weights)
    file.unlink()
    assert answer(spacy.load(tmp_path / "model")) == expected
    other = spacy.blank("en")
    other.add_pipe("image_captions", config={"backend": backend})
    assert answer(other.from_bytes(data)) == expected


def test_the_captioner_reads_the_text_too(bert_folder):
    [[found]] = RelevantCaptions(Quotes(), str(bert_folder))([picture("i love jordan")])
    assert found["text"] == "i love jordan"
    assert found["score"] == pytest.approx(1.0, abs=1e-5)


def test_no_weights_is_an_error_of_the_engine(tmp_path):
    with pytest.raises(BackendError, match="can't load the model"):
        RelevantCaptions(Says("a dog"), str(tmp_path / "nothing"))([picture("a tweet")])
