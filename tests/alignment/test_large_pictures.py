"""Thin and large pictures in Hugging Face models: bounded memory and right boxes."""

import tracemalloc

import pytest
from PIL import Image

from spacy_ita.alignment.captions.hf import HFCaptioner
from spacy_ita.alignment.hub import image_processors
from spacy_ita.alignment.objects.attributes import AttributeScorer
from spacy_ita.alignment.objects.hf import HFDetector
from spacy_ita.alignment.objects.open_vocabulary import OpenVocabularyDetector
from spacy_ita.alignment.picture import Picture

BACKENDS = {
    HFCaptioner: ("blip", "blip_2", "git", "vit_gpt2"),
    HFDetector: ("yolos", "detr", "rt_detr"),
    OpenVocabularyDetector: ("owlv2", "grounding_dino"),
}
ALMOST_A_STRIP = ("blip", "git", "vit_gpt2", "detr", "rt_detr", "owlv2", "grounding_dino", "clip")
DETECTORS = ("yolos", "detr", "rt_detr", "owlv2", "grounding_dino")
FAST = ("blip", "detr", "grounding_dino")
"""A model of each kind, which the fast tests take."""
MEGABYTE = 2**20


class Nothing:
    """A backend that finds nothing in any picture."""

    identity = {"backend": "nothing"}

    def __call__(self, pictures):
        return [[] for _ in pictures]


@pytest.fixture
def words(tmp_path):
    path = tmp_path / "words.txt"
    path.write_text("dog\nball\nred")
    return str(path)


@pytest.fixture
def make(request, words):
    """A function that makes the backend of a model, by the model's name."""

    def make(name):
        folder = str(request.getfixturevalue(name))
        if name == "clip":
            return AttributeScorer(Nothing(), folder, vocabulary=words)
        [kind] = [kind for kind, names in BACKENDS.items() if name in names]
        if kind is HFCaptioner:
            return HFCaptioner(folder, max_new_tokens=4)
        if kind is HFDetector:
            return HFDetector(folder, threshold=0.0, top_k=4)
        return OpenVocabularyDetector(folder, vocabulary=words, threshold=0.0, nms=None, top_k=4)

    return make


def each(names):
    """Parametrize by models, most of them slow."""
    return pytest.mark.parametrize(
        "name",
        [n if n in FAST else pytest.param(n, marks=pytest.mark.slow) for n in names],
    )


def saved(path, size):
    image = Image.new("RGB", size, "white")
    image.paste("red", (0, 0, size[0] // 2, size[1] // 2))
    image.save(path, compress_level=1)
    return Picture(str(path))


def peak(act):
    """Return the result of `act`, and the growth of Python's and NumPy's memory, in MB."""
    tracemalloc.start()
    try:
        return act(), tracemalloc.get_traced_memory()[1] / MEGABYTE
    finally:
        tracemalloc.stop()


@each([name for names in BACKENDS.values() for name in names])
@pytest.mark.parametrize("size", [(20_000, 10), (2, 65_000)])
def test_a_strip_is_too_thin(make, name, size, tmp_path):
    backend, picture = make(name), saved(tmp_path / "a.png", size)
    backend.load()

    def refused():
        with pytest.raises(ValueError, match=f"{size[0]} x {size[1]} pixels are too thin"):
            backend([picture])

    _, megabytes = peak(refused)
    assert megabytes < 10


# without YOLOS, whose small size here would leave no row of pixels
@each(ALMOST_A_STRIP)
def test_a_large_picture_that_is_almost_a_strip_takes_little_memory(make, name, tmp_path):
    backend, image = make(name), saved(tmp_path / "a.png", (20_000, 410)).image
    backend.load()
    if name == "owlv2":
        # the published size; with a smaller one, it blurs for half a minute
        backend.image_processor.size = {"height": 960, "width": 960}
    inputs, megabytes = peak(lambda: backend.inputs([image]))
    assert len(inputs["pixel_values"]) == 1 and megabytes < 600


@each(DETECTORS)
def test_boxes_of_a_large_picture_are_in_its_own_pixels(make, name, tmp_path, monkeypatch):
    monkeypatch.setattr(image_processors, "MAX_SIDE", 256)
    large, small = (saved(tmp_path / f"{side}.png", (side, side // 2)) for side in (512, 256))
    backend = make(name)
    [found], [expected] = backend([large]), backend([small])
    assert [item["label"] for item in found] == [item["label"] for item in expected]
    for one, other in zip(found, expected, strict=True):
        assert one["score"] == pytest.approx(other["score"], abs=0.01)
        assert one["box"] == pytest.approx([2 * side for side in other["box"]], abs=6)
