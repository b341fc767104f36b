"""Recalibration changes nothing but confidences, and is saved with the pipe."""

import pytest
import spacy
import srsly
from hypothesis import given
from hypothesis import strategies as st
from spacy.tokens import Span
from taggers import found

from spacy_ita.ner.prediction.recalibration import IDENTITY, Recalibration
from spacy_ita.ner.scores.calibration import brier_score, expected_calibration_error
from spacy_ita.ner.scores.recalibration_fit import fit_recalibration, fit_recalibrations
from spacy_ita.training.optimizer import create_adamw

VIEWS = {"PER": "image", "LOC": "image", None: "text"}
"""From the scene of a picture, None for no picture, to the view that it is read in."""
NEUTRAL = {"text": IDENTITY, "image": IDENTITY}
CAUTIOUS = {"text": Recalibration(0.5, -1.0), "image": Recalibration(0.8, -0.25)}
PROBABILITIES = st.floats(0, 1)


def read(nlp, make_doc, scene):
    doc = nlp(make_doc(nlp, "i love paris and jordan sings tonight", scene=scene))
    return found(doc), [ent._.confidence for ent in doc.ents]


@given(st.lists(PROBABILITIES), st.floats(0.01, 10), st.floats(-10, 10))
def test_the_map_keeps_the_order_and_probabilities(confidences, slope, shift):
    recalibration = Recalibration(slope, shift)
    mapped = [recalibration(confidence) for confidence in sorted(confidences)]
    assert mapped == sorted(mapped)
    assert all(0 <= confidence <= 1 for confidence in mapped)


@given(PROBABILITIES)
def test_the_identity_changes_no_bit(confidence):
    assert IDENTITY(confidence) == confidence


def test_the_map_by_hand():
    # odds of 4 to 1 and 1 to 4
    assert Recalibration(0.5)(0.8) == pytest.approx(2 / 3)
    assert Recalibration(2.0)(0.2) == pytest.approx(1 / 17)
    assert Recalibration(shift=-1.3862943611)(0.8) == pytest.approx(0.5)


def test_overconfidence_is_undone():
    # 80 % of the entities with confidence 0.98 are right, and 20 % of those with 0.5
    confidences = [0.98] * 100 + [0.5] * 100
    correct = [n % 10 < 8 for n in range(100)] + [n % 10 < 2 for n in range(100)]
    fitted = fit_recalibration(confidences, correct)
    assert fitted.slope < 1 and fitted.shift < 0
    mapped = [fitted(confidence) for confidence in confidences]
    assert expected_calibration_error(confidences, correct) > 0.2
    assert expected_calibration_error(mapped, correct) < 0.03
    assert brier_score(mapped, correct) < brier_score(confidences, correct)


def test_the_prior_decides_where_outcomes_say_little():
    assert fit_recalibration([], []) == IDENTITY
    fitted = fit_recalibration([0.9] * 20, [True] * 20)
    assert 0.95 < fitted(0.9) < 1
    # right if the confidence is low, wrong if it is high: their order is kept
    assert fit_recalibration([0.01, 0.99] * 500, [True, False] * 500).slope > 0


@pytest.mark.slow
@given(st.lists(st.tuples(PROBABILITIES, st.booleans()), min_size=1, max_size=40))
def test_fitting_ends_with_the_mean_confidence_near_the_share_that_is_right(outcomes):
    confidences, correct = zip(*outcomes, strict=True)
    fitted = fit_recalibration(confidences, correct)
    mapped = [fitted(confidence) for confidence in confidences]
    # the shift has a gradient of 0: only the prior is left
    if fitted.slope > 0.01:
        assert sum(correct) - sum(mapped) == pytest.approx(fitted.shift, abs=1e-3)


@pytest.mark.parametrize("view", ["text", "image"])
def test_a_map_changes_the_confidences_of_its_view_and_keeps_entities(trained, make_doc, view):
    before = {scene: read(trained, make_doc, scene) for scene in VIEWS}
    trained.get_pipe("ner").recalibrate({**NEUTRAL, view: Recalibration(1.0, -0.5)})
    for scene, (entities, confidences) in before.items():
        entities_after, confidences_after = read(trained, make_doc, scene)
        assert entities_after == entities
        if VIEWS[scene] == view:
            assert all(a < b for a, b in zip(confidences_after, confidences, strict=True))
        else:
            assert confidences_after == confidences


def test_documents_of_both_views_in_a_batch(trained, make_doc):
    trained.get_pipe("ner").recalibrate(CAUTIOUS)
    docs = [make_doc(trained, "i love paris", scene=scene) for scene in VIEWS]
    together = [[e._.confidence for e in doc.ents] for doc in trained.pipe(docs)]
    docs = [make_doc(trained, "i love paris", scene=scene) for scene in VIEWS]
    for doc, confidences in zip(docs, together, strict=True):
        assert [e._.confidence for e in trained(doc).ents] == pytest.approx(confidences, abs=1e-5)


def test_the_text_view_of_a_document_with_a_picture(trained, make_doc):
    trained.get_pipe("ner").recalibrate(CAUTIOUS)
    trained.get_pipe("ner").view = "T"
    bare = read(trained, make_doc, None)
    assert read(trained, make_doc, "PER") == bare


def test_fitting_a_pipe_that_is_too_sure(trained, examples):
    pipe, data = trained.get_pipe("ner"), examples(trained)
    # with the picture, half of the right ones are now wrong
    for example in data[:4]:
        (ent,) = example.reference.ents
        other = {"PER": "LOC", "LOC": "PER"}[ent.label_]
        example.reference.set_ents([Span(example.reference, ent.start, ent.end, other)])
    before = trained.evaluate(data)
    assert before["ents_p_image"] < 0.7 and before["ents_ece_image"] > 0.3
    fitted = fit_recalibrations(pipe, data)
    assert pipe.recalibrations == NEUTRAL
    pipe.recalibrate(fitted)
    # earlier recalibrations don't change the fit
    assert fit_recalibrations(pipe, data) == fitted
    after = trained.evaluate(data)
    for view in ("text", "image"):
        assert after[f"ents_f_{view}"] == before[f"ents_f_{view}"]
    assert after["ents_ece_image"] < before["ents_ece_image"] / 2
    assert after["ents_brier_image"] < before["ents_brier_image"]


def test_words_without_gold_annotation_do_not_count(trained, examples):
    pipe, data = trained.get_pipe("ner"), examples(trained)
    fitted = fit_recalibrations(pipe, data)
    for example in examples(trained):
        example.reference.set_ents([], default="missing")
        data.append(example)
    assert fit_recalibrations(pipe, data) == fitted


def test_a_view_that_is_not_there_keeps_its_marginals(trained, examples):
    fitted = fit_recalibrations(trained.get_pipe("ner"), examples(trained)[-2:])
    assert fitted["image"] == IDENTITY != fitted["text"]


@pytest.mark.parametrize("how", ["bytes", "disk"])
@pytest.mark.parametrize("what", ["component", "pipeline"])
def test_serialization(trained, make_nlp, make_doc, tmp_path, how, what):  # noqa: PLR0917
    trained.get_pipe("ner").recalibrate(CAUTIOUS)
    other = make_nlp()
    source, target = (
        (trained, other) if what == "pipeline" else (trained.get_pipe("ner"), other.get_pipe("ner"))
    )
    if how == "bytes":
        target.from_bytes(source.to_bytes())
    else:
        source.to_disk(tmp_path / "saved")
        target.from_disk(tmp_path / "saved")
    assert other.get_pipe("ner").recalibrations == CAUTIOUS
    for scene in VIEWS:
        assert read(other, make_doc, scene) == read(trained, make_doc, scene)


@pytest.mark.parametrize("how", ["bytes", "disk"])
def test_weights_without_a_map_are_read_as_they_are(trained, make_nlp, tmp_path, how):
    """Earlier versions saved no recalibrations, and `cfg` may be excluded."""
    trained.to_disk(tmp_path)
    cfg = tmp_path / "ner" / "cfg"
    srsly.write_json(cfg, {"labels": srsly.read_json(cfg)["labels"]})
    old = spacy.load(tmp_path)
    pipe = make_nlp().get_pipe("ner")
    pipe.recalibrate(CAUTIOUS)
    if how == "bytes":
        pipe.from_bytes(old.get_pipe("ner").to_bytes(), exclude=["cfg"])
    else:
        pipe.from_disk(tmp_path / "ner", exclude=["vocab"])
    assert old.get_pipe("ner").recalibrations == pipe.recalibrations == NEUTRAL


def test_new_weights_are_read_as_they_are(trained, examples):
    trained.get_pipe("ner").recalibrate(CAUTIOUS)
    trained.initialize(lambda: examples(trained))
    assert trained.get_pipe("ner").recalibrations == NEUTRAL


def test_a_training_takes_the_calibration_back(trained, examples):
    """The calibration was fitted to other weights."""
    pipe = trained.get_pipe("ner")
    pipe.recalibrate(CAUTIOUS)
    with pytest.warns(UserWarning, match="training resets the calibration"):
        trained.update(examples(trained)[:2], sgd=create_adamw(1e-3))
    assert pipe.recalibrations == NEUTRAL
