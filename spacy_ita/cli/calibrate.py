"""`spacy ita calibrate`: recalibrated confidences for each view."""

from pathlib import Path
from typing import Annotated

import spacy
import typer
from spacy.cli._util import import_code, setup_gpu
from wasabi import msg

from ..extensions import attributes_of
from ..training.checkpoints import create_whole_checkpoints, refuse_other_folders
from ..training.corpus import PictureCorpus
from .evaluate import VIEWS, print_calibration, view_scores
from .shared.engine import CodeOption, GpuIdOption
from .shared.files import one_line_errors


def calibrate(
    pipeline: Annotated[str, typer.Argument(help="The pipeline's name or folder")],
    source: Annotated[
        Path, typer.Argument(help="A .spacy file that the pipeline wasn't trained on", exists=True)
    ],
    output: Annotated[
        Path | None, typer.Argument(help="Folder to save to; by default the pipeline's own")
    ] = None,
    gpu_id: GpuIdOption = -1,
    code: CodeOption = None,
) -> None:
    """Calibrate the confidences of each view on held-out documents; the entities stay the same.

    Use the development split: on data that it was calibrated with, calibration looks too good.
    """
    from ..ner.component import CrossViewNER
    from ..ner.scores.recalibration_fit import fit_recalibrations

    with one_line_errors():
        if output is not None:
            refuse_other_folders(output)
        setup_gpu(gpu_id)
        import_code(code)
        nlp = spacy.load(pipeline)
        folder = output or Path(pipeline)
        if output is None and not folder.is_dir():
            raise ValueError(f"{pipeline} is an installed package: give an OUTPUT to save to")
        taggers = [pipe for _, pipe in nlp.pipeline if isinstance(pipe, CrossViewNER)]
        if not taggers:
            raise ValueError(f"{pipeline} has no crf_ner: it holds {', '.join(nlp.pipe_names)}")
        examples = list(PictureCorpus(source, attrs=attributes_of(nlp))(nlp))
        # align pictures once, not at each evaluation
        for example, doc in zip(examples, nlp.pipe([eg.predicted for eg in examples]), strict=True):
            example.predicted = doc
        before = nlp.evaluate(examples)
        if before.get("ents_ece_text") is None:
            raise ValueError(
                f"{source}: {pipeline} finds no entity in it, or it has no gold entities"
            )
        for tagger in taggers:
            tagger.recalibrate(fit_recalibrations(tagger, examples))
        stages = {"before": before, "after": nlp.evaluate(examples)}
        print_calibration(
            {
                f"{title} {stage}": found
                for view, title in VIEWS.items()
                for stage, scores in stages.items()
                if (found := view_scores(scores, view))
            }
        )
        create_whole_checkpoints()(nlp).to_disk(folder)
        fitted = "; ".join(
            f"{VIEWS[view]} slope {found.slope:.2f}, shift {found.shift:+.2f}"
            for view, found in taggers[0].recalibrations.items()
        )
        msg.good(f"{folder}: {fitted}")
