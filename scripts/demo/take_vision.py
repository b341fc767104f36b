"""Save the vision encoder of the demo's captioner as a model of its own."""

from pathlib import Path
from typing import Annotated

import torch
import typer
from transformers import AutoImageProcessor, VisionEncoderDecoderModel
from wasabi import msg


def main(
    captioner: Annotated[Path, typer.Argument(help="Folder of the captioner", exists=True)],
    target: Annotated[Path, typer.Argument(help="Folder to write to")],
) -> None:
    model = VisionEncoderDecoderModel.from_pretrained(captioner, torch_dtype=torch.float32)
    model.encoder.save_pretrained(target)
    AutoImageProcessor.from_pretrained(captioner, use_fast=False).save_pretrained(target)
    msg.good(f"{target}: the encoder of {captioner}")


if __name__ == "__main__":
    typer.run(main)
