import json
import pickle
import shutil

import pytest
import spacy
from PIL import Image
from zero_shot import COLOURS

from spacy_ita.alignment.objects import attributes
from spacy_ita.alignment.objects.attributes import AttributeScorer
from spacy_ita.alignment.picture import Picture
from spacy_ita.alignment.recorded.backend import Recorded
from spacy_ita.errors import BackendError

BOXES = {"red": [0, 0, 50, 40], "green": [50, 0, 120, 40], "blue": [0.4, 40.2, 119.5, 80]}


class Boxes:
    """A detector that finds a ball in each box of every picture."""

    identity = {"backend": "boxes"}

    def __call__(self, pictures):
        return [
            [
                {"label": "ball", "attribute": "", "score": 0.5, "box": list(box)}
                for box in BOXES.values()
            ]
            for _ in pictures
        ]


@pytest.fixture(params=["clip", pytest.param("siglip", marks=pytest.mark.slow)])
def folder(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def colours(tmp_path):
    path = tmp_path / "colours.txt"
    path.write_text("\n".join(COLOURS))
    return str(path)


@pytest.fixture
def coloured(tmp_path):
    image = Image.new("RGB", (120, 80))
    for colour, box in BOXES.items():
        image.paste(COLOURS[colour], [round(side) for side in box])
    image.save(tmp_path / "coloured.png")
    return str(tmp_path / "coloured.png")


def test_each_object_gets_the_attribute_of_its_box(folder, colours, coloured):
    scorer = AttributeScorer(Boxes(), str(folder), vocabulary=colours)
    [found] = scorer([Picture(coloured)])
    assert [item["attribute"] for item in found] == list(BOXES)
    assert [{**item, "attribute": ""} for item in found] == Boxes()([None])[0]


def test_objects_of_several_calls_keep_their_attributes(folder, colours, coloured, monkeypatch):
    monkeypatch.setattr(attributes, "BATCH", 2)
    scorer = AttributeScorer(Boxes(), str(folder), vocabulary=colours)
    for found in scorer([Picture(coloured)] * 3):
        assert [item["attribute"] for item in found] == list(BOXES)


def test_boxes_are_resized_once(folder, colours, coloured, monkeypatch):
    """The processor finds each crop in the size of the model's inputs."""
    sizes = []
    convert = attributes.pixel_inputs
    monkeypatch.setattr(
        attributes,
        "pixel_inputs",
        lambda processor, images: (
            sizes.extend(image.size for image in images) or convert(processor, images)
        ),
    )
    scorer = AttributeScorer(Boxes(), str(folder), vocabulary=colours)
    scorer([Picture(coloured)])
    side = scorer.model.config.vision_config.image_size
    assert sizes == [(side, side)] * len(BOXES)


@pytest.mark.parametrize("size", [(600, 40), (40, 600), (20_000, 10)])
def test_all_of_a_long_box_counts(folder, colours, tmp_path, size):
    """Its ends are blue; its middle, which is all that a square crop would keep, is red."""
    image = Image.new("RGB", size, COLOURS["blue"])
    short = min(size)
    middle = [(side - short) // 2 for side in size]
    image.paste(COLOURS["red"], (*middle, middle[0] + short, middle[1] + short))
    image.save(tmp_path / "long.png")
    (tmp_path / "objects.jsonl").write_text(
        json.dumps({"image_id": "long", "objects": [{"label": "bar", "box": [0, 0, *size]}]})
    )
    recorded = Recorded(str(tmp_path / "objects.jsonl"), "objects")
    scorer = AttributeScorer(recorded, str(folder), vocabulary=colours)
    [[item]] = scorer([Picture(str(tmp_path / "long.png"))])
    assert item["attribute"] == "blue"


def test_an_unsure_attribute_is_none(folder, colours, coloured):
    [found] = AttributeScorer(Boxes(), str(folder), vocabulary=colours, threshold=1.0)(
        [Picture(coloured)]
    )
    assert {item["attribute"] for item in found} == {""}


def test_objects_without_a_box_and_known_attributes_stay(clip, colours, coloured, tmp_path):
    (tmp_path / "objects.jsonl").write_text(
        '{"image_id": "coloured", "objects": ["dog", {"label": "ball", "box": [60, 5, 61, 5]},'
        ' {"label": "cat", "attribute": "old", "box": [0, 0, 9, 9]}]}'
    )
    recorded = Recorded(str(tmp_path / "objects.jsonl"), "objects")
    scorer = AttributeScorer(recorded, str(clip), vocabulary=colours)
    [found] = scorer([Picture(coloured)])
    assert [item["attribute"] for item in found] == ["", "green", "old"]
    assert scorer.identity is None


def test_texts_go_through_their_tower_once(clip, coloured):
    scorer = AttributeScorer(Boxes(), str(clip))
    scorer.load()
    calls = []
    scorer.model.text_model.register_forward_hook(lambda *_: calls.append(1))
    scorer([Picture(coloured)] * 3)
    assert not calls and len(scorer.words) > 300


def test_identity_follows_detector_vocabulary_and_settings(clip, colours):
    identity = AttributeScorer(Boxes(), str(clip), vocabulary=colours).identity
    other = Boxes()
    other.identity = {"backend": "other boxes"}
    for scorer in (
        AttributeScorer(other, str(clip), vocabulary=colours),
        AttributeScorer(Boxes(), str(clip)),
        AttributeScorer(Boxes(), str(clip), vocabulary=colours, prompt="{}"),
        AttributeScorer(Boxes(), str(clip), vocabulary=colours, threshold=0.2),
    ):
        assert scorer.identity != identity


@pytest.mark.slow
def test_a_moved_pipeline_takes_both_models_along(clip, yolos, colours, coloured, tmp_path):
    sources = [tmp_path / "clip", tmp_path / "yolos"]
    for model, source in zip((clip, yolos), sources, strict=True):
        shutil.copytree(model, source)
    nlp = spacy.blank("en")
    backend = {
        "@misc": "spacy_ita.AttributeScorer.v1",
        "name": str(sources[0]),
        "vocabulary": colours,
        "objects": {
            "@misc": "spacy_ita.HFDetector.v2",
            "name": str(sources[1]),
            "threshold": 0.0,
        },
    }
    pipe = nlp.add_pipe("image_objects", config={"backend": backend})
    doc = nlp.make_doc("text")
    doc._.image_path = coloured
    expected, identity = pipe(doc)._.image_objects, pipe.backend.identity
    assert {item["attribute"] for item in expected} & set(COLOURS)
    copy = pickle.loads(pickle.dumps(pipe))
    nlp.to_disk(tmp_path / "model")
    stored = nlp.to_bytes()
    for source in sources:
        shutil.rmtree(source)
    (tmp_path / "colours.txt").unlink()
    loaded = spacy.load(tmp_path / "model")
    loaded.to_disk(tmp_path / "again")
    shutil.rmtree(tmp_path / "model")
    from_bytes = spacy.blank("en").from_config(nlp.config).from_bytes(stored)
    others = [spacy.load(tmp_path / "again"), from_bytes]
    for other in [copy, *(other.get_pipe("image_objects") for other in others)]:
        doc._.image_objects = None
        assert other.backend.identity == identity
        assert other(doc)._.image_objects == expected


def test_a_model_without_towers_is_refused(blip, coloured):
    with pytest.raises(BackendError, match="can't load the model .* weights of a BlipModel"):
        AttributeScorer(Boxes(), str(blip))([Picture(coloured)])


def test_a_detector_that_reads_the_text_is_given_it(folder, colours):
    detector = Boxes()
    scorer = AttributeScorer(detector, str(folder), vocabulary=colours)
    assert not scorer.reads_text
    detector.reads_text = True
    assert scorer.reads_text
