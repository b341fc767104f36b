"""A trained pipe learns other labels: a new head over its encoder, which keeps the known ones."""

import logging

import pytest
import spacy
import torch
from spacy.training import Example
from taggers import found
from thinc.api import Adam

from spacy_ita.ner.model import tagging_head
from spacy_ita.training.optimizer import create_adamw

SONGS = ("jordan sings paris", "obama sings chelsea", "london sings jordan")


@pytest.fixture
def songs(make_doc):
    """ "NAME sings SONG": PER, which the pipe knows, and SONG, which it doesn't."""

    def make(nlp):
        golds = []
        for text in SONGS:
            name, title = text.split(" sings ")
            song = (len(text) - len(title), len(text), "SONG")
            golds.append(make_doc(nlp, text, [(0, len(name), "PER"), song]))
        return [Example(nlp.make_doc(gold.text), gold) for gold in golds]

    return make


def encoder_bytes(nlp):
    return nlp.get_pipe("ner").model.get_ref("encoder").to_bytes()


def go_on(nlp, examples, optimizer, steps=30):
    torch.manual_seed(0)
    for _ in range(steps):
        nlp.update(examples, sgd=optimizer, drop=0.0)


@pytest.mark.parametrize("optimizer", [create_adamw, pytest.param(Adam, marks=pytest.mark.slow)])
def test_an_update_adds_labels_and_learns_them(trained, examples, songs, optimizer, caplog):
    optimizer = optimizer(3e-3, use_averages=True)
    go_on(trained, examples(trained), optimizer, 2)
    with caplog.at_level(logging.INFO, "spacy"):
        go_on(trained, [*examples(trained), *songs(trained)], optimizer)
    assert [record.getMessage() for record in caplog.records] == [
        "ner: new labels in the examples: ['SONG']"
    ]
    assert trained.get_pipe("ner").labels == ("LOC", "PER", "SONG")
    assert trained.pipe_labels["ner"] == ["LOC", "PER", "SONG"]
    scores = trained.evaluate(songs(trained))
    assert scores["ents_per_type"]["SONG"]["f"] == scores["ents_f"] == 1.0
    assert trained.evaluate(examples(trained))["ents_f"] == 1.0
    with trained.use_params(optimizer.averages):
        assert trained.evaluate(songs(trained))["ents_per_type"]["SONG"]["f"] == 1.0


def test_a_label_is_added_to_what_is_known(trained, make_doc):
    docs = [make_doc(trained, "i love jordan", scene=scene) for scene in ("PER", "LOC")]
    before = [found(trained(doc)) for doc in docs]
    encoder, head = encoder_bytes(trained), tagging_head(trained.get_pipe("ner").model)
    assert trained.get_pipe("ner").add_label("SONG") == 1
    assert trained.get_pipe("ner").add_label("SONG") == 0
    grown = tagging_head(trained.get_pipe("ner").model)
    assert encoder_bytes(trained) == encoder
    for name, weights in head.state_dict().items():
        kept = grown.state_dict()[name]
        assert torch.equal(kept[:9, :9] if name == "crf.transitions" else kept[:9], weights)
    assert before == [[("jordan", "PER")], [("jordan", "LOC")]]
    again = type(trained).from_config(trained.config).from_bytes(trained.to_bytes())
    assert again.get_pipe("ner").labels == ("LOC", "PER", "SONG")


def test_renamed_labels_know_what_the_old_ones_knew(trained, make_doc):
    def read():
        docs = [make_doc(trained, "i love jordan", scene=scene) for scene in ("PER", "LOC")]
        predictions = trained.get_pipe("ner").predict(docs)
        return [(p.entities, p.confidences) for p in predictions]

    (person, sure), (place, surer) = read()
    # the new names sort in another order
    trained.get_pipe("ner").relabel(["PERSON", "AREA"], {"PERSON": "PER", "AREA": "LOC"})
    assert read() == [
        ([(*person[0][:2], "PERSON")], pytest.approx(sure)),
        ([(*place[0][:2], "AREA")], pytest.approx(surer)),
    ]
    trained.get_pipe("ner").relabel(["SONG"])
    assert trained.get_pipe("ner").labels == ("SONG",)
    assert {label for entities, _ in read() for *_, label in entities} <= {"SONG"}


def test_labels_that_cant_be_replaced(trained, make_nlp):
    ner = trained.get_pipe("ner")
    with pytest.raises(ValueError, match=r"unknown labels \['PERS'\]"):
        ner.relabel(["PERSON"], {"PERSON": "PERS"})
    with pytest.raises(ValueError, match=r"unknown labels \['PERSON'\]"):
        ner.relabel(["SONG"], {"PERSON": "PER"})
    with pytest.raises(ValueError, match="at least one label"):
        ner.relabel([])
    with pytest.raises(ValueError, match="no weights"):
        make_nlp().get_pipe("ner").relabel(["PER"])


def test_gradients_of_earlier_documents_wait_for_the_step(trained, examples):
    """As with `accumulate_gradient`, if a later part of the batch brings the label."""
    trained.update(examples(trained), sgd=False)
    ner = trained.get_pipe("ner")
    waiting = {name: w.grad.clone() for name, w in tagging_head(ner.model).named_parameters()}
    ner.add_label("SONG")
    for name, weights in tagging_head(ner.model).named_parameters():
        kept = weights.grad[:9, :9] if name == "crf.transitions" else weights.grad[:9]
        assert torch.equal(kept, waiting[name])
        assert weights.grad.abs().sum() == waiting[name].abs().sum() > 0


def test_a_second_pipe_has_labels_of_its_own(trained_bytes, trained, make_nlp, make_doc):
    nlp = spacy.blank("en")
    nlp.add_pipe("ner", source=trained)
    nlp.add_pipe("ner", name="songs", source=make_nlp().from_bytes(trained_bytes[0]))
    nlp.get_pipe("songs").relabel(["SONG"])
    golds = [make_doc(nlp, text, [(text.index("sings ") + 6, len(text), "SONG")]) for text in SONGS]
    examples = [Example(nlp.make_doc(gold.text), gold) for gold in golds]
    optimizer = nlp.resume_training(sgd=create_adamw(3e-3))
    for _ in range(30):
        nlp.update(examples, sgd=optimizer, drop=0.0, exclude=["ner"])
    assert nlp.pipe_labels == {"ner": ["LOC", "PER"], "songs": ["SONG"]}
    nlp.disable_pipe("ner")
    assert nlp.evaluate(examples)["ents_f"] == 1.0


@pytest.mark.slow
def test_a_mean_teacher_goes_on(trained_bytes, trained, make_nlp, examples, songs):
    loss = {"@misc": "spacy_ita.CrossViewLoss.v2", "teacher_decay": 0.5}
    nlp = make_nlp(loss=loss).from_bytes(trained_bytes[0])
    optimizer = create_adamw(3e-3)
    go_on(nlp, examples(nlp), optimizer, 2)
    go_on(nlp, [*examples(nlp), *songs(nlp)], optimizer)
    assert nlp.evaluate(songs(nlp))["ents_f"] == 1.0


def test_initialize_makes_the_head_anew_over_the_trained_encoder(trained, songs):
    before = encoder_bytes(trained)
    ner = trained.get_pipe("ner")
    with pytest.warns(UserWarning, match="no training example has an alignment"):
        ner.initialize(lambda: songs(trained), nlp=trained, labels=["SONG", "PER"])
    assert ner.labels == ("PER", "SONG")
    assert encoder_bytes(trained) == before
