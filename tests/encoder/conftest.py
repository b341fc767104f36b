"""Small vision and vision-language models, plain pictures, and pipelines over picture encoders."""

import shutil

import pytest
import spacy
import torch
from PIL import Image
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

from spacy_ita.encoder import build_context_encoder

TOWER = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    "initializer_range": 0.2,
    "hidden_dropout_prob": 0.0,
    "attention_probs_dropout_prob": 0.0,
}
PATCHES = {"image_size": 32, "patch_size": 16}
SIZE = {"height": 32, "width": 32}


@pytest.fixture(scope="session")
def vit_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("vit")
    torch.manual_seed(0)
    ViTModel(ViTConfig(**TOWER, **PATCHES)).save_pretrained(folder)
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
    """A whole CLIP, as the hub has it, of which the vision tower is wanted."""
    folder = tmp_path_factory.mktemp("clip")
    torch.manual_seed(0)
    tower = {name: value for name, value in TOWER.items() if "dropout" not in name}
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
        vocab_size=len(vocab), max_position_embeddings=64, visual_embedding_dim=24, **TOWER
    )
    VisualBertModel(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def vilt_folder(tmp_path_factory, bert_folder):
    folder = tmp_path_factory.mktemp("vilt")
    vocab = BertTokenizerFast.from_pretrained(bert_folder)
    vocab.save_pretrained(folder)
    torch.manual_seed(0)
    config = ViltConfig(vocab_size=len(vocab), max_position_embeddings=40, **TOWER, **PATCHES)
    ViltModel(config).save_pretrained(folder)
    ViltImageProcessor(size={"shortest_edge": 32}, size_divisor=16).save_pretrained(folder)
    return folder


@pytest.fixture(params=["bert", "roberta", "xlmr"])
def encoder(request):
    """A context encoder, over each of three families of tokenizers."""
    model = build_context_encoder(str(request.getfixturevalue(f"{request.param}_folder")))
    model.initialize()
    return model


@pytest.fixture
def colours(tmp_path):
    """Paths of plain pictures, by colour; of more than one shape."""
    found = {}
    for colour, size in (("red", (40, 40)), ("blue", (60, 40))):
        found[colour] = str(tmp_path / f"{colour}.png")
        Image.new("RGB", size, colour).save(found[colour])
    return found


@pytest.fixture
def encoder_config(request, tmp_path):
    """The configuration of an encoder by its name in these tests, over copies of the models."""

    def copied(name):
        source, target = request.getfixturevalue(f"{name}_folder"), tmp_path / "models" / name
        if not target.exists():
            shutil.copytree(source, target)
        return str(target)

    def reader(name):
        return {"@architectures": "spacy_ita.ContextEncoder.v1", "name": copied(name)}

    def vision(name):
        return {"@architectures": "spacy_ita.VisionModel.v1", "name": copied(name)}

    def make(name):
        kind, *models = name.split("-")
        if kind == "features":
            text, tower = models
            architecture = "spacy_ita.ImageFeatureEncoder.v1"
            return {"@architectures": architecture, "text": reader(text), "vision": vision(tower)}
        architecture = "spacy_ita.VisionLanguageEncoder.v1"
        if kind == "both":
            return {
                "@architectures": "spacy_ita.ConcatenatedEncoder.v1",
                "first": reader("bert"),
                "second": {"@architectures": architecture, "joint": reader(models[0])},
            }
        config = {"@architectures": architecture, "joint": reader(models[0])}
        return config | ({"vision": vision(models[1])} if models[1:] else {})

    return make


@pytest.fixture
def make_encoder(encoder_config):
    def make(name):
        return spacy.registry.resolve({"encoder": encoder_config(name)})["encoder"]

    return make
