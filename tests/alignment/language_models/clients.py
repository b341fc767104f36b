"""Clients of the chat server: a backend, a pipeline, and the content of their requests."""

import base64
import io

import spacy
from PIL import Image

from spacy_ita.alignment.language_models.served import ServedVLM

KEY = "sk-very-secret-0123456789"
PIPES = {
    "image_objects": "objects",
    "image_captions": "captions",
    "image_ocr": "ocr",
    "image_knowledge": "knowledge",
}


def backend(server, part="captions", **settings):
    return ServedVLM(server.url, "some-vlm", part, **{"backoff": 0.001, **settings})


def pipeline(server, pipes=PIPES, cache=None, **settings):
    nlp = spacy.blank("en")
    for name in pipes:
        served = {
            "@misc": "spacy_ita.ServedVLM.v1",
            "url": server.url,
            "model": "some-vlm",
            "part": PIPES[name],
            "backoff": 0.001,
            **settings,
        }
        config = {"backend": served}
        if cache:
            config["cache"] = {"@misc": "spacy_ita.AlignmentCache.v1", "path": str(cache)}
        nlp.add_pipe(name, config=config)
    return nlp


def documents(nlp, paths):
    docs = []
    for number, path in enumerate(paths):
        docs.append(nlp.make_doc(f"tweet {number}"))
        docs[-1]._.image_path = path
    return docs


def seen(body):
    """The picture in a request."""
    [_, image] = body["messages"][0]["content"]
    kind, data = image["image_url"]["url"].split(",")
    assert kind == "data:image/jpeg;base64"
    return Image.open(io.BytesIO(base64.b64decode(data)))
