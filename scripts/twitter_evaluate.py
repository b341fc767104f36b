"""Evaluate both views on the development split of Twitter-15 or -17, and on its test split."""

from pathlib import Path
from typing import Annotated

import typer

from spacy_ita.cli import evaluate

SPLITS = {"valid": "twitter.json", "test": "twitter_test.json"}


def main(
    model: Annotated[Path, typer.Argument(help="The trained pipeline")],
    corpus: Annotated[Path, typer.Argument(help="The folder with valid.spacy, maybe test.spacy")],
    metrics: Annotated[Path, typer.Argument(help="The folder for the scores")],
) -> None:
    for split, name in SPLITS.items():
        if (corpus / f"{split}.spacy").exists():
            print(f"\n{split}")
            evaluate(str(model), corpus / f"{split}.spacy", output=metrics / name)


if __name__ == "__main__":
    typer.run(main)
