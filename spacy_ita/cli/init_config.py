"""`spacy ita init-config`: a config for training a tagger, or for alignment alone."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import spacy
import typer
from spacy.cli._util import COMMAND, import_code, parse_config_overrides, show_validation_error
from wasabi import Printer

from ..corpora.files.atomic import replacing
from ..corpora.readers import read_corpus
from ..recipes.options import TWITTER_2017, Options, Pictures, Size
from .shared.engine import CodeOption
from .shared.files import one_line_errors

if TYPE_CHECKING:
    from thinc.api import Config

CONTEXT_HELP = (
    "What the encoder reads of a picture: LA (objects), GA (captions), OCA (text in the picture), "
    "K (a language model's knowledge), joined by +; All is GA+LA+OCA"
)
PICTURES_HELP = (
    "Backends of the image_* pipes: models of the Hugging Face hub and Tesseract, alignments "
    "recorded in a file, or a vision-language model, served or in this process (vlm); none for a "
    "corpus that is aligned"
)
SIZE_HELP = "small: a first model, also on a CPU. accurate: more epochs, as in the paper"
TRAIN_HELP = (
    f"The training corpus, whose number of documents decides batch, epochs and steps; "
    f"{TWITTER_2017} documents are assumed without it"
)


def init_config(
    context: typer.Context,
    output: Annotated[Path, typer.Argument(help="The .cfg file to write, or - for stdout")],
    *,
    encoder: Annotated[
        str, typer.Option(help="The text encoder's name on the hub, or its folder")
    ] = "",
    mode: Annotated[str, typer.Option("--context", help=CONTEXT_HELP)] = "All",
    pictures: Annotated[Pictures, typer.Option(help=PICTURES_HELP)] = Pictures.HUB,
    cva: Annotated[
        bool, typer.Option(help="Train both views, with and without the picture")
    ] = True,
    tagger: Annotated[
        bool, typer.Option(help="Leave out the tagger for a config that only aligns")
    ] = True,
    gpu: Annotated[bool, typer.Option("--gpu", "-G", help="Train on a GPU")] = False,
    size: Annotated[Size, typer.Option(help=SIZE_HELP)] = Size.SMALL,
    train: Annotated[Path | None, typer.Option(help=TRAIN_HELP, exists=True)] = None,
    force: Annotated[bool, typer.Option("--force", "-F", help="Overwrite the file")] = False,
    code: CodeOption = None,
) -> None:
    """Write a complete config that goes from pictures to entities, or one that only aligns.

    Settings of the config are options too, as for `spacy train`: --paths.recorded FILE,
    --training.max_epochs 20. The output shows the choices and the next commands.
    """
    from ..recipes.configs import base_config, full_config

    is_stdout = str(output) == "-"
    msg = Printer(no_print=is_stdout)
    overrides = parse_config_overrides(context.args)
    import_code(code)
    with one_line_errors():
        if not is_stdout and output.exists() and not force:
            raise ValueError(f"{output} exists already: give --force to overwrite it")
        examples = count(train) if train else TWITTER_2017
        options = Options(encoder, mode, pictures, cva, gpu, size, examples, tagger)
        with show_validation_error(hint_fill=False):
            config = full_config(base_config(options, overrides))
    if is_stdout:
        print(config.to_str(interpolate=False))
        return
    with one_line_errors(), replacing(output) as part:
        config.to_disk(part, interpolate=False)
    msg.info("Chosen for this config:")
    for name, value in choices(options, config).items():
        msg.text(f"- {name}: {value}")
    if tagger and train is None:
        msg.warn(f"The schedule is for {examples} documents: give --train FILE for your own")
    msg.good(f"Saved config {output}")
    msg.text("Next, with your own files:")
    for command in next_commands(options, output):
        print(f"{COMMAND} {command}")


def count(corpus: Path) -> int:
    """Count the documents of a corpus in any format that `align` reads."""
    return sum(1 for _ in read_corpus(corpus, spacy.blank("en")))


def choices(options: Options, config: "Config") -> dict[str, str]:
    """Describe the choices of a config, by what they concern."""
    from ..recipes.parts import model_of

    found = {
        pipe: model_of(config.interpolate()["components"][pipe]["backend"])
        for pipe in options.image_pipes
    }
    if not options.tagger:
        return found
    training = config["training"]
    schedule = training["optimizer"]["learn_rate"]
    epochs, batch = training["max_epochs"], training["batcher"]["size"]
    return found | {
        "Encoder": config["paths"]["encoder"],
        "Context": options.context,
        "Views": "both, with CVA" if options.cva else "with the picture",
        "Hardware": "GPU" if options.gpu else "CPU",
        "Training": f"{epochs} epochs of {options.examples} documents, batches of {batch}, "
        f"{schedule['total_steps']} steps, learning rate {schedule['initial_rate']}",
    }


def next_commands(options: Options, config: Path) -> list[str]:
    """Return the commands that lead from a config to a trained pipeline."""
    recorded = options.pictures == Pictures.RECORDED
    commands = []
    if options.image_pipes:
        source = " --recorded alignments.jsonl" if recorded else " --cache cache.sqlite"
        commands += [
            f"ita align {config} plain/{split}.spacy {split}.spacy{source}"
            for split in ("train", "dev")
        ]
    if options.tagger:
        source = " --paths.recorded alignments.jsonl" if recorded else ""
        gpu = " --gpu-id 0" if options.gpu else ""
        commands.append(
            f"train {config} --output training --paths.train train.spacy --paths.dev dev.spacy"
            f"{source}{gpu}"
        )
    return commands
