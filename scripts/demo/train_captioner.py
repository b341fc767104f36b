"""Train a small ViT + BERT from scratch on rendered scenes: the demo's captioner."""

from pathlib import Path
from random import Random
from typing import Annotated, Any

import torch
import typer
from torch import Tensor, nn
from torch.nn import functional
from transformers import (
    AutoTokenizer,
    BertConfig,
    GenerationConfig,
    VisionEncoderDecoderConfig,
    VisionEncoderDecoderModel,
    ViTConfig,
    ViTImageProcessor,
)

from .models.captioning import bleu, exact, scene_accuracy, word_tokenizer
from .models.learning import fit, rendered
from .models.shipping import About, Quality, Training, ship
from .pictures.scenes import KINDS

SIZE = (120, 160)
PATCH = 20
BATCH_SIZE = 32
ABOUT = About(
    title="The demo's captioner",
    task="image-to-text",
    script="train_captioner",
    model="A small vision encoder-decoder (ViT and BERT)",
    reads=f"It says in a few words which of {len(KINDS)} kinds of scenes a drawing shows.",
)


def build(tokenizer: Any, wide: int = 128) -> VisionEncoderDecoderModel:
    """Build a captioner with random weights, small enough to learn in minutes on a CPU."""
    encoder = ViTConfig(
        image_size=SIZE,
        patch_size=PATCH,
        hidden_size=wide,
        num_hidden_layers=4,
        num_attention_heads=4,
        intermediate_size=3 * wide,
        hidden_dropout_prob=0.05,
    )
    # BERT, not GPT-2: within a vision encoder-decoder only its cache can follow beams.
    decoder = BertConfig(
        vocab_size=len(tokenizer),
        max_position_embeddings=32,
        hidden_size=wide,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=3 * wide,
        is_decoder=True,
        add_cross_attention=True,
        # BERT would warn of the padding, although no word of a caption attends to it
        pad_token_id=None,
    )
    config = VisionEncoderDecoderConfig.from_encoder_decoder_configs(encoder, decoder)
    config.decoder_start_token_id = tokenizer.bos_token_id
    config.pad_token_id = tokenizer.pad_token_id
    model = VisionEncoderDecoderModel(config)
    model.generation_config = GenerationConfig(
        decoder_start_token_id=tokenizer.bos_token_id,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        max_new_tokens=24,
        # without it, some last beams say "a big screen of a big screen"
        no_repeat_ngram_size=3,
    )
    return model


def train(training: Training) -> tuple[VisionEncoderDecoderModel, ViTImageProcessor, Any]:
    """Train a captioner from random weights; returns it with its image processor and tokenizer."""
    processor = ViTImageProcessor(size={"height": SIZE[0], "width": SIZE[1]})
    pixels, captions, kinds = [], [], []
    for scene in rendered("captioner", training.pictures, training.seed):
        pixels.append(processor(images=scene.image, return_tensors="pt")["pixel_values"][0])
        captions.append(scene.captions)
        kinds.append(KINDS.index(scene.kind))
    tokenizer = word_tokenizer(text for texts in captions for text in texts)
    torch.manual_seed(training.seed)
    model, choice = build(tokenizer), Random(training.seed)
    # Thrown away after training: naming the scene is a shorter way to teach the encoder to see.
    scene_head = nn.Linear(model.config.encoder.hidden_size, len(KINDS))

    def loss_of(batch: Tensor, done: float) -> Tensor:
        shown = torch.stack([pixels[index] for index in batch.tolist()])
        mirrored = torch.rand(len(shown), 1, 1, 1) < 0.5
        shown = torch.where(mirrored, shown.flip(-1), shown)
        said = [choice.choice(captions[index]) for index in batch.tolist()]
        tokens = tokenizer(said, padding=True, return_tensors="pt").input_ids
        # The model's own loss would shift the words once more.
        out = model(pixel_values=shown, decoder_input_ids=tokens[:, :-1])
        telling = functional.cross_entropy(
            out.logits.flatten(0, 1), tokens[:, 1:].flatten(), ignore_index=tokenizer.pad_token_id
        )
        scene = scene_head(out.encoder_last_hidden_state.mean(1))
        return telling + 0.5 * functional.cross_entropy(scene, torch.tensor(kinds)[batch])

    trained = nn.ModuleList([model, scene_head])
    fit(trained, loss_of, len(pixels), training.steps, training.batch_size, 2e-3, training.seed)
    return model, processor, tokenizer


def measure(folder: Path, held_out: int, seed: int) -> Quality:
    """Measure the best caption of a folder's captioner on scenes it has not seen."""
    model = VisionEncoderDecoderModel.from_pretrained(folder, torch_dtype=torch.float32).eval()
    processor = ViTImageProcessor.from_pretrained(folder)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    scenes = list(rendered("captioner-held-out", held_out, seed))
    said: list[str] = []
    for start in range(0, len(scenes), 16):
        images = [scene.image for scene in scenes[start : start + 16]]
        pixels = processor(images=images, return_tensors="pt")["pixel_values"]
        # the class can not say how to reorder its cache for a beam search
        tokens = model.generate(pixels, num_beams=5, use_cache=False)
        said += tokenizer.batch_decode(tokens, skip_special_tokens=True)
    right = [scene.captions for scene in scenes]
    pairs = list(zip(said, right, strict=True))[: len(KINDS)]
    return Quality(
        {
            "right scene": scene_accuracy(said, [scene.kind for scene in scenes]),
            "word for word": exact(said, right),
            "BLEU": bleu(said, right),
        },
        """"Right scene" is how often the best caption names the scene, "word for word" how often it
is one of those that are right. Some captions of held-out drawings:

| the captioner | the drawing |
| --- | --- |
"""
        + "\n".join(f"| {caption} | {references[0]} |" for caption, references in pairs),
    )


def main(
    out_dir: Annotated[Path, typer.Argument(help="Folder for model, processor and tokenizer")],
    pictures: Annotated[int, typer.Option(min=32, help="Scenes to train on")] = 2400,
    held_out: Annotated[int, typer.Option(min=1, help="Scenes to measure on")] = 300,
    steps: Annotated[int, typer.Option(min=1, help="Batches to train on")] = 1500,
    threads: Annotated[int, typer.Option(min=1)] = 1,
    seed: Annotated[int, typer.Option(help="For weights, pictures and their order")] = 0,
) -> None:
    """Train a captioner, save it to OUT_DIR and measure it on scenes it has not seen."""
    torch.set_num_threads(threads)
    training = Training(pictures, steps, BATCH_SIZE, held_out, threads, seed)
    ship(out_dir, ABOUT, training, train, measure)


if __name__ == "__main__":
    typer.run(main)
