"""An RT-DETR counts the cells of its grid as in the version of transformers that saved it."""

import json
import pickle
import shutil

import pytest
import torch
import transformers
from detectors import DECODER
from saved import excite

from spacy_ita.alignment.hub.grid_order import keep_grid_order
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


@pytest.mark.parametrize("family", ["RTDetr", "RTDetrV2", "DFine"])
def test_the_whole_family_can_count_in_both_orders(family):
    if not hasattr(transformers, f"{family}Config"):
        pytest.skip(f"this transformers has no {family}")
    backbone = transformers.RTDetrResNetConfig(
        embedding_size=8,
        hidden_sizes=[8, 8, 16, 16],
        depths=[1, 1, 1, 1],
        layer_type="basic",
        out_features=["stage2", "stage3", "stage4"],
    )
    config = getattr(transformers, f"{family}Config")(
        backbone_config=backbone,
        encoder_hidden_dim=32,
        encoder_in_channels=[8, 16, 16],
        feat_strides=[8, 16, 32],
        decoder_in_channels=[32, 32, 32],
        num_queries=12,
        **{**DECODER, "decoder_layers": 2},
    )
    model = excite(getattr(transformers, f"{family}ForObjectDetection")(config), 0.1).eval()
    pixels = torch.nn.functional.interpolate(torch.rand(1, 3, 4, 4), (64, 128))
    with torch.inference_mode():
        own, again = model(pixels).logits, model(pixels).logits
        model.config.transformers_version = VERSIONS[OTHER]
        keep_grid_order(model)
        other = model(pixels).logits
    assert model.config.grid_order == OTHER
    assert torch.equal(own, again) and not torch.equal(own, other)
