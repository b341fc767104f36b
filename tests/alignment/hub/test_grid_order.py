"""An RT-DETR counts the cells of its grid as in the version of transformers that saved it."""

import json
import pickle
import shutil

import pytest
import torch
import transformers
from saved import excite

from spacy_ita.alignment.objects.hf import HFDetector

OWN, OTHER = "columns", "rows"
if not transformers.__version__.startswith("4."):
    OWN, OTHER = OTHER, OWN
VERSIONS = {"columns": "4.53.2", "rows": "5.24.0"}


@pytest.fixture
def scores(rt_detr, tmp_path):
    """A function from a grid's order and size to the scores of a model saved in that order."""
    shutil.copytree(rt_detr, tmp_path, dirs_exist_ok=True)
    file = tmp_path / "config.json"
    settings = json.loads(file.read_text())

    def scores(order, size):
        file.write_text(json.dumps({**settings, "transformers_version": VERSIONS[order]}))
        model = excite(HFDetector(str(tmp_path)).read_model())
        assert model.config.grid_order == order
        torch.manual_seed(0)
        pixels = torch.nn.functional.interpolate(torch.rand(1, 3, 4, 4), size)
        with torch.inference_mode():
            return [each(pixels).logits for each in (model, pickle.loads(pickle.dumps(model)))]

    return scores


def test_the_order_of_the_saving_version_is_kept(scores):
    (own, own_copy), (other, other_copy) = scores(OWN, (64, 128)), scores(OTHER, (64, 128))
    assert not torch.allclose(own, other, atol=1e-3)
    torch.testing.assert_close(own_copy, own)
    torch.testing.assert_close(other_copy, other)


def test_the_orders_of_a_square_are_one(scores):
    torch.testing.assert_close(scores(OTHER, (64, 64))[0], scores(OWN, (64, 64))[0])
