"""The demo's models: their measurement, their Auto classes, and beam search."""

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("scipy")

from transformers import (  # noqa: E402
    AutoImageProcessor,
    AutoModelForObjectDetection,
    AutoTokenizer,
    RTDetrImageProcessor,
    VisionEncoderDecoderModel,
    ViTImageProcessor,
)

from scripts.demo.models.captioning import bleu, exact, scene_accuracy, word_tokenizer  # noqa: E402
from scripts.demo.models.detection import (  # noqa: E402
    average_precisions,
    dense_loss,
    example_of,
    precision_recall,
)
from scripts.demo.pictures.scenes import render  # noqa: E402

GOLD = [[("cat", (0.0, 0.0, 10.0, 10.0)), ("dog", (20.0, 0.0, 30.0, 10.0))], []]


def test_quality_of_detections():
    found = [
        [
            ("cat", (0.0, 0.0, 10.0, 9.0), 0.9),
            ("cat", (0.0, 0.0, 10.0, 10.0), 0.8),
            ("dog", (20.0, 0.0, 24.0, 10.0), 0.7),
        ],
        [("cat", (0.0, 0.0, 5.0, 5.0), 0.95)],
    ]
    assert precision_recall(found, GOLD, 0.85) == (0.5, 0.5)
    assert precision_recall(found, GOLD, 0.5) == (0.25, 0.5)
    assert average_precisions(found, GOLD) == {"cat": 0.5, "dog": 0.0}


def test_quality_of_captions():
    right = [["a cat on a carpet", "a cat at home"], ["a sunset over the hills"]]
    assert exact(["a cat at home", "a dog"], right) == 0.5
    assert scene_accuracy(["a cat", "a street"], ["pet", "sunset"]) == 0.5
    assert bleu([texts[0] for texts in right], right) == pytest.approx(1.0)
    assert bleu(["a cat on a mat", "a sunset over the sea"], right) == pytest.approx(
        (8 / 10 * 6 / 8 * 4 / 6 * 2 / 4) ** 0.25
    )


def test_dense_loss_is_least_at_the_truth():
    from types import SimpleNamespace

    from scripts.demo.train_detector import SIZE, STRIDES

    target = {"class_labels": torch.tensor([1]), "boxes": torch.tensor([[0.5, 0.5, 0.2, 0.2]])}
    cells = sum((SIZE[0] // stride) * (SIZE[1] // stride) for stride in STRIDES)

    def loss(box: list[float], label: int) -> float:
        logits = torch.full((1, cells, 3), -4.0)
        logits[..., label] = 0.0
        boxes = torch.tensor(box).logit().expand(1, cells, 4)
        out = SimpleNamespace(enc_outputs_class=logits, enc_outputs_coord_logits=boxes)
        return dense_loss(out, [target], SIZE, STRIDES).item()

    assert loss([0.5, 0.5, 0.2, 0.2], 1) < loss([0.4, 0.5, 0.2, 0.2], 1)
    assert loss([0.5, 0.5, 0.2, 0.2], 1) < loss([0.5, 0.5, 0.2, 0.2], 2)


@pytest.mark.parametrize("kind", ["stadium", "sunset"])
def test_detector_loads_and_learns_from_scenes_with_and_without_objects(tmp_path, kind):
    from scripts.demo.train_detector import SIZE, STRIDES, build

    processor = RTDetrImageProcessor(size={"height": SIZE[0], "width": SIZE[1]})
    scene = render(kind, "0")
    example = example_of(scene, processor)
    model = build(wide=32)
    pixels = torch.stack([example.pixels] * 2).float() / 255
    out = model(pixel_values=pixels, labels=[example.target] * 2)
    (out.loss + dense_loss(out, [example.target] * 2, SIZE, STRIDES)).backward()
    model.save_pretrained(tmp_path)
    processor.save_pretrained(tmp_path)
    loaded = AutoModelForObjectDetection.from_pretrained(tmp_path).eval()
    inputs = AutoImageProcessor.from_pretrained(tmp_path)(images=scene.image, return_tensors="pt")
    torch.testing.assert_close(inputs["pixel_values"][0], pixels[0], atol=1 / 255, rtol=0)
    found = processor.post_process_object_detection(loaded(**inputs), 0.0, [(240, 320)])
    assert len(found[0]["scores"]) == model.config.num_queries


def test_captioner_loads_and_gives_beams(tmp_path):
    from scripts.demo.train_captioner import SIZE, build

    scene = render("stage", "0")
    tokenizer = word_tokenizer(scene.captions)
    ids = tokenizer(scene.captions[0]).input_ids
    assert (ids[0], ids[-1]) == (tokenizer.bos_token_id, tokenizer.eos_token_id)
    assert tokenizer.decode(ids, skip_special_tokens=True) == scene.captions[0]
    processor = ViTImageProcessor(size={"height": SIZE[0], "width": SIZE[1]})
    for part in (build(tokenizer, wide=32), processor, tokenizer):
        part.save_pretrained(tmp_path)
    model = VisionEncoderDecoderModel.from_pretrained(tmp_path).eval()
    inputs = AutoImageProcessor.from_pretrained(tmp_path)(images=scene.image, return_tensors="pt")
    beams = model.generate(inputs["pixel_values"], num_beams=5, num_return_sequences=5)
    texts = AutoTokenizer.from_pretrained(tmp_path).batch_decode(beams, skip_special_tokens=True)
    assert len(texts) == 5
