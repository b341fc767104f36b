"""Small vision and vision-language models of the real classes, as fixtures: their folders."""

import pytest
import torch
from sizes import SIZES
from transformers import (
    BertTokenizerFast,
    CLIPConfig,
    CLIPImageProcessor,
    CLIPModel,
    ConvNextImageProcessor,
    ResNetConfig,
    ResNetModel,
    ViltConfig,
    ViltImageProcessor,
    ViltModel,
    VisualBertConfig,
    VisualBertModel,
    ViTConfig,
    ViTImageProcessor,
    ViTModel,
)

PATCHES = {"image_size": 32, "patch_size": 16}
SIZE = {"height": 32, "width": 32}


@pytest.fixture(scope="session")
def vit_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("vit")
    torch.manual_seed(0)
    ViTModel(ViTConfig(**SIZES, **PATCHES)).save_pretrained(folder)
    ViTImageProcessor(size=SIZE).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def resnet_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("resnet")
    torch.manual_seed(0)
    config = ResNetConfig(embedding_size=8, hidden_sizes=[8, 24], depths=[1, 1], layer_type="basic")
    ResNetModel(config).save_pretrained(folder)
    ConvNextImageProcessor(size={"shortest_edge": 32}, crop_pct=1.0).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def clip_folder(tmp_path_factory):
    """A whole CLIP, as on the hub, for its vision tower."""
    folder = tmp_path_factory.mktemp("clip")
    torch.manual_seed(0)
    tower = {name: value for name, value in SIZES.items() if "dropout" not in name}
    config = CLIPConfig(vision_config={**tower, **PATCHES}, text_config={**tower, "vocab_size": 50})
    CLIPModel(config).save_pretrained(folder)
    CLIPImageProcessor(size={"shortest_edge": 32}, crop_size=SIZE).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def visual_bert_folder(tmp_path_factory, bert_folder):
    folder = tmp_path_factory.mktemp("visual_bert")
    vocab = BertTokenizerFast.from_pretrained(bert_folder)
    vocab.save_pretrained(folder)
    torch.manual_seed(0)
    config = VisualBertConfig(
        vocab_size=len(vocab), max_position_embeddings=64, visual_embedding_dim=24, **SIZES
    )
    VisualBertModel(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def vilt_folder(tmp_path_factory, bert_folder):
    folder = tmp_path_factory.mktemp("vilt")
    vocab = BertTokenizerFast.from_pretrained(bert_folder)
    vocab.save_pretrained(folder)
    torch.manual_seed(0)
    config = ViltConfig(vocab_size=len(vocab), max_position_embeddings=40, **SIZES, **PATCHES)
    ViltModel(config).save_pretrained(folder)
    ViltImageProcessor(size={"shortest_edge": 32}, size_divisor=16).save_pretrained(folder)
    return folder
