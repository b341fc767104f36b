"""Pipelines over a user's own backend."""

import spacy


class Sizes:
    """A user's backend, whose captions name the size of the picture."""

    def __init__(self, version: int = 1, fail_on: str = "") -> None:
        self.identity = {"name": "sizes", "version": version}
        self.fail_on = fail_on
        self.calls: list[list[str]] = []

    def __call__(self, pictures):
        self.calls.append([picture.path for picture in pictures])
        if self.fail_on and any(self.fail_on in picture.path for picture in pictures):
            raise RuntimeError("too hard")
        return [[{"text": str(picture.image.size), "score": 0.5}] for picture in pictures]


@spacy.registry.misc("tests.Sizes.v1")
def make_sizes(version: int = 1, fail_on: str = "") -> Sizes:
    return Sizes(version, fail_on)


def build(factory="image_captions", nlp=None, backend=None, **config):
    """A pipeline, or the one given, with a pipe over `Sizes`. backend: its settings; config: of
    the pipe."""
    nlp = nlp or spacy.blank("en")
    config["backend"] = {"@misc": "tests.Sizes.v1", **(backend or {})}
    nlp.add_pipe(factory, config=config)
    return nlp


def docs(nlp, paths):
    found = []
    for number, path in enumerate(paths):
        doc = nlp.make_doc(f"document {number}")
        if path:
            doc._.image_path = path
        found.append(doc)
    return found


def captions(stream):
    return [doc._.image_captions and doc._.image_captions[0]["text"] for doc in stream]


def backend_of(nlp):
    return nlp.get_pipe("image_captions").backend
