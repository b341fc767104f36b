import pickle
import shutil

import pytest
import spacy

from spacy_ita.alignment.captions.ensemble import CaptionEnsemble
from spacy_ita.alignment.captions.hf import HFCaptioner
from spacy_ita.alignment.picture import Picture
from spacy_ita.alignment.recorded.backend import Recorded


class Says:
    """A captioner that always returns the same captions, best first."""

    def __init__(self, *texts):
        self.texts = texts
        self.identity = {"backend": "says", "texts": texts}

    def __call__(self, pictures):
        captions = [{"text": text, "score": -1.0 - rank} for rank, text in enumerate(self.texts)]
        return [captions for _ in pictures]


def test_ranks_take_turns_and_what_is_said_twice_is_said_once():
    ensemble = CaptionEnsemble(Says("a dog", "A  cat", "a bird"), Says("a cat"), Says())
    found = ensemble([Picture("a"), Picture("b")])
    assert found[0] == found[1]
    assert [(item["text"], item["score"]) for item in found[0]] == [
        ("a dog", -1.0),
        ("a cat", -1.0),
        ("a bird", -3.0),
    ]


def test_identity_is_that_of_all(tmp_path):
    identity = CaptionEnsemble(Says("a dog"), Says("a cat")).identity
    assert CaptionEnsemble(Says("a cat"), Says("a dog")).identity != identity
    recorded = Recorded(str(tmp_path / "a.jsonl"), "captions")
    assert CaptionEnsemble(Says("a dog"), recorded).identity is None


class Quotes:
    """The captions of the document."""

    identity = {"backend": "quotes"}
    reads_text = True

    def __call__(self, pictures):
        return [[{"text": picture.text, "score": 0.0}] for picture in pictures]


def test_a_captioner_that_reads_the_text_is_given_it(pictures):
    spacy.registry.misc("tests.Says.v1", func=lambda: Says("a dog"))
    spacy.registry.misc("tests.Quotes.v1", func=Quotes)
    captioners = {name: {"@misc": f"tests.{name}.v1"} for name in ("Says", "Quotes")}
    nlp = spacy.blank("en")
    backend = {"@misc": "spacy_ita.CaptionEnsemble.v1", "*": captioners}
    nlp.add_pipe("image_captions", config={"backend": backend})
    docs = [nlp.make_doc("first"), nlp.make_doc("second")]
    for doc in docs:
        doc._.image_path = pictures[0]
    said = [[item["text"] for item in doc._.image_captions] for doc in nlp.pipe(docs)]
    assert said == [["a dog", "first"], ["a dog", "second"]]
    assert not CaptionEnsemble(Says("a dog"), Says("a cat")).reads_text


def test_one_captioner_is_no_ensemble():
    with pytest.raises(ValueError, match="at least two captioners, not 1"):
        CaptionEnsemble(Says())


@pytest.mark.slow
def test_a_moved_pipeline_takes_all_captioners_along_in_order(blip, git, pictures, tmp_path):
    for name, folder in (("blip", blip), ("git", git)):
        shutil.copytree(folder, tmp_path / name)
    captioners = {
        # in this order, which is not alphabetical
        name: {
            "@misc": "spacy_ita.HFCaptioner.v2",
            "name": str(tmp_path / name),
            "num_return_sequences": 2,
        }
        for name in ("git", "blip")
    }
    nlp = spacy.blank("en")
    backend = {"@misc": "spacy_ita.CaptionEnsemble.v1", "*": captioners}
    pipe = nlp.add_pipe("image_captions", config={"backend": backend})
    doc = nlp.make_doc("text")
    doc._.image_path = pictures[0]
    expected, identity = pipe(doc)._.image_captions, pipe.backend.identity
    [git_found] = HFCaptioner(str(git), num_return_sequences=2)([Picture(pictures[0])])
    assert expected[0]["text"] == git_found[0]["text"] and len(expected) > len(git_found)
    copy = pickle.loads(pickle.dumps(pipe))
    nlp.to_disk(tmp_path / "model")
    stored = nlp.to_bytes()
    for name in ("blip", "git"):
        shutil.rmtree(tmp_path / name)
    loaded = spacy.load(tmp_path / "model")
    loaded.to_disk(tmp_path / "again")
    from_bytes = spacy.blank("en").from_config(nlp.config).from_bytes(stored)
    others = [loaded, spacy.load(tmp_path / "again"), from_bytes]
    for other in [copy, *(other.get_pipe("image_captions") for other in others)]:
        doc._.image_captions = None
        assert other.backend.identity == identity
        assert other(doc)._.image_captions == expected
