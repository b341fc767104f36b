"""Evaluate both views on the development split of Twitter-15 or -17, and on its test split."""

from pathlib import Path
from typing import Annotated

import spacy
import typer

from spacy_ita.cli.evaluate import evaluate_file

SPLITS = {"valid": "twitter.json", "test": "twitter_test.json"}


def main(
    model: Annotated[Path, typer.Argument(help="The trained pipeline")],
    corpus: Annotated[Path, typer.Argument(help="The folder with valid.spacy, maybe test.spacy")],
    metrics: Annotated[Path, typer.Argument(help="The folder for the scores")],
) -> None:
    """Evaluate the pipeline on each split of CORPUS that exists."""
    nlp = spacy.load(model)
    for split, name in SPLITS.items():
        if (corpus / f"{split}.spacy").exists():
            print(f"\n{split}")
            evaluate_file(nlp, corpus / f"{split}.spacy", metrics / name)


if __name__ == "__main__":
    typer.run(main)
