"""Prints what vision models say of a picture under the transformers of their process."""

import json
import sys
from itertools import chain
from pathlib import Path

import transformers

from spacy_ita.alignment.captions.hf import HFCaptioner
from spacy_ita.alignment.hub.similarity import SimilarityModel
from spacy_ita.alignment.objects.hf import HFDetector
from spacy_ita.alignment.objects.open_vocabulary import OpenVocabularyDetector
from spacy_ita.alignment.picture import Picture
from spacy_ita.encoder import build_vision_model


def caption(folder, path):
    [found] = HFCaptioner(folder, max_new_tokens=6)([Picture(path)])
    return list(chain.from_iterable((item["text"], item["score"]) for item in found))


def detect(folder, path):
    return _flat(HFDetector(folder, threshold=0.0, top_k=4)([Picture(path)]))


def look_for_names(folder, path):
    names = Path(folder) / "names.txt"
    names.write_text("dog\nball\n")
    backend = OpenVocabularyDetector(folder, vocabulary=str(names), threshold=0.0, top_k=4)
    return _flat(backend([Picture(path)]))


def compare(folder, path):
    model = SimilarityModel(folder)
    return [*model.images([Picture(path).image])[0].tolist(), *model.texts(["a dog"])[0].tolist()]


def see(folder, path):
    model = build_vision_model(folder)
    model.initialize()
    return model.predict([path]).flatten().tolist()


def _flat(found):
    return [part for item in found[0] for part in (item["label"], item["score"], *item["box"])]


if __name__ == "__main__":
    path, *calls = sys.argv[1:]
    answers = [globals()[kind](folder, path) for kind, folder in map(json.loads, calls)]
    print(json.dumps([transformers.__version__, *answers]))
