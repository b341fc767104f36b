"""Old names of settings keep working, with a warning that names the new ones."""

import pytest
from spacy.util import registry

from spacy_ita.deprecations import renamed_arguments


def from_config(name, **settings):
    return registry.resolve({"made": {"@misc": f"spacy_ita.{name}", **settings}})["made"]


def test_the_first_version_of_the_loss():
    settings = {"kl": "sequence", "temperature": 3.0, "direction": "both"}
    with pytest.warns(DeprecationWarning, match=r"CrossViewLoss\.v1 .*: use .*CrossViewLoss\.v2"):
        old = from_config("CrossViewLoss.v1", text=0.2, image=0.9, pair="text", **settings)
    weights = {"text_weight": 0.2, "image_weight": 0.9}
    assert old == from_config("CrossViewLoss.v2", **weights, pair="T", **settings)
    with pytest.warns(DeprecationWarning):
        assert from_config("CrossViewLoss.v1") == from_config("CrossViewLoss.v2", pair="I+T")


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
