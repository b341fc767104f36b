"""Default settings of the image_* factories for a backend that the user names."""

import inspect

import pytest
import spacy
from spacy.language import Language
from spacy.util import registry

PIPES = ("image_objects", "image_captions", "image_ocr", "image_knowledge")


@pytest.mark.parametrize("pipe", PIPES)
def test_a_default_backend_sets_only_what_its_class_requires(pipe):
    """spaCy merges the default into a backend of the same class, although the model differs."""
    backend = dict(Language.get_factory_meta(pipe).default_config["backend"])
    parameters = inspect.signature(registry.misc.get(backend.pop("@misc"))).parameters
    assert all(parameters[name].default is inspect.Parameter.empty for name in backend)


def test_a_detector_of_the_hub_is_read_at_its_main_revision():
    backend = {"@misc": "spacy_ita.HFDetector.v2", "name": "someone/detector"}
    pipe = spacy.blank("en").add_pipe("image_objects", config={"backend": backend})
    assert pipe.backend.revision == "main"
