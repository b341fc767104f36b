"""`crf_ner` over encoders that read pictures; only a picture's colour shows a name's type."""

import shutil
import warnings

import pytest
import spacy
import torch
from pictured_docs import document, found, train
from spacy.training import Example

from spacy_ita.corpora import Notes
from spacy_ita.pipeline.annotator import Annotator, Views
from spacy_ita.report.distance import view_distance
from spacy_ita.training.optimizer import create_adamw


@pytest.mark.parametrize(
    "name", ["features-bert-vit", "joint-vilt", "joint-visual_bert-resnet", "both-vilt"]
)
@pytest.mark.slow
def test_overfits_what_only_the_colour_tells(name, make_nlp, examples, colours, tmp_path):
    nlp = make_nlp(name)
    data = examples(nlp)
    losses = train(nlp, data, 60)
    assert losses["ner_nll_image"] < 0.1 < losses["ner_nll_text"]
    assert losses["ner_kl"] > 0
    scores = nlp.evaluate(data)
    assert scores["ents_f_image"] == 1.0
    assert scores["ents_f_text"] < 1.0
    docs = [document(nlp, "i love paris", colours.get(c, "")) for c in ("red", None, "blue") * 3]
    docs.append(document(nlp, "obama sings tonight"))
    expected = [found(nlp(doc.copy())) for doc in docs]
    assert expected[0] == [("paris", "PER")]
    assert expected[2] == [("paris", "LOC")]
    assert expected[-1] == [("obama", "PER")]
    assert [found(doc) for doc in nlp.pipe([doc.copy() for doc in docs])] == expected
    nlp.to_disk(tmp_path / "nlp")
    (tmp_path / "models").rename(tmp_path / "gone")
    loaded = spacy.load(tmp_path / "nlp")
    assert [found(doc) for doc in loaded.pipe([doc.copy() for doc in docs])] == expected
    nlp.get_pipe("ner").view = "T"
    assert found(nlp(docs[0].copy())) == found(nlp(docs[2].copy()))


def test_text_and_picture_together(make_nlp, examples, colours):
    """The encoder reads captions and pixels together, and either of them makes an I+T view."""
    nlp = make_nlp("features-bert-vit")
    nlp.initialize(lambda: examples(nlp))
    pipe = nlp.get_pipe("ner")
    doc = document(nlp, "i love paris", colours["red"])
    doc._.image_captions = [{"text": "city", "score": 0.0}]
    context = pipe.context_of(doc)
    assert (context.parts, context.picture) == ([["city"]], colours["red"])
    doc._.image_path = ""
    assert pipe.context_of(doc)
    assert not pipe.context_of(doc, "text")


def test_the_first_picture_that_can_be_read_is_seen(make_nlp, examples, colours, tmp_path):
    nlp = make_nlp("features-bert-vit")
    nlp.initialize(lambda: examples(nlp))
    pipe = nlp.get_pipe("ner")
    doc = document(nlp, "i love paris")
    doc._.image_paths = [str(tmp_path / "none.png"), colours["red"], colours["blue"]]
    box = [0.0, 0.0, 9.0, 9.0]
    item = {"label": "man", "attribute": "", "score": 1.0}
    doc._.image_objects = [
        {**item, "box": [value + number for value in box], "picture": number} for number in range(3)
    ]
    with pytest.warns(UserWarning) as caught:
        context = pipe.context_of(doc)
    assert context.picture == colours["red"]
    # the boxes are those of that picture
    assert context.boxes == [[1.0, 1.0, 10.0, 10.0]]
    several, broken = sorted(str(warning.message) for warning in caught)[::-1]
    assert "has several pictures" in several and "none.png" in broken
    assert "none.png" in Notes(doc).warning
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pipe.context_of(doc)


def test_broken_picture_is_the_text_view_with_one_warning(make_nlp, examples, tmp_path):
    nlp = make_nlp("features-bert-vit")
    data = examples(nlp)
    nlp.initialize(lambda: data)
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    for path, cause in ((broken, "not a picture"), (tmp_path / "none.png", "No such file")):
        doc = document(nlp, "i love jordan", str(path))
        with pytest.warns(
            UserWarning, match=f"No picture for the document 'i love jordan'.*{cause}"
        ):
            nlp(doc)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert found(nlp(doc)) == found(nlp("i love jordan"))
    # a picture that appears later is read
    shutil.copy(data[0].predicted._.image_path, tmp_path / "none.png")
    assert nlp.get_pipe("ner").context_of(doc).picture
    broken_example = Example(document(nlp, "i love jordan", str(broken)), data[0].reference)
    with pytest.warns(UserWarning, match="No picture"):
        losses = nlp.update([broken_example, data[1]], losses={})
    assert losses["ner_nll_image"] > 0


def test_annotator_notes_the_pictures_that_the_encoder_could_not_read(
    make_nlp, examples, colours, tmp_path, recwarn
):
    nlp = make_nlp("features-bert-vit")
    nlp.initialize(lambda: examples(nlp))
    docs = [document(nlp, "i love paris", colours["red"])]
    docs += [document(nlp, "i love paris", str(tmp_path / "none.png")) for _ in range(2)]
    assert [Notes(doc).warning[-25:] for doc in Annotator(nlp, Views.IT)(docs[:2])] == [
        "",
        "No such file or directory",
    ]
    assert Notes(Annotator(nlp, Views.T)(docs[2:])[0]).warning == ""
    # the picture exists now, so its note is removed
    shutil.copy(colours["red"], tmp_path / "none.png")
    assert [Notes(doc).warning for doc in Annotator(nlp, Views.IT)(docs[:2])] == ["", ""]
    assert not [w for w in recwarn if "picture" in str(w.message)]


def test_distance_is_that_of_the_picture_too(make_nlp, examples, colours):
    nlp = make_nlp("features-bert-vit")
    nlp.initialize(lambda: examples(nlp))
    ner = nlp.get_pipe("ner")
    red, none = (document(nlp, "i love paris", colours.get(c, "")) for c in ("red", None))
    assert view_distance(ner, [none]) is None
    assert view_distance(ner, [none, red]) > 0


def test_new_linear_layer_learns_at_its_own_rate(make_nlp, examples):
    nlp = make_nlp(
        "features-bert-vit", learn_rate_factors={"encoder": 0.0, "linear": 3.0, "crf": 0.0}
    )
    data = examples(nlp)
    nlp.initialize(lambda: data)
    text = nlp.get_pipe("ner").model.get_ref("encoder").get_ref("text").shims[0]._model
    before = {name: value.clone() for name, value in text.state_dict().items()}
    nlp.update(data, sgd=create_adamw(1e-2, weight_decay=0.0, grad_clip=0.0))
    moved = {n for n, value in text.state_dict().items() if not torch.equal(value, before[n])}
    assert moved == {"linear.weight", "linear.bias"}
    step = (text.linear.weight - before["linear.weight"]).abs().max().item()
    assert step == pytest.approx(3e-2, rel=1e-2)


def test_the_context_encoder_ignores_pictures(encoder_config, colours, recwarn):
    nlp = spacy.blank("en")
    model = {
        "@architectures": "spacy_ita.CRFTagger.v1",
        "encoder": encoder_config("both-vilt")["first"],
    }
    nlp.add_pipe("crf_ner", name="ner", config={"model": model})
    assert not nlp.get_pipe("ner").context_of(document(nlp, "i love paris", colours["red"]))
    assert not nlp.get_pipe("ner").context_of(document(nlp, "i love paris", "no file"))
    assert not recwarn.list


@pytest.mark.cpu
@pytest.mark.slow
def test_two_processes(make_nlp, examples, colours):
    nlp = make_nlp("features-bert-vit")
    train(nlp, examples(nlp), 30)
    docs = [document(nlp, "i love paris", colours.get(c, "")) for c in ("red", "blue", None) * 2]
    expected = [found(nlp(doc.copy())) for doc in docs]
    assert expected[0] != expected[1]
    assert [found(doc) for doc in nlp.pipe(docs, n_process=2, batch_size=2)] == expected
