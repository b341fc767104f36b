"""Load the packaged pipeline, read tweets with their pictures, and print what these change."""

from pathlib import Path
from typing import Annotated

import spacy
import typer
from spacy.tokens import Doc, DocBin
from wasabi import msg

from spacy_ita import attributes

BATCH = 40


def main(
    pipeline: Annotated[str, typer.Argument(help="The pipeline's name")],
    source: Annotated[Path, typer.Argument(help="A .spacy file of tweets with pictures")],
    examples: Annotated[int, typer.Option(help="How many to show")] = 6,
) -> None:
    """Annotate the first tweets from pixels, with and without the picture."""
    nlp = spacy.load(pipeline)
    attrs = attributes()
    gold = list(DocBin().from_disk(source).get_docs(nlp.vocab))
    msg.divider(f"What the picture changes, by {pipeline} from the pixels")
    shown = 0
    for start in range(0, len(gold), BATCH):
        batch = [doc for doc in gold[start : start + BATCH] if doc._.get(attrs.image_path)]
        plain = list(nlp.pipe([doc.text for doc in batch]))
        seen = list(
            nlp.pipe([with_picture(nlp.make_doc(d.text), d, attrs.image_path) for d in batch])
        )
        for reference, text_view, image_view in zip(batch, plain, seen, strict=True):
            if entities(text_view) != entities(image_view) and shown < examples:
                shown += 1
                print(f"\n{image_view.text}")
                print(f"  picture      {image_view._.get(attrs.image_path)}")
                print(f"  read as      {image_view._.get(attrs.image_context)}")
                print(f"  without      {describe(text_view)}")
                print(f"  with         {describe(image_view)}")
                print(f"  gold         {describe(reference)}")
        if shown == examples:
            break
    msg.good(f"{shown} examples; `nlp = spacy.load('{pipeline}')` is yours to use")


def with_picture(doc: Doc, source: Doc, name: str) -> Doc:
    doc._.set(name, source._.get(name))
    return doc


def entities(doc: Doc) -> list[tuple[int, int, str]]:
    return [(ent.start_char, ent.end_char, ent.label_) for ent in doc.ents]


def describe(doc: Doc) -> str:
    found = []
    for ent in doc.ents:
        confidence = ent._.confidence
        sure = "" if confidence is None else f" {confidence:.2f}"
        found.append(f"{ent.text} [{ent.label_}{sure}]")
    return ", ".join(found) or "no entity"


if __name__ == "__main__":
    typer.run(main)
