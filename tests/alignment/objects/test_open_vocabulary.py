import json
import logging
import pickle
import shutil

import pytest
import spacy
import torch
from PIL import Image

from spacy_ita.alignment.objects.open_vocabulary import OpenVocabularyDetector
from spacy_ita.alignment.picture import Picture
from spacy_ita.errors import BackendError

NAMES = ["person", "dog", "traffic light", "ball", "red ball"]


@pytest.fixture
def names(tmp_path):
    path = tmp_path / "names.txt"
    path.write_text("\n".join([*NAMES, "dog", ""]))
    return str(path)


@pytest.fixture(params=["owlv2", "grounding_dino"])
def folder(request):
    return request.getfixturevalue(request.param)


def everything(folder, names, **settings):
    return OpenVocabularyDetector(
        str(folder), vocabulary=names, **{"threshold": 0.0, "nms": None, "top_k": None, **settings}
    )


def near(found, expected):
    assert [item["label"] for item in found] == [item["label"] for item in expected]
    for one, other in zip(found, expected, strict=True):
        assert one["score"] == pytest.approx(other["score"], abs=1e-4)
        assert one["box"] == pytest.approx(other["box"], abs=0.1)


def test_owl_finds_what_its_own_processor_finds(owlv2, names, pictures):
    """Boxes are in pixels, although OWLv2 pads the pictures to squares."""
    detector = everything(owlv2, names, prompt="a photo of a {}")
    texts = [f"a photo of a {name}" for name in NAMES]
    for path in pictures[:3]:
        picture = Picture(path)
        [found] = detector([picture])
        inputs = detector.tokenizer(texts, padding="max_length", return_tensors="pt")
        inputs.update(detector.inputs([picture.image]))
        width, height = picture.image.size
        with torch.no_grad():
            [expected] = detector.image_processor.post_process_object_detection(
                detector.model(**inputs), threshold=0.0, target_sizes=[(height, width)]
            )
        order = expected["scores"].argsort(descending=True)
        limits = torch.tensor([width, height, width, height])
        boxes = torch.minimum(expected["boxes"].clamp(min=0), limits)
        assert len({item["label"] for item in found}) > 1
        near(
            found,
            [
                {
                    "label": NAMES[expected["labels"][index]],
                    "score": expected["scores"][index].item(),
                    "box": boxes[index].tolist(),
                }
                for index in order
            ],
        )


def test_grounding_dino_scores_a_name_by_its_tokens(grounding_dino, names, pictures):
    detector = everything(grounding_dino, names)
    picture = Picture(pictures[1])
    [found] = detector([picture])
    text = detector.tokenizer(
        "person . dog . traffic light . ball . red ball .", return_tensors="pt"
    )
    tokens = {"person": [1], "dog": [3], "traffic light": [5, 6], "ball": [8], "red ball": [10, 11]}
    with torch.no_grad():
        output = detector.model(**detector.inputs([picture.image]), **text)
    scores = output.logits[0].sigmoid()
    expected = [
        max((query[places].mean().item(), name) for name, places in tokens.items())
        for query in scores
    ]
    assert sorted((item["score"], item["label"]) for item in found) == [
        (pytest.approx(score, abs=1e-5), label) for score, label in sorted(expected)
    ]


def test_names_are_read_without_advice(folder, names, caplog, monkeypatch):
    monkeypatch.setattr(logging.getLogger("transformers"), "propagate", True)
    everything(folder, names).load()
    assert not caplog.messages


@pytest.mark.slow
def test_a_long_vocabulary_is_asked_in_parts(grounding_dino, tmp_path, names, pictures):
    picture = Picture(pictures[0])
    long = [*NAMES, "blue", "green person", "green dog", "blue dog", "red dog", "green light"]
    parts = [long[:6], long[6:10], long[10:]]
    path = tmp_path / "long.txt"
    path.write_text("\n".join(long))
    detector = everything(grounding_dino, str(path))
    [found] = detector([picture])
    expected = []
    for part in parts:
        path.write_text("\n".join(part))
        expected += everything(grounding_dino, str(path))([picture])[0]
    near(found, sorted(expected, key=lambda item: -item["score"]))
    assert len(found) == 3 * 8


def test_boxes_are_of_the_upright_picture_and_in_it(folder, names, tmp_path):
    upright = Image.new("RGB", (120, 60), "white")
    upright.paste("red", (0, 0, 30, 30))
    upright.save(tmp_path / "upright.png")
    exif = Image.Exif()
    exif[0x0112] = 6
    upright.transpose(Image.Transpose.ROTATE_90).save(tmp_path / "turned.png", exif=exif)
    detector = everything(folder, names)
    one, other = detector([Picture(str(tmp_path / f"{n}.png")) for n in ("upright", "turned")])
    near(other, one)
    for item in one:
        left, top, right, bottom = item["box"]
        assert 0 <= left <= right <= 120 and 0 <= top <= bottom <= 60


def test_threshold_and_top(folder, names, pictures):
    picture = Picture(pictures[2])
    [found] = everything(folder, names)([picture])
    middle = found[len(found) // 2]["score"]
    [sure] = everything(folder, names, threshold=middle)([picture])
    assert sure == [item for item in found if item["score"] >= middle]
    [few] = everything(folder, names, top_k=2)([picture])
    assert few == found[:2]


def test_boxes_that_are_one_object_are_one(owlv2, names, pictures, monkeypatch):
    detector = everything(owlv2, names, nms=0.5)
    detector.load()
    monkeypatch.setattr(
        detector.model, "box_predictor", lambda patches, grid: torch.full((1, 9, 4), 0.5)
    )
    [found] = detector([Picture(pictures[2])])
    labels = [item["label"] for item in found]
    assert len(labels) == len(set(labels)) > 1


def test_identity_follows_vocabulary_and_settings(owlv2, names, tmp_path):
    identity = OpenVocabularyDetector(str(owlv2), vocabulary=names).identity
    json.dumps(identity)
    for setting in ({"prompt": "a {}"}, {"threshold": 0.3}, {"nms": None}, {"top_k": 1}):
        other = OpenVocabularyDetector(str(owlv2), vocabulary=names, **setting)
        assert other.identity != identity
    (tmp_path / "names.txt").write_text("person")
    assert OpenVocabularyDetector(str(owlv2), vocabulary=names).identity != identity
    assert OpenVocabularyDetector(str(owlv2)).identity != identity


def test_a_moved_pipeline_takes_model_and_vocabulary_along(folder, names, pictures, tmp_path):
    source = tmp_path / "source"
    shutil.copytree(folder, source)
    nlp = spacy.blank("en")
    backend = {
        "@misc": "spacy_ita.OpenVocabularyDetector.v2",
        "name": str(source),
        "vocabulary": names,
        "threshold": 0.0,
    }
    pipe = nlp.add_pipe("image_objects", config={"backend": backend})
    doc = nlp.make_doc("text")
    doc._.image_path = pictures[0]
    expected, identity = pipe(doc)._.image_objects, pipe.backend.identity
    copy = pickle.loads(pickle.dumps(pipe))
    nlp.to_disk(tmp_path / "model")
    stored = nlp.to_bytes()
    shutil.rmtree(source)
    (tmp_path / "names.txt").unlink()
    shutil.move(tmp_path / "model", tmp_path / "moved")
    loaded = spacy.load(tmp_path / "moved")
    loaded.to_disk(tmp_path / "again")
    from_bytes = spacy.blank("en").from_config(nlp.config).from_bytes(stored)
    others = [loaded, spacy.load(tmp_path / "again"), from_bytes]
    for other in [copy, *(other.get_pipe("image_objects") for other in others)]:
        doc._.image_objects = None
        assert other.backend.identity == identity
        assert other(doc)._.image_objects == expected


def test_the_shipped_vocabulary_is_read(owlv2):
    words = OpenVocabularyDetector(str(owlv2)).words
    assert len(words) > 900 and {"person", "traffic light", "guitar"} <= set(words)


@pytest.mark.parametrize("content", [None, " \n"])
def test_a_vocabulary_that_is_none(owlv2, tmp_path, pictures, content):
    path = tmp_path / "words.txt"
    if content is not None:
        path.write_text(content)
    with pytest.raises(BackendError, match=r"list of words .*words.txt"):
        OpenVocabularyDetector(str(owlv2), vocabulary=str(path))([Picture(pictures[0])])


def test_a_prompt_needs_a_place_for_the_name(owlv2):
    with pytest.raises(ValueError, match="prompt needs one"):
        OpenVocabularyDetector(str(owlv2), prompt="a photo")
