"""Scores of both views, and warnings about lost pictures."""

import warnings

import pytest
from spacy.training import Example
from taggers import found


def test_scores_of_both_views(trained, examples):
    data = examples(trained)
    scores = trained.evaluate(data)
    assert scores["ents_f"] == scores["ents_f_image"] == 1.0
    assert scores["ents_f_text"] < 1.0
    assert scores["ents_f_views"] == (scores["ents_f_text"] + 1.0) / 2
    assert set(scores["ents_per_type_text"]) == {"LOC", "PER"}
    for example in data:
        trained(example.predicted)
    before = [(found(eg.predicted), dict(eg.predicted.user_data)) for eg in data]
    assert trained.get_pipe("ner").score(data)["ents_f_text"] == scores["ents_f_text"]
    assert [(found(eg.predicted), dict(eg.predicted.user_data)) for eg in data] == before


def test_score_of_documents_without_pictures(trained, examples):
    scores = trained.evaluate(examples(trained)[-2:])
    assert scores["ents_f_text"] == scores["ents_f_views"] == scores["ents_f"] == 1.0
    assert scores["ents_f_image"] is None


def test_evaluation_warns_of_a_model_of_pictures_without_any(make_nlp, examples):
    """If `ents_f_image` chooses the best model, all models would be equally good."""
    loss = {"@misc": "spacy_ita.CrossViewLoss.v2", "text_weight": 0.0, "kl_weight": 0.0}
    nlp = make_nlp(loss=loss)
    nlp.initialize(lambda: examples(nlp))
    with pytest.warns(UserWarning, match="no document to score has an alignment"):
        nlp.evaluate(examples(nlp)[-2:])


def test_evaluation_without_the_pictures_of_the_training_gives_a_warning(make_nlp, examples):
    """spaCy's logger would show an I+T F1 of 0."""
    nlp = make_nlp()
    nlp.initialize(lambda: examples(nlp))
    bare = examples(nlp)[-2:]
    nlp.update(bare, sgd=False)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        nlp.evaluate(bare)
    nlp.update(examples(nlp), sgd=False)
    with pytest.warns(UserWarning, match="no document to score has an alignment"):
        nlp.evaluate(bare)


def test_evaluation_warns_of_lost_pictures(trained, examples):
    data = [Example(trained.make_doc(eg.text), eg.reference) for eg in examples(trained)]
    with pytest.warns(UserWarning, match="8 of 10 documents were annotated without"):
        trained.evaluate(data)
