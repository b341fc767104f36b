"""The headline example of the README: what a pipeline finds without and with one picture.

python -m scripts.demo.headline en_ita          # compares with assets/headline.json
python -m scripts.demo.headline en_ita --write  # writes it, and the pages that show it
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import spacy
import typer
from spacy.language import Language
from spacy.tokens import Doc
from wasabi import msg

ROOT = Path(__file__).parents[2]
FILE = ROOT / "assets" / "headline.json"
PAGES = (ROOT / "README.md", ROOT / "docs" / "serve.md")
BLOCK = re.compile(r"(<!-- headline: (text|answer) -->\n+```\w*\n).*?(?=```)", re.S)
"""A block of a page that shows the example, after its marker: as text, or as the API answers."""
TEXT = "not a single day without Santiago"
PICTURE = "spacy_ita/serve/assets/stadium.jpg"
VIEWS = ("without", "with")

Headline = Mapping[str, Any]
"""The text, its picture, what was seen in it, and the entities of both views."""


def read(nlp: Language) -> Headline:
    """Read the example by a pipeline, both ways."""
    doc = nlp.make_doc(TEXT)
    doc._.image_path = str(ROOT / PICTURE)
    doc = nlp(doc)
    return {
        "text": TEXT,
        "picture": PICTURE,
        "seen": seen(doc),
        "context": doc._.image_context,
        "without": entities(nlp(TEXT)),
        "with": entities(doc),
    }


def seen(doc: Doc) -> str:
    """Describe what the pipes saw in the picture: the best caption, the objects, the lettering."""
    captions = [caption["text"] for caption in (doc._.image_captions or [])[:1]]
    objects = ", ".join(dict.fromkeys(found["label"] for found in doc._.image_objects or []))
    lettering = [f'"{line["text"]}"' for line in doc._.image_ocr or []]
    return " | ".join(filter(None, [*captions, objects, *lettering]))


def entities(doc: Doc) -> list[dict[str, Any]]:
    """List a document's entities as the HTTP API does, their confidences rounded."""
    return [
        {
            "text": ent.text,
            "label": ent.label_,
            "start": ent.start_char,
            "end": ent.end_char,
            "confidence": round(ent._.confidence, 2),
        }
        for ent in doc.ents
    ]


def described(found: list[dict[str, Any]]) -> str:
    """Write entities in one line."""
    return ", ".join(f"{e['text']} [{e['label']} {e['confidence']:.2f}]" for e in found) or "none"


def lines(headline: Headline) -> str:
    """Write the example as the demo prints it."""
    return (
        f"{headline['text']}\n"
        f"  in the picture   {headline['seen']}\n"
        f"  without it       {described(headline['without'])}\n"
        f"  with it          {described(headline['with'])}\n"
    )


def answer(headline: Headline) -> str:
    """Write the example as the HTTP API answers it, its alignments left out."""
    views = (json.dumps(headline[view]) for view in VIEWS)
    return (
        '{{"text":  {},\n "image": {},\n "alignments": {{"objects": […], "captions": […], '
        '"lettering": [], "knowledge": null}},\n "context": "{} …",\n'
        ' "failed": [], "broken": [], "drawn": null}}\n'
    ).format(*views, headline["context"].partition(" [X]")[0])


def filled(page: str, headline: Headline) -> str:
    """Put the example into a page's marked blocks."""
    blocks = {"text": lines(headline), "answer": answer(headline)}
    return BLOCK.sub(lambda match: match[1] + blocks[match[2]], page)


def labels(headline: Headline) -> list[list[tuple[str, str]]]:
    """List the entities and their labels of both views."""
    return [[(found["text"], found["label"]) for found in headline[view]] for view in VIEWS]


def compare(found: Headline) -> None:
    """Warn if a pipeline's entities are others than those that the pages show."""
    shown = json.loads(FILE.read_text(encoding="utf8"))
    if labels(found) != labels(shown):
        msg.warn(
            f"This pipeline finds {labels(found)} in the README's example, where the README has "
            f"{labels(shown)}: without the picture it can only guess, so other hardware or "
            "versions may change that guess"
        )


def main(
    pipeline: Annotated[str, typer.Argument(help="The pipeline's name or folder")],
    write: Annotated[bool, typer.Option("--write", help="Write the file and the pages")] = False,
) -> None:
    """Read the example, print it, and compare it with assets/headline.json, or write that."""
    found = read(spacy.load(pipeline))
    typer.echo(lines(found))
    if not write:
        compare(found)
        return
    FILE.write_text(json.dumps(found, indent=1) + "\n", encoding="utf8")
    for path in PAGES:
        path.write_text(filled(path.read_text(encoding="utf8"), found), encoding="utf8")


if __name__ == "__main__":
    typer.run(main)
