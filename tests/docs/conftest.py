"""A small pipeline instead of en_ita."""

import pytest
import spacy
from small_pipeline import CAPTIONS, OLD, examples_of

from spacy_ita.training.optimizer import create_adamw


@pytest.fixture(scope="session")
def en_ita(bert_folder, tmp_path_factory):
    """A small pipeline with the pipes of en_ita, trained on PER, ORG and LOC."""
    nlp = spacy.blank("en")
    answers = {"image_objects": [], "image_captions": CAPTIONS, "image_ocr": []}
    for name, answer in answers.items():
        backend = {"@misc": "test.Backend.v1", "answer": answer}
        nlp.add_pipe(name, config={"backend": backend})
    encoder = {"@architectures": "spacy_ita.ContextEncoder.v1", "name": str(bert_folder)}
    model = {"@architectures": "spacy_ita.CRFTagger.v1", "encoder": encoder}
    nlp.add_pipe("crf_ner", name="ner", config={"model": model})
    examples = examples_of(nlp, dict(zip(OLD, OLD, strict=True)))
    optimizer = nlp.initialize(lambda: examples, sgd=create_adamw(3e-3))
    for _ in range(30):
        nlp.update(examples, sgd=optimizer)
    folder = tmp_path_factory.mktemp("en_ita")
    nlp.to_disk(folder)
    return folder
