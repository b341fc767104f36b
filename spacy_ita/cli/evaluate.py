"""`spacy ita evaluate`: the scores of both views."""

from pathlib import Path
from typing import Annotated, Any

import spacy
import srsly
import typer
from spacy.cli._util import import_code, setup_gpu
from spacy.language import Language
from wasabi import msg, table

from ..corpora.files.atomic import refuse_other_kinds, replacing
from ..extensions import attributes_of
from ..training.corpus import PictureCorpus
from .shared.engine import CodeOption, GpuIdOption
from .shared.files import one_line_errors, refuse_inputs

VIEWS = {"text": "T", "image": "I+T"}
CALIBRATION = {"ece": "calibration error", "brier": "Brier score"}


def evaluate(
    pipeline: Annotated[str, typer.Argument(help="The pipeline's name or folder")],
    source: Annotated[Path, typer.Argument(help="Aligned corpus, a .spacy file", exists=True)],
    output: Annotated[Path | None, typer.Option(help="JSON file for the scores")] = None,
    gpu_id: GpuIdOption = -1,
    code: CodeOption = None,
) -> None:
    """Evaluate a pipeline on a corpus, with the pictures (I+T) and without (T)."""
    with one_line_errors():
        if output is not None:
            refuse_inputs(output, source=source)
            refuse_other_kinds(output)
        setup_gpu(gpu_id)
        import_code(code)
        evaluate_file(spacy.load(pipeline), source, output)


def evaluate_file(nlp: Language, source: Path, output: Path | None) -> None:
    """Print the scores of both views on a corpus, and write them to a JSON file if one is given.

    Raises:
        ValueError: If the pipeline has no `crf_ner`, or the corpus no entities.
    """
    scores = nlp.evaluate(PictureCorpus(source, attrs=attributes_of(nlp))(nlp))
    views = {view: view_scores(scores, view) for view in VIEWS}
    shown = {view: found for view, found in views.items() if found}
    if not shown:
        raise ValueError(
            f"nothing to score: the pipeline needs a crf_ner, and holds "
            f"{', '.join(nlp.pipe_names) or 'nothing'}; {source} needs entities"
        )
    print_scores(shown)
    if output is not None:
        shared = {"f_views": scores["ents_f_views"], "speed": scores["speed"]}
        with replacing(output) as part:
            srsly.write_json(part, {**views, **shared})
        msg.good(f"Scores written to {output}")


def view_scores(scores: dict[str, Any], view: str) -> dict[str, Any] | None:
    """Pick a view's scores from those of `nlp.evaluate`; None if the view was not scored."""
    if scores.get(f"ents_f_{view}") is None:
        return None
    return {
        name: scores[f"ents_{name}_{view}"] for name in ("p", "r", "f", "per_type", *CALIBRATION)
    }


def print_scores(views: dict[str, dict[str, Any]]) -> None:
    """Print P, R and F1 of each view, of all types and of each, then the views' calibration."""
    types = sorted({label for scores in views.values() for label in scores["per_type"]})
    header = ["", *(f"{name} {VIEWS[view]}" for view in views for name in ("P", "R", "F1"))]
    rows = []
    for label in ["", *types]:
        cells = [label or "all"]
        for scores in views.values():
            found = scores["per_type"].get(label, {}) if label else scores
            cells += [f"{100 * found.get(name, 0.0):.2f}" for name in ("p", "r", "f")]
        rows.append(cells)
    print(table(rows, header=header, divider=True, aligns=("l", *"rrr" * len(views))))
    print_calibration({VIEWS[view]: scores for view, scores in views.items()})


def print_calibration(columns: dict[str, dict[str, Any]]) -> None:
    """Print the calibration error and the Brier score of the confidences.

    Args:
        columns: From a column's title to scores that hold `ece` and `brier`, or None for them.
    """
    rows = [
        [
            title,
            *("" if scores[name] is None else f"{scores[name]:.3f}" for scores in columns.values()),
        ]
        for name, title in CALIBRATION.items()
    ]
    print(table(rows, header=["", *columns], divider=True, aligns=("l", *"r" * len(columns))))
