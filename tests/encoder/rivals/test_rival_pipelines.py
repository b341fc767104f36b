"""`crf_ner` over the paper's rivals, from a training to a wheel."""

import warnings
from zipfile import ZipFile

import pytest
import spacy
from pictured_docs import document, found, train, with_object
from spacy.cli.package import package
from spacy.training import Example
from thinc.api import get_torch_default_device

from spacy_ita.training.optimizer import create_adamw

SYSTEMS = ["ocsga-bert", "umt-bert-vit", "umgf-bert-vit", "riva-bert-vit", "rpbert-bert-vit"]
each_system = pytest.mark.parametrize("name", SYSTEMS)
LOSS = {"@misc": "spacy_ita.CrossViewLoss.v2", "text_weight": 0.0, "image_weight": 1.0}


def settings(name):
    mode = {"mode": "LA"} if name.startswith("ocsga") else {"mode": "GA", "captions": 0}
    context = {"@misc": "spacy_ita.ContextFormatter.v1", **mode}
    return {"context": context, "loss": {**LOSS, "kl_weight": 0.0}}


@pytest.fixture
def posts(examples, colours):
    """The examples, with the objects of each picture: ten, two of them without a picture."""
    colour_of = {path: colour for colour, path in colours.items()}

    def make(nlp):
        made = examples(nlp)
        for example in made:
            if path := example.predicted._.image_path:
                with_object(example.predicted, colour_of[path])
        return made

    return make


@each_system
def test_an_update_learns_and_texts_alone_are_read(name, make_nlp, posts, tmp_path):
    nlp = make_nlp(name, **settings(name))
    data = posts(nlp)
    nlp.initialize(lambda: data)
    optimizer = create_adamw(3e-3)
    first, second = (nlp.update(data, sgd=optimizer, losses={}) for _ in range(2))
    assert 0 < second["ner"] < first["ner"]
    # eight documents have a picture
    taggers = 0.8 * first["ner_nll_image"] + 0.2 * first["ner_nll_text"]
    own = first["ner"] - taggers
    assert (own > 0.01) == (name.split("-")[0] in ("umt", "riva", "rpbert"))
    assert own > -1e-4
    # texts without a word are read among others
    docs = [*nlp.pipe([nlp.make_doc(""), data[0].predicted.copy(), nlp.make_doc(" ")])]
    assert found(docs[1]) == found(nlp(data[0].predicted.copy()))
    bare = found(nlp("i love jordan"))
    if name.startswith("ocsga"):
        return
    broken = document(nlp, "i love jordan", str(tmp_path / "none.png"))
    with pytest.warns(UserWarning, match="No picture for the document"):
        nlp(broken)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert found(nlp(broken)) == bare


@pytest.mark.slow
@each_system
def test_overfits_ten_documents_and_is_saved_whole(name, make_nlp, posts, colours, tmp_path):
    nlp = make_nlp(name, **settings(name))
    data = posts(nlp)
    losses = train(nlp, data, 60)
    assert losses["ner_nll_image"] < 0.1
    scores = nlp.evaluate(data)
    assert scores["ents_f_image"] == 1.0
    assert scores["ents_f_text"] < 1.0
    docs = [example.predicted.copy() for example in data]
    expected = [found(nlp(doc.copy())) for doc in docs]
    nlp.to_disk(tmp_path / "nlp")
    (tmp_path / "models").rename(tmp_path / "gone")
    loaded = spacy.load(tmp_path / "nlp")
    assert [found(doc) for doc in loaded.pipe([doc.copy() for doc in docs])] == expected
    # other processes can't use the weights on a GPU
    if get_torch_default_device().type == "cpu":
        several = loaded.pipe([doc.copy() for doc in docs], n_process=2, batch_size=4)
        assert [found(doc) for doc in several] == expected


@pytest.mark.slow
def test_all_of_them_in_one_wheel(posts, encoder_config, tmp_path, monkeypatch):
    """A package with a tagger of each; the folders of the models are gone."""
    nlp = spacy.blank("en")
    for name in SYSTEMS:
        model = {"@architectures": "spacy_ita.CRFTagger.v1", "encoder": encoder_config(name)}
        pipe = name.split("-")[0]
        nlp.add_pipe("crf_ner", name=pipe, config={"model": model, **settings(name)})
    data = posts(nlp)
    nlp.initialize(lambda: data)
    nlp.to_disk(tmp_path / "nlp")
    (tmp_path / "packages").mkdir()
    package(tmp_path / "nlp", tmp_path / "packages", create_sdist=False, create_wheel=True)
    (wheel,) = tmp_path.rglob("*.whl")
    ZipFile(wheel).extractall(tmp_path / "site")
    (tmp_path / "models").rename(tmp_path / "gone")
    monkeypatch.syspath_prepend(tmp_path / "site")
    loaded = spacy.load("en_pipeline")
    docs = [example.predicted.copy() for example in data]
    read, expected = ([*pipeline.pipe([doc.copy() for doc in docs])] for pipeline in (loaded, nlp))
    assert [found(doc) for doc in read] == [found(doc) for doc in expected]


def test_new_layers_learn_at_a_rate_of_their_own(make_nlp, posts):
    rates = {"encoder": 0.0, "linear": 0.0, "crf": 0.0, "fusion": 3.0}
    nlp = make_nlp("umt-bert-vit", **settings("umt"), learn_rate_factors=rates)
    data = posts(nlp)
    nlp.initialize(lambda: data)
    nodes = [node for node in nlp.get_pipe("ner").model.walk() if node.shims]
    before = {node.name: _weights(node) for node in nodes}
    nlp.update([Example(e.predicted, e.reference) for e in data], sgd=create_adamw(1e-2))
    moved = {node.name for node in nodes if _weights(node) != before[node.name]}
    assert moved == {"umt_encoder"}


def _weights(node):
    return [weights.tolist() for weights in node.shims[0]._model.parameters()]
