"""Models of the hub behind several backends, in half precision, and of another kind."""

import pytest
import torch

from spacy_ita.alignment.captions.hf import HFCaptioner
from spacy_ita.alignment.hub import free_memory, half_precision, image_processors
from spacy_ita.alignment.hub.similarity import SimilarityModel
from spacy_ita.alignment.objects.attributes import AttributeScorer
from spacy_ita.alignment.objects.hf import HFDetector
from spacy_ita.alignment.picture import Picture
from spacy_ita.errors import BackendError


def test_backends_with_the_same_weights_share_a_model(blip, yolos, pictures):
    captioners = [HFCaptioner(str(blip), num_return_sequences=1, num_beams=n) for n in (2, 3)]
    for captioner in captioners:
        captioner.load()
    assert captioners[0].model is captioners[1].model
    detector = HFDetector(str(yolos))
    detector.load()
    assert detector.model is not captioners[0].model
    alone = HFCaptioner(str(blip), num_return_sequences=1, num_beams=2)
    [found] = captioners[0]([Picture(pictures[0])])
    assert [found] == alone([Picture(pictures[0])])


def test_similarity_models_share_their_weights(clip):
    first, second = SimilarityModel(str(clip)), SimilarityModel(str(clip))
    assert first.texts(["a lake"]).shape == second.texts(["a stage"]).shape
    assert first.model is second.model


def test_pictures_prepared_ahead_have_the_same_answers(detector_folder, pictures):
    detector = HFDetector(str(detector_folder), threshold=0.0, top_k=3)
    detector.load()
    expected = detector([Picture(path) for path in pictures])
    seen = [Picture(path) for path in pictures]
    for picture in seen:
        detector.prepare_picture(picture)
        assert detector in picture.inputs
    assert detector(seen) == expected
    assert not any(picture.inputs for picture in seen)


def test_inputs_that_the_model_does_not_take_are_left_out(yolos, pictures, monkeypatch):
    """The processor of YOLOS returns a mask of the padding where torchvision is installed."""
    detector = HFDetector(str(yolos), threshold=0.0, top_k=3)
    detector.load()
    seen = [Picture(path) for path in pictures[:2]]
    expected = detector(seen)
    kind = type(detector.image_processor)
    prepare = kind.__call__

    def masked(self, images, **settings):
        inputs = prepare(self, images, **settings)
        inputs["pixel_mask"] = torch.ones_like(inputs["pixel_values"][:, 0])
        return inputs

    monkeypatch.setattr(kind, "__call__", masked)
    assert detector(seen) == expected


def test_nothing_is_prepared_before_the_model_is_there(yolos, pictures):
    detector, picture = HFDetector(str(yolos)), Picture(pictures[0])
    detector.prepare_picture(picture)
    assert detector.model is None and not picture.inputs


def test_weights_of_another_kind_of_model_are_refused(yolos, vit_backbone, pictures):
    with pytest.raises(BackendError, match=r"lacks \d+ weights .* was trained for this task"):
        HFDetector(str(vit_backbone))([Picture(pictures[0])])


def test_too_little_memory_is_said_before_loading(yolos, monkeypatch, tmp_path):
    (tmp_path / "meminfo").write_text("MemTotal: 9 kB\nMemAvailable:    1 kB\n")
    monkeypatch.setattr(free_memory, "MEMORY", tmp_path / "meminfo")
    with pytest.raises(BackendError, match=r"the weights of .* need .* GB are free .* take a smal"):
        HFDetector(str(yolos)).load()


@pytest.fixture
def vit_backbone(yolos, tmp_path):
    """YOLOS without its heads, as a pretrained backbone is published."""
    from transformers import AutoImageProcessor, AutoModelForObjectDetection

    AutoModelForObjectDetection.from_pretrained(yolos).vit.save_pretrained(tmp_path)
    AutoImageProcessor.from_pretrained(yolos).save_pretrained(tmp_path)
    return tmp_path


def test_half_precision_is_a_part_of_the_key(yolos, monkeypatch):
    single = HFDetector(str(yolos)).identity
    monkeypatch.setattr("spacy_ita.alignment.hub.model.half_dtype", lambda: torch.bfloat16)
    assert HFDetector(str(yolos)).identity == {**single, "precision": "bfloat16"}


@pytest.mark.parametrize("name", ["yolos", "detr", "rt_detr"])
def test_detectors_compute_in_half_precision(name, request, pictures, monkeypatch):
    detector = HFDetector(str(request.getfixturevalue(name)), threshold=0.0, top_k=3)
    seen = [Picture(path) for path in pictures[:2]]
    single = detector(seen)
    monkeypatch.setattr(half_precision, "half_dtype", lambda: torch.bfloat16)
    half = detector(seen)
    for one, other in zip(single, half, strict=True):
        assert one[0]["score"] == pytest.approx(other[0]["score"], abs=0.05)
    assert half != single


def test_captioners_and_scorers_compute_in_half_precision(blip, clip, pictures, monkeypatch):
    class Whole:
        identity = None

        def __call__(self, pictures):
            box = [0, 0, 100, 100]
            return [[{"label": "", "attribute": "", "score": 1.0, "box": box}] for _ in pictures]

    monkeypatch.setattr(half_precision, "half_dtype", lambda: torch.bfloat16)
    seen = [Picture(path) for path in pictures[:2]]
    captions = HFCaptioner(str(blip), num_return_sequences=2, num_beams=2)(seen)
    assert all(isinstance(caption["score"], float) for found in captions for caption in found)
    scorer = AttributeScorer(Whole(), str(clip), threshold=0.0)
    assert all(item["attribute"] for found in scorer(seen) for item in found)


@pytest.mark.skipif(not image_processors.has_torchvision(), reason="needs a torchvision that works")
def test_torchvision_gives_the_same_answers(detector_folder, pictures, monkeypatch):
    answers = []
    for works in (True, False):
        monkeypatch.setattr(image_processors, "has_torchvision", lambda works=works: works)
        detector = HFDetector(str(detector_folder), threshold=0.0, top_k=3)
        answers.append(detector([Picture(path) for path in pictures]))
    for fast, slow in zip(*answers, strict=True):
        for one, other in zip(fast, slow, strict=True):
            assert one["score"] == pytest.approx(other["score"], abs=1e-3)
