"""Old names of settings keep working, with a warning that names the new ones."""

import pytest
import spacy
from spacy.util import load_config, load_model_from_config, registry
from thinc.api import ConfigValidationError

from spacy_ita.deprecations import renamed_arguments
from spacy_ita.extensions import alignments


def from_config(name, /, **settings):
    return registry.resolve({"made": {"@misc": f"spacy_ita.{name}", **settings}})["made"]


def test_the_first_version_of_the_loss():
    settings = {"kl": "sequence", "temperature": 3.0, "direction": "both"}
    with pytest.warns(DeprecationWarning, match=r"CrossViewLoss\.v1 .*: use .*CrossViewLoss\.v2"):
        old = from_config("CrossViewLoss.v1", text=0.2, image=0.9, pair="text", **settings)
    weights = {"text_weight": 0.2, "image_weight": 0.9}
    assert old == from_config("CrossViewLoss.v2", **weights, pair="T", **settings)
    with pytest.warns(DeprecationWarning):
        assert from_config("CrossViewLoss.v1") == from_config("CrossViewLoss.v2", pair="I+T")


BACKENDS = {
    "HFCaptioner": (
        {"name": "a", "captions": 3, "beams": 4, "max_new_tokens": 9},
        {"name": "a", "num_return_sequences": 3, "num_beams": 4, "max_new_tokens": 9},
    ),
    "HFDetector": ({"name": "a", "top": 3, "nms": 0.5}, {"name": "a", "top_k": 3, "nms": 0.5}),
    "OpenVocabularyDetector": ({"name": "a", "top": 3}, {"name": "a", "top_k": 3}),
    "ONNXDetector": (
        {"path": "a.onnx", "layout": "yolox", "top": 3},
        {"path": "a.onnx", "layout": "yolox", "top_k": 3},
    ),
}


@pytest.mark.parametrize("name", BACKENDS)
def test_the_first_version_of_a_backend(name):
    old_settings, settings = BACKENDS[name]
    with pytest.warns(DeprecationWarning, match=rf"{name}\.v1 .*: use .*{name}\.v2"):
        old = from_config(f"{name}.v1", **old_settings)
    new = from_config(f"{name}.v2", **settings)
    with pytest.warns(DeprecationWarning, match=rf"{name}\(\w+=…\)"):
        same = type(new)(**old_settings)
    public = settings.keys()
    assert type(old) is type(new) is type(same)
    for made in (old, same):
        assert {key: getattr(made, key) for key in public} == settings
    if name != "ONNXDetector":
        assert old.identity == new.identity


def test_cached_answers_stay_valid():
    """The names in the key are those of version 1."""
    assert from_config("HFCaptioner.v2", name="someone/model").identity == {
        "backend": "spacy_ita.HFCaptioner.v1",
        "weights": "someone/model@main",
        "captions": 5,
        "max_new_tokens": 30,
        "min_new_tokens": 0,
        "prompt": "",
        "beams": 5,
    }
    assert from_config("HFDetector.v2", name="someone/model").identity == {
        "backend": "spacy_ita.HFDetector.v1",
        "weights": "someone/model@main",
        "threshold": 0.7,
        "top": 10,
        "nms": None,
    }


@pytest.mark.parametrize(
    ("pipe", "backend", "setting"),
    [
        ("image_objects", "HFDetector", {"top": 3}),
        ("image_captions", "HFCaptioner", {"captions": 3, "beams": 3}),
    ],
)
def test_a_pipe_saved_with_the_first_version_loads(pipe, backend, setting, tmp_path):
    nlp = spacy.blank("en")
    with pytest.warns(DeprecationWarning):
        nlp.add_pipe(
            pipe, config={"backend": {"@misc": f"spacy_ita.{backend}.v1", "name": "a", **setting}}
        )
    nlp.config.to_disk(tmp_path / "config.cfg")
    with pytest.warns(DeprecationWarning):
        loaded = load_model_from_config(load_config(tmp_path / "config.cfg"))
    assert loaded.get_pipe(pipe).backend.identity == nlp.get_pipe(pipe).backend.identity


def test_partial_settings_take_the_names_of_the_version_that_they_name():
    """As in spaCy, a setting without `@misc` goes to the version that the default names."""
    old, new = {"top": 3}, {"top_k": 3}
    version_1 = {"@misc": "spacy_ita.HFDetector.v1", "name": "a"}
    nlp = spacy.blank("en")
    nlp.add_pipe("image_objects", config={"backend": new})
    with pytest.warns(DeprecationWarning, match=r"HFDetector\.v1 is deprecated"):
        nlp.add_pipe("image_objects", name="older", config={"backend": version_1 | old})
    assert [nlp.get_pipe(name).backend.top_k for name in nlp.pipe_names] == [3, 3]
    with pytest.raises(ConfigValidationError, match="top"):
        nlp.add_pipe("image_objects", name="unversioned", config={"backend": old})


def test_the_old_name_of_a_line_of_ocr_text():
    with pytest.warns(DeprecationWarning, match="Lettering is deprecated: use OCRLine"):
        from spacy_ita.extensions.alignments import Lettering
    assert Lettering is alignments.OCRLine
    with pytest.raises(AttributeError, match="no attribute 'Letters'"):
        _ = alignments.Letters


def test_old_names_of_arguments():
    @renamed_arguments(top="top_k")
    class Detector:
        def __init__(self, name, top_k=10):
            self.name, self.top_k = name, top_k

    with pytest.warns(DeprecationWarning, match=r"Detector\(top=…\) is deprecated: use top_k=…"):
        old = Detector("a", top=3)
    assert vars(old) == vars(Detector("a", 3)) == vars(Detector("a", top_k=3))
    with pytest.raises(TypeError, match="top is the old name of top_k"):
        Detector("a", top=3, top_k=3)
