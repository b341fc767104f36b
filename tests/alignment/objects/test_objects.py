import pytest
import torch
from PIL import Image

from spacy_ita.alignment.objects.hf import HFDetector
from spacy_ita.alignment.picture import Picture


def near(found, expected):
    """Equal, up to rounding."""
    assert [item["label"] for item in found] == [item["label"] for item in expected]
    for one, other in zip(found, expected, strict=True):
        assert one["score"] == pytest.approx(other["score"], abs=1e-4)
        assert one["box"] == pytest.approx(other["box"], abs=0.1)


def test_a_batch_of_mixed_sizes_equals_one_by_one(detector_folder, pictures):
    detector = HFDetector(str(detector_folder), threshold=0.0, top_k=3)
    seen = [Picture(path) for path in pictures]
    batch = detector(seen)
    assert len(batch) == len(seen) and any(batch)
    for picture, found in zip(seen, batch, strict=True):
        near(found, detector([picture])[0])
    for found, expected in zip(detector(seen[::-1]), batch[::-1], strict=True):
        near(found, expected)


def test_pictures_of_a_size_go_through_the_model_together(detr, pictures):
    detector = HFDetector(str(detr))
    detector.load()
    sizes = []
    detector.model.register_forward_pre_hook(
        lambda module, args, inputs: sizes.append(len(inputs["pixel_values"])),
        with_kwargs=True,
    )
    detector([Picture(path) for path in pictures])
    assert sizes == [2, 2, 2]


def test_best_first_inside_the_picture_and_plain(detector_folder, pictures):
    detector = HFDetector(str(detector_folder), threshold=0.0, top_k=None)
    for path in pictures:
        [found] = detector([Picture(path)])
        width, height = Picture(path).image.size
        scores = [item["score"] for item in found]
        assert found and scores == sorted(scores, reverse=True)
        for item in found:
            left, top, right, bottom = item["box"]
            assert 0 <= left <= right <= width and 0 <= top <= bottom <= height
            assert item["label"] in ("person", "microphone", "ball")
            assert item["attribute"] == ""
            assert type(item["score"]) is float and type(left) is float


def test_boxes_are_left_top_right_bottom_in_pixels(yolos, draw):
    detector = HFDetector(str(yolos), threshold=0.0, top_k=1)
    detector.load()

    def upper_half(module, inputs, output):
        # centre x, centre y, width and height, as shares of the picture
        output.pred_boxes[:] = torch.tensor([0.5, 0.25, 1.0, 0.5])

    detector.model.register_forward_hook(upper_half)
    for size in ((200, 80), (90, 240)):
        [[found]] = detector([Picture(draw(size=size))])
        assert found["box"] == pytest.approx([0, 0, size[0], size[1] / 2])


def test_threshold_and_top(yolos, pictures):
    picture = Picture(pictures[1])
    [everything] = HFDetector(str(yolos), threshold=0.0, top_k=None)([picture])
    [few] = HFDetector(str(yolos), threshold=0.0, top_k=2)([picture])
    near(few, everything[:2])
    middle = everything[len(everything) // 2]["score"]
    [sure] = HFDetector(str(yolos), threshold=middle, top_k=None)([picture])
    near(sure, [item for item in everything if item["score"] > middle])


def test_boxes_that_are_one_object_are_one(yolos, pictures):
    picture = Picture(pictures[1])
    detector = HFDetector(str(yolos), threshold=0.0, top_k=None, nms=0.5)
    detector.load()

    def everywhere(module, inputs, output):
        output.pred_boxes[:] = torch.tensor([0.5, 0.5, 1.0, 1.0])

    detector.model.register_forward_hook(everywhere)
    [found] = detector([picture])
    labels = [item["label"] for item in found]
    assert len(labels) == len(set(labels))
    detector.nms = None
    [everything] = detector([picture])
    assert len(everything) > len(found)


def test_labels_that_are_none_are_dropped(yolos, pictures):
    detector = HFDetector(str(yolos), threshold=0.0, top_k=None)
    picture = Picture(pictures[1])
    detector.load()
    detector.model.config.id2label = dict(enumerate(["a", "b", "c", "d"]))
    [everything] = detector([picture])
    detector.model.config.id2label = dict(enumerate(["a", "b", "N/A", "d"]))
    [found] = detector([picture])
    assert len(everything) - len(found) > 0 and "c" in {item["label"] for item in everything}
    near(found, [item for item in everything if item["label"] != "c"])


def test_boxes_are_of_the_upright_picture(yolos, tmp_path):
    upright = Image.new("RGB", (120, 60), "white")
    upright.paste("red", (0, 0, 30, 30))
    upright.save(tmp_path / "upright.png")
    exif = Image.Exif()
    exif[0x0112] = 6
    upright.transpose(Image.Transpose.ROTATE_90).save(tmp_path / "turned.png", exif=exif)
    detector = HFDetector(str(yolos), threshold=0.0)
    one, other = detector([Picture(str(tmp_path / f"{n}.png")) for n in ("upright", "turned")])
    near(other, one)
    assert max(item["box"][2] for item in one) > 60


@pytest.mark.slow
def test_pictures_three_pixels_high(rt_detr, tmp_path):
    seen = []
    for size in ((3, 3), (50, 3), (3, 50), (1, 1), (1, 3)):
        Image.new("RGB", size, "red").save(tmp_path / "a.png")
        seen += HFDetector(str(rt_detr), threshold=0.0, top_k=1)([Picture(str(tmp_path / "a.png"))])
    assert {found[0]["label"] for found in seen} == {seen[0][0]["label"]}
    assert [found[0]["score"] for found in seen] == pytest.approx([seen[0][0]["score"]] * 5)


def test_the_model_is_in_evaluation_and_keeps_no_gradient(detr, pictures):
    detector = HFDetector(str(detr), threshold=0.0)
    detector([Picture(pictures[0])])
    assert not detector.model.training and torch.is_grad_enabled()
