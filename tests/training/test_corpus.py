"""The picture reaches the pipe in training, in `nlp.evaluate` and from the command line."""

import warnings
from pathlib import Path

import pytest
import spacy
from spacy.cli.init_config import init_config
from spacy.tokens import Doc, DocBin
from spacy.training import Corpus
from spacy.training.initialize import init_nlp

from spacy_ita import attributes
from spacy_ita.training.corpus import PictureCorpus, create_corpus

CAPTIONS = [{"text": "a man sings", "score": -0.5}]


@pytest.fixture
def corpus_file(tmp_path):
    nlp = spacy.blank("en")
    doc = nlp.make_doc("I saw Jordan live")
    doc.ents = [doc.char_span(6, 12, "PER")]
    doc._.image_path = "jordan.png"
    doc._.image_captions = CAPTIONS
    path = tmp_path / "train.spacy"
    DocBin(docs=[doc, nlp.make_doc("no picture")], store_user_data=True).to_disk(path)
    return path


def test_predicted_holds_the_picture(corpus_file):
    nlp = spacy.blank("en")
    first, second = PictureCorpus(corpus_file)(nlp)
    assert first.predicted._.image_path == "jordan.png"
    assert list(first.predicted._.image_captions) == CAPTIONS
    assert not first.predicted.ents
    assert second.predicted._.image_captions is None
    # spaCy's own reader drops the picture, so this reader exists
    assert next(iter(Corpus(corpus_file)(nlp))).predicted._.image_captions is None


def test_predicted_holds_several_pictures(tmp_path):
    nlp = spacy.blank("en")
    doc = nlp.make_doc("I saw Jordan live")
    doc._.image_paths = ["a.png", "b.png"]
    doc._.image_captions = numbered = [{**CAPTIONS[0], "picture": 1}]
    DocBin(docs=[doc], store_user_data=True).to_disk(tmp_path / "train.spacy")
    [example] = PictureCorpus(tmp_path / "train.spacy")(nlp)
    assert example.predicted._.image_paths == ["a.png", "b.png"]
    assert example.predicted._.image_captions == numbered


@pytest.mark.parametrize("settings", [{"gold_preproc": True}, {"max_length": 5}])
def test_sentences_hold_the_picture_of_their_document(tmp_path, settings):
    nlp = spacy.blank("en")
    words = "I saw Jordan . He sang .".split()
    doc = Doc(nlp.vocab, words, sent_starts=[word in ("I", "He") for word in words])
    doc._.image_path = "jordan.png"
    doc._.image_captions = CAPTIONS
    path = tmp_path / "train.spacy"
    DocBin(docs=[doc], store_user_data=True).to_disk(path)
    examples = list(create_corpus(path, **settings)(nlp))
    assert [len(example.reference) for example in examples] == [4, 3]
    for example in examples:
        for part in (example.predicted, example.reference):
            assert (part._.image_path, list(part._.image_captions)) == ("jordan.png", CAPTIONS)


def test_augmented_examples_hold_the_picture(corpus_file):
    nlp = spacy.blank("en")
    lower = spacy.registry.augmenters.get("spacy.lower_case.v1")(level=1.0)
    examples = list(create_corpus(corpus_file, augmenter=lower)(nlp))
    assert examples[0].text == "i saw jordan live"
    assert list(examples[0].predicted._.image_captions) == CAPTIONS


def test_names_of_extensions_can_be_set(tmp_path):
    names = {"image_captions": "blip", "image_context": "blip_text"}
    attributes(names)
    doc = Doc(spacy.blank("en").vocab, words=["Paris"])
    doc._.blip = CAPTIONS
    DocBin(docs=[doc], store_user_data=True).to_disk(tmp_path / "x.spacy")
    (example,) = create_corpus(tmp_path / "x.spacy", attrs=names)(spacy.blank("en"))
    assert list(example.predicted._.blip) == CAPTIONS


def test_missing_file_says_how_to_make_it():
    with pytest.raises(ValueError, match="spacy ita convert"):
        create_corpus(None)
    with pytest.raises(ValueError, match=r"no corpus at nowhere\.spacy"):
        create_corpus(Path("nowhere.spacy"))


@pytest.mark.filterwarnings("ignore:.*W090")
def test_a_file_of_another_format_is_no_corpus(tmp_path):
    columns = tmp_path / "train.txt"
    columns.write_text("IMGID:1\nParis\tB-LOC\n")
    for path in (columns, tmp_path):
        with pytest.raises(ValueError, match="spacy file with `spacy ita convert`"):
            create_corpus(path)


def test_a_damaged_file_is_named(corpus_file):
    corpus_file.write_bytes(corpus_file.read_bytes()[:-4])
    with pytest.raises(ValueError, match=r"train\.spacy: not a \.spacy file, or a damaged one"):
        list(create_corpus(corpus_file)(spacy.blank("en")))


def test_a_corpus_without_words_is_an_error(tmp_path):
    nlp = spacy.blank("en")
    path = tmp_path / "dev.spacy"
    DocBin(docs=[nlp.make_doc("")]).to_disk(path)
    with pytest.raises(ValueError, match=r"dev\.spacy holds no documents: "):
        list(create_corpus(path)(nlp))
    DocBin(docs=[nlp.make_doc("i love paris")]).to_disk(path)
    with pytest.raises(ValueError, match="no documents of fewer than 2 words"):
        list(create_corpus(path, max_length=2)(nlp))


def test_the_limit_counts_over_all_files(corpus_file):
    corpus_file.with_name("more.spacy").write_bytes(corpus_file.read_bytes())
    for limit in (0, 1, 3):
        examples = list(create_corpus(corpus_file.parent, limit=limit)(spacy.blank("en")))
        assert len(examples) == (limit or 4)


def test_a_config_without_a_path_says_so_too():
    reader = {"@readers": "spacy_ita.Corpus.v1", "path": None}
    with pytest.raises(ValueError, match="spacy ita convert"):
        spacy.registry.resolve({"corpus": reader})


def test_a_config_with_spacys_reader_gives_a_warning(corpus_file, bert_folder):
    """`spacy init config --pipeline crf_ner` writes such a config; no hook can change that."""
    config = init_config(pipeline=["crf_ner"])
    config["paths"] |= {"train": str(corpus_file), "dev": str(corpus_file)}
    config["components"]["crf_ner"]["model"]["encoder"]["name"] = str(bert_folder)
    for aligners in ([], ["image_captions"]):
        config["training"]["annotating_components"] = aligners
        with pytest.warns(UserWarning, match="drops the pictures.*`spacy ita init-config`"):
            init_nlp(config)
    for split in ("train", "dev"):
        reader = {"@readers": "spacy_ita.Corpus.v1", "path": f"${{paths.{split}}}"}
        config["corpora"][split] = reader
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        init_nlp(config)
