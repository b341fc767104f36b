"""Pipes over a vision-language model in this process, and whether they are right."""

import spacy
from chat_models import ANSWERS

PIPES = {
    "image_objects": "objects",
    "image_captions": "captions",
    "image_ocr": "ocr",
    "image_knowledge": "knowledge",
}


def pipeline(folder, pipes=PIPES, cache=None, **settings):
    nlp = spacy.blank("en")
    for name in pipes:
        backend = {"@misc": "spacy_ita.HFChat.v1", "name": str(folder), "part": PIPES[name]}
        config = {"backend": {**backend, "max_new_tokens": 200, **settings}}
        if cache:
            config["cache"] = {"@misc": "spacy_ita.AlignmentCache.v1", "path": str(cache)}
        nlp.add_pipe(name, config=config)
    return nlp


def align(nlp, paths, text="one tweet"):
    docs = [nlp.make_doc(text) for _ in paths]
    for doc, path in zip(docs, paths, strict=True):
        doc._.image_path = path
    return list(nlp.pipe(docs))


def is_right(doc, colour):
    answer = ANSWERS[colour]
    return (
        [item["text"] for item in doc._.image_captions] == answer["captions"]
        and [(item["label"], item["attribute"]) for item in doc._.image_objects]
        == [(tag["label"], tag["attribute"]) for tag in answer["tags"]]
        and [item["text"] for item in doc._.image_ocr] == answer["lettering"]
        and doc._.image_knowledge == [{"text": answer["knowledge"]}]
    )
