"""The Python of docs/python.md runs over small pipelines."""

import pytest
import spacy
from pages import ROOT, blocks
from PIL import Image
from small_pipeline import CAPTIONS, aligned
from spacy.cli import app
from spacy.training import Example
from typer.testing import CliRunner

from spacy_ita.alignment.picture import Picture

PAGE = ROOT / "docs" / "python.md"
BOTH, STREAM, PREDICT, MEMORY, JOIN, TRAIN, TOY, REPLACE = (
    block.code for block in blocks("python") if block.page == PAGE
)
[ASSEMBLE] = (block.code for block in blocks("ini") if block.page == PAGE)
LISTENER = {"@architectures": "spacy.Tok2VecListener.v1", "width": 96, "upstream": "*"}
TAGGER = {"@architectures": "spacy.Tagger.v2", "tok2vec": LISTENER}


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(en_ita, bert_folder, here):
    """A function that runs a snippet over the small pipelines, and returns its variables."""

    def run(code, **given):
        names = {
            "en_ita": en_ita,
            "en_core_web_sm": here / "en_core_web_sm",
            "bert-base-cased": bert_folder,
            "training/minilm": bert_folder,
        }
        for name, path in names.items():
            code = code.replace(f'"{name}"', repr(str(path)))
        exec(code, given)
        return given

    return run


@pytest.fixture
def tagged(here):
    """A trained pipeline with a tagger and spaCy's own ner, on disk."""
    nlp = spacy.blank("en")
    nlp.add_pipe("tok2vec")
    nlp.add_pipe("tagger", config={"model": TAGGER})
    nlp.add_pipe("ner")
    gold = {"tags": ["PRON", "VERB", "PROPN"], "entities": [(7, 12, "GPE")]}
    example = Example.from_dict(nlp.make_doc("i love paris"), gold)
    optimizer = nlp.initialize(lambda: [example])
    for _ in range(20):
        nlp.update([example], sgd=optimizer)
    nlp.to_disk(here / "en_core_web_sm")


def read(ents):
    return [(ent.text, ent.label_, pytest.approx(ent._.confidence)) for ent in ents]


def test_both_views(run, en_ita, here):
    Image.new("RGB", (2, 2)).save(here / "stadium.jpg")
    text = "chelsea plays tonight"
    found = run(BOTH.replace("finally saw Jordan !", text))
    tagger = spacy.load(en_ita).get_pipe("ner")
    doc = tagger(aligned(found["nlp"], text))
    assert found["with_picture"] == read(doc.ents)
    assert found["text_alone"] == read(tagger(found["nlp"].make_doc(text)).ents)
    assert [ent[:2] for ent in found["with_picture"]] == [("chelsea", "ORG")]
    assert found["with_picture"] != found["text_alone"]


def test_a_view_for_a_stream_and_for_comparing(run, en_ita, capsys):
    nlp = spacy.load(en_ita)
    [alone] = nlp("chelsea plays tonight").ents
    docs = [aligned(nlp, alone.doc.text)]
    run(STREAM, nlp=nlp, docs=docs)
    assert docs[0]._.image_captions == CAPTIONS
    assert capsys.readouterr().out == f"[('chelsea', 'ORG', {alone._.confidence})]\n"
    run(PREDICT, nlp=nlp, docs=docs)
    assert capsys.readouterr().out == f"chelsea ORG {alone._.confidence}\n"
    assert docs[0].ents[0]._.confidence != alone._.confidence


def test_pictures_in_memory(run):
    image = Image.new("RGB", (30, 20), "red")
    found = run(MEMORY, nlp=spacy.blank("en"), image=image)
    assert Picture(found["doc"]._.image_path).image.size == (30, 20)


@pytest.mark.slow
def test_in_an_existing_pipeline(run, tagged, en_ita, here):
    run(JOIN)
    config = ASSEMBLE.replace('"en_ita"', f'"{en_ita}"')
    config = config.replace('"en_core_web_sm"', f'"{here / "en_core_web_sm"}"')
    (here / "joined.cfg").write_text(config, encoding="utf8")
    CliRunner().invoke(app, ["assemble", "joined.cfg", "assembled"])
    for folder in ("joined", "assembled"):
        nlp = spacy.load(folder)
        assert nlp.pipe_names[:2] == ["tok2vec", "tagger"]
        assert nlp.pipe_names[-1] == "ner"
        doc = aligned(nlp, "i love paris")
        assert [(ent.text, ent.label_) for ent in nlp(doc).ents] == [("paris", "LOC")]
        assert doc[2].tag_ == "PROPN"


@pytest.mark.slow
def test_training(run, tagged, here):
    data = [("i love paris", "", [(7, 12, "LOC")]), ("jordan sings", "", [(0, 6, "PER")])] * 4
    faster = TRAIN.replace("5e-5", "3e-3").replace("range(10)", "range(30)")
    with pytest.warns(UserWarning, match="no training example has an alignment"):
        found = run(faster, data=data)
    assert spacy.load("mine").evaluate(found["examples"])["ents_f"] == 1.0
    before = spacy.load(here / "en_core_web_sm").get_pipe("tagger").to_bytes()
    given = {name: found[name] for name in ("spacy", "model", "examples", "create_adamw")}
    faster = REPLACE.replace("5e-5", "3e-3").replace("range(10)", "range(30)")
    with pytest.warns(UserWarning, match="no training example has an alignment"):
        nlp = run(faster, **given)["nlp"]
    assert nlp.pipe_names == ["tok2vec", "tagger", "image_ocr", "ner"]
    assert nlp.get_pipe("tagger").to_bytes() == before
    assert nlp.evaluate(found["examples"])["ents_f"] == 1.0
    assert nlp("i love paris")[2].tag_ == "PROPN"


@pytest.mark.slow
def test_a_toy_learns_what_captions_tell(run, capsys):
    run(TOY)
    assert capsys.readouterr().out.splitlines()[-1] == "1.0"
