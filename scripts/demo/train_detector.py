"""Train a small RT-DETR from scratch on rendered scenes: the demo's object detector."""

from pathlib import Path
from typing import Annotated, Any

import torch
import typer
from torch import Tensor
from transformers import (
    RTDetrConfig,
    RTDetrForObjectDetection,
    RTDetrImageProcessor,
    RTDetrResNetConfig,
)

from .models.detection import average_precisions, dense_loss, example_of, precision_recall
from .models.learning import fit, rendered
from .models.shipping import About, Quality, Training, ship
from .pictures.drawing import HEIGHT, WIDTH
from .pictures.scenes import KINDS
from .pictures.things import LABELS

SIZE = (128, 160)
STRIDES = (8, 16, 32)
RARE = ("stage", "stage", "skyline", "beach", "beach", "food", "pet")
"""Scenes shown more often than others: their guitars, bridges or umbrellas are seldom drawn."""
# Matching queries to objects means little before the features tell objects apart, and costs most
# of a step: the first part of training is of the encoder's own, dense predictions.
DENSE_PART = 0.5
BATCH_SIZE = 16
THRESHOLD = 0.5
"""The least score of an object in the demo, as in `configs/demo.cfg`."""
ABOUT = About(
    title="The demo's object detector",
    task="object-detection",
    script="train_detector",
    model="A small RT-DETR",
    reads=f"It finds {len(LABELS)} kinds of things: {', '.join(LABELS)}.",
)


def build(wide: int = 64) -> RTDetrForObjectDetection:
    """Build a detector with random weights, small enough to learn in minutes on a CPU."""
    backbone = RTDetrResNetConfig(
        embedding_size=24,
        hidden_sizes=[24, 48, 96, 128],
        depths=[1, 1, 1, 1],
        layer_type="basic",
        out_indices=[2, 3, 4],
    )
    config = RTDetrConfig(
        backbone_config=backbone,
        # Batch norms are frozen by default, for backbones trained elsewhere.
        freeze_backbone_batch_norms=False,
        encoder_hidden_dim=wide,
        encoder_in_channels=backbone.hidden_sizes[1:],
        encoder_ffn_dim=2 * wide,
        encoder_attention_heads=4,
        hidden_expansion=0.5,
        d_model=wide,
        feat_strides=list(STRIDES),
        decoder_in_channels=[wide] * len(STRIDES),
        decoder_ffn_dim=2 * wide,
        decoder_layers=2,
        decoder_attention_heads=4,
        num_queries=40,
        num_denoising=20,
        id2label=dict(enumerate(LABELS)),
        label2id={label: index for index, label in enumerate(LABELS)},
    )
    return RTDetrForObjectDetection(config)


def jitter(
    pixels: Tensor, targets: list[dict[str, Tensor]]
) -> tuple[Tensor, list[dict[str, Tensor]]]:
    """Mirror half of the pictures; vary colours and light."""
    mirrored = torch.rand(len(pixels)) < 0.5
    pixels = torch.where(mirrored[:, None, None, None], pixels.flip(-1), pixels)
    pixels = pixels * (0.8 + 0.4 * torch.rand(len(pixels), 3, 1, 1))
    sign, shift = torch.tensor([-1.0, 1, 1, 1]), torch.tensor([1.0, 0, 0, 0])
    turned = [
        {**target, "boxes": target["boxes"] * sign + shift} if mirror else target
        for target, mirror in zip(targets, mirrored.tolist(), strict=True)
    ]
    return pixels.clamp(0, 1), turned


def start_queries(model: Any) -> None:
    """Copy what the dense predictions have learnt to the queries' classifiers."""
    for head in model.class_embed:
        head.load_state_dict(model.model.enc_score_head.state_dict())


def train(training: Training) -> tuple[RTDetrForObjectDetection, RTDetrImageProcessor]:
    """Train a detector from random weights; returns it with its image processor."""
    torch.manual_seed(training.seed)
    model: Any = build()
    # Convolutions on a CPU are faster with the channels last.
    model.to(memory_format=torch.channels_last)
    processor = RTDetrImageProcessor(size={"height": SIZE[0], "width": SIZE[1]})
    kinds = [kind for kind in (*KINDS, *RARE) if kind != "sunset"]
    scenes = rendered("detector", training.pictures, training.seed, kinds)
    examples = [example_of(scene, processor) for scene in scenes]

    def loss_of(batch: Tensor, done: float) -> Tensor:
        chosen = [examples[index] for index in batch.tolist()]
        pixels = torch.stack([example.pixels for example in chosen]).float() / 255
        pixels, targets = jitter(pixels, [example.target for example in chosen])
        pixels = pixels.contiguous(memory_format=torch.channels_last)
        if done < DENSE_PART:
            start_queries(model)
            return dense_loss(model(pixel_values=pixels), targets, SIZE, STRIDES)
        out = model(pixel_values=pixels, labels=targets)
        loss: Tensor = out.loss + (1 - done) * dense_loss(out, targets, SIZE, STRIDES)
        return loss

    fit(model, loss_of, len(examples), training.steps, training.batch_size, 4e-3, training.seed)
    return model, processor


def measure(folder: Path, held_out: int, seed: int) -> Quality:
    """Measure the precision and recall of a folder's detector on scenes it has not seen."""
    model = RTDetrForObjectDetection.from_pretrained(folder, torch_dtype=torch.float32).eval()
    processor = RTDetrImageProcessor.from_pretrained(folder)
    found, gold = [], []
    for scene in rendered("detector-held-out", held_out, seed):
        with torch.inference_mode():
            out = model(**processor(images=scene.image, return_tensors="pt"))
        (result,) = processor.post_process_object_detection(
            out, threshold=0.05, target_sizes=[(HEIGHT, WIDTH)]
        )
        labels = [LABELS[index] for index in result["labels"].tolist()]
        boxes = map(tuple, result["boxes"].tolist())
        found.append(list(zip(labels, boxes, result["scores"].tolist(), strict=True)))
        gold.append(scene.objects)
    precision, recall = precision_recall(found, gold, THRESHOLD)
    scores = average_precisions(found, gold)
    mean = sum(scores.values()) / len(scores)
    best_first = sorted(scores.items(), key=lambda item: -item[1])
    return Quality(
        {"precision": precision, "recall": recall, "mean AP50": mean},
        f"""Precision and recall are of objects with a score of at least {THRESHOLD}, which the demo
asks for. AP50 is the average precision at an overlap (IoU) of 0.5. By kind of thing:

| thing | AP50 |
| --- | --- |
"""
        + "\n".join(f"| {label} | {score:.3f} |" for label, score in best_first),
    )


def main(
    out_dir: Annotated[Path, typer.Argument(help="Folder for the model, its processor and card")],
    pictures: Annotated[int, typer.Option(min=16, help="Scenes to train on")] = 2400,
    held_out: Annotated[int, typer.Option(min=1, help="Scenes to measure on")] = 300,
    steps: Annotated[int, typer.Option(min=1, help="Batches to train on")] = 1650,
    threads: Annotated[int, typer.Option(min=1)] = 1,
    seed: Annotated[int, typer.Option(help="For weights, pictures and their order")] = 0,
) -> None:
    """Train a detector, save it to OUT_DIR and measure it on scenes it has not seen."""
    torch.set_num_threads(threads)
    training = Training(pictures, steps, BATCH_SIZE, held_out, threads, seed)
    ship(out_dir, ABOUT, training, train, measure)


if __name__ == "__main__":
    typer.run(main)
