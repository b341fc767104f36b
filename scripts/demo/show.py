"""Load the packaged pipeline, read tweets, and print what their pictures change."""

from pathlib import Path
from typing import Annotated

import spacy
import typer
from spacy.tokens import Doc, DocBin
from wasabi import msg

from spacy_ita import attributes

from . import headline

BATCH = 8


def main(
    pipeline: Annotated[str, typer.Argument(help="The pipeline's name")],
    source: Annotated[Path, typer.Argument(help="A .spacy file of tweets with pictures")],
    examples: Annotated[int, typer.Option(help="How many to show")] = 3,
) -> None:
    """Annotate the README's example and the first tweets, with and without the picture."""
    nlp = spacy.load(pipeline)
    name = attributes().image_path
    gold = list(DocBin().from_disk(source).get_docs(nlp.vocab))
    msg.divider(f"What a picture changes, read by {pipeline}")
    example = headline.read(nlp)
    print(f"\n{headline.lines(example)}", end="")
    headline.compare(example)
    shown = 0
    for start in range(0, len(gold), BATCH):
        batch = [doc for doc in gold[start : start + BATCH] if doc._.get(name)]
        plain = list(nlp.pipe([doc.text for doc in batch]))
        seen = list(nlp.pipe([with_picture(nlp.make_doc(d.text), d, name) for d in batch]))
        for reference, text_view, image_view in zip(batch, plain, seen, strict=True):
            if labels(text_view) != labels(image_view) and shown < examples:
                shown += 1
                correct = ", ".join(f"{ent.text} [{ent.label_}]" for ent in reference.ents)
                print(f"\n{image_view.text}")
                print(f"  picture          {image_view._.get(name)}")
                print(f"  in the picture   {headline.seen(image_view)}")
                print(f"  without it       {headline.described(headline.entities(text_view))}")
                print(f"  with it          {headline.described(headline.entities(image_view))}")
                print(f"  correct          {correct or 'none'}")
        if shown == examples:
            break
    print(
        f"\nThe number is the model's confidence. {pipeline} learned from 400 made-up tweets and "
        "from drawings:\nit shows how the method works, and is of no use on photos.\n\n"
        "Where to go next\n"
        f"  in Python        nlp = spacy.load({pipeline!r}), as in README.md\n"
        f"  in the browser   python -m spacy ita serve {pipeline}, "
        "after pip install 'spacy_ita[serve]'\n"
        "  your own posts   docs/own_data.md\n"
    )


def with_picture(doc: Doc, source: Doc, name: str) -> Doc:
    """Give a document the picture of another."""
    doc._.set(name, source._.get(name))
    return doc


def labels(doc: Doc) -> list[tuple[int, int, str]]:
    """List the places and labels of a document's entities."""
    return [(ent.start_char, ent.end_char, ent.label_) for ent in doc.ents]


if __name__ == "__main__":
    typer.run(main)
