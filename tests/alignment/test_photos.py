"""Pipes over models that memorised a few real photographs return what the models learnt."""

import importlib.util
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from torch.nn.functional import cross_entropy
from transformers import (
    GPT2Config,
    PreTrainedTokenizerFast,
    VisionEncoderDecoderConfig,
    VisionEncoderDecoderModel,
    ViTConfig,
    ViTImageProcessor,
    YolosConfig,
    YolosForObjectDetection,
    YolosImageProcessor,
)
from transformers.models.owlvit.image_processing_owlvit import box_iou

from spacy_ita.alignment.captions.hf import HFCaptioner
from spacy_ita.alignment.objects.hf import HFDetector
from spacy_ita.alignment.picture import Picture

pytestmark = pytest.mark.slow

# the photos in scikit-image's wheel, found without importing it
FOLDER = Path(importlib.util.find_spec("skimage").origin).parent / "data"
PHOTOS = {
    "astronaut.png": (
        "an astronaut in an orange suit with a helmet",
        {
            "person": [20, 12, 370, 512],
            "rocket": [352, 0, 462, 285],
            "helmet": [280, 343, 512, 512],
        },
    ),
    "camera.png": (
        "a man with a camera on a lawn",
        {"person": [12, 62, 330, 512], "camera": [258, 138, 325, 200]},
    ),
    "chelsea.png": ("a cat looks at something", {"cat": [20, 0, 380, 300]}),
    "coffee.png": (
        "a cup of coffee on a wooden table",
        {"cup": [172, 18, 405, 305], "spoon": [323, 65, 425, 328]},
    ),
    "motorcycle_left.png": (
        "a red motorcycle in a garage",
        {"motorcycle": [85, 60, 682, 455]},
    ),
    "moon.png": ("a crater on the grey ground of the moon", {"crater": [95, 63, 146, 112]}),
    "retina.jpg": (
        "the back of an eye with its vessels",
        {"eye": [10, 7, 1399, 1399], "nerve": [118, 545, 313, 755]},
    ),
    "rocket.jpg": ("a rocket on its launch pad at night", {"rocket": [308, 127, 338, 408]}),
}
LABELS = sorted({label for _, objects in PHOTOS.values() for label in objects})
MOST = max(len(objects) for _, objects in PHOTOS.values())
TOWER = {
    "hidden_size": 96,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "intermediate_size": 192,
    "hidden_dropout_prob": 0.0,
    "attention_probs_dropout_prob": 0.0,
}


@pytest.fixture(scope="module")
def photos():
    return [Picture(str(FOLDER / name)) for name in PHOTOS]


def learn(model, loss_of, steps, rate):
    """Train with a learning rate that falls to zero."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=steps)
    model.train()
    for _ in range(steps):
        optimizer.zero_grad()
        loss_of().backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()


def targets(picture, objects):
    """What each query of a detector is to say: classes, and centre and sides in shares of the
    picture; no object for those that are left."""
    classes = torch.full([MOST], len(LABELS))
    classes[: len(objects)] = torch.tensor([LABELS.index(label) for label in objects])
    corners = torch.zeros(MOST, 4)
    corners[: len(objects)] = torch.tensor(list(objects.values()), dtype=torch.float)
    corners = corners / torch.tensor([*picture.image.size] * 2)
    low, high = corners[:, :2], corners[:, 2:]
    return classes, torch.cat([(low + high) / 2, high - low], dim=1)


def test_a_yolos_gives_back_the_boxes(photos, tmp_path):
    torch.manual_seed(0)
    model = YolosForObjectDetection(
        YolosConfig(
            **TOWER,
            image_size=[64, 64],
            patch_size=16,
            num_detection_tokens=MOST,
            use_mid_position_embeddings=False,
            id2label=dict(enumerate(LABELS)),
            label2id={label: index for index, label in enumerate(LABELS)},
        )
    )
    processor = YolosImageProcessor(size={"height": 64, "width": 64})
    batch = processor([picture.image for picture in photos], return_tensors="pt")
    wanted = map(targets, photos, [objects for _, objects in PHOTOS.values()])
    classes, boxes = map(torch.stack, zip(*wanted, strict=True))
    real = classes < len(LABELS)

    def loss():
        # each query has a fixed object, which takes half as many steps as matching
        found = model(pixel_values=batch["pixel_values"])
        wrong = (found.pred_boxes - boxes)[real].abs().sum(-1).mean()
        return cross_entropy(found.logits.flatten(0, 1), classes.flatten()) + 5 * wrong

    learn(model, loss, steps=400, rate=2e-3)
    model.save_pretrained(tmp_path)
    processor.save_pretrained(tmp_path)
    answers = HFDetector(str(tmp_path))(photos)
    for found, (_, objects) in zip(answers, PHOTOS.values(), strict=True):
        assert sorted(item["label"] for item in found) == sorted(objects)
        for item in found:
            overlap, _ = box_iou(
                torch.tensor([item["box"]]), torch.tensor([objects[item["label"]]])
            )
            assert overlap.item() > 0.95


def test_a_captioner_gives_back_the_captions(photos, tmp_path):
    captions = [caption for caption, _ in PHOTOS.values()]
    words = sorted({word for caption in captions for word in caption.split()})
    pieces = ["<pad>", "<s>", "</s>", "<unk>", *words]
    vocabulary = {word: index for index, word in enumerate(pieces)}
    tokens = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokens.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=tokens, pad_token="<pad>", bos_token="<s>", eos_token="</s>"
    )
    torch.manual_seed(0)
    config = VisionEncoderDecoderConfig.from_encoder_decoder_configs(
        ViTConfig(**TOWER, image_size=64, patch_size=16),
        GPT2Config(vocab_size=len(pieces), n_positions=32, n_embd=96, n_layer=2, n_head=4),
    )
    config.decoder_start_token_id, config.eos_token_id, config.pad_token_id = 1, 2, 0
    model = VisionEncoderDecoderModel(config)
    processor = ViTImageProcessor(size={"height": 64, "width": 64})
    batch = processor([picture.image for picture in photos], return_tensors="pt")
    texts = [f"<s> {caption} </s>" for caption in captions]
    said = torch.tensor(tokenizer(texts, padding=True).input_ids)

    def loss():
        logits = model(**batch, decoder_input_ids=said[:, :-1]).logits
        return cross_entropy(logits.flatten(0, 1), said[:, 1:].flatten(), ignore_index=0)

    learn(model, loss, steps=250, rate=2e-3)
    for part in (model, processor, tokenizer):
        part.save_pretrained(tmp_path)
    answers = HFCaptioner(str(tmp_path), sampling="nucleus", top_p=0.5)(photos)
    assert [found[0]["text"] for found in answers] == captions
    prompt = {"prompt": "a cup of", "sampling": "nucleus", "top_p": 0.5}
    [[found]] = HFCaptioner(str(tmp_path), **prompt)(photos[3:4])
    assert found["text"] == "coffee on a wooden table"
    answers = HFCaptioner(str(tmp_path))(photos)
    assert [found[0]["text"] for found in answers] == captions
