"""Tiny models of the real classes that compare pictures with words, with their processors."""

import torch
from PIL import Image
from saved import bert_tokenizer, saved, word_tokenizer
from small_encoders import TRANSFORMERS_5
from transformers import (
    BertConfig,
    CLIPConfig,
    CLIPImageProcessor,
    CLIPModel,
    GroundingDinoConfig,
    GroundingDinoForObjectDetection,
    GroundingDinoImageProcessor,
    Owlv2Config,
    Owlv2ForObjectDetection,
    Owlv2ImageProcessor,
    SiglipConfig,
    SiglipImageProcessor,
    SiglipModel,
    SwinConfig,
)

COLOURS = {"red": (220, 30, 30), "green": (30, 200, 40), "blue": (30, 40, 220)}
WORDS = ["a", "photo", "of", "something", *COLOURS, "person", "dog", "traffic", "light", "ball"]
TOWER = {
    "hidden_size": 32,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "projection_dim": 32,
}
VISION = {**TOWER, "image_size": 16, "patch_size": 8}
SIZE = {"height": 16, "width": 16}


def _tokenizer(inputs=("input_ids", "attention_mask")):
    """The end token has the highest id, by which OWL's text tower finds it."""
    return word_tokenizer(
        ["<pad>", "<s>", "<unk>", *WORDS, "</s>"],
        "<s> $A </s>",
        model_max_length=8,
        model_input_names=list(inputs),
    )


def _text_config(tokenizer):
    return {
        **TOWER,
        "vocab_size": len(tokenizer),
        "max_position_embeddings": 8,
        "bos_token_id": 1,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": 0,
    }


def _learn_colours(model, tokenizer, processor, prompt="a photo of something {}"):
    """Train the towers until each colour's text fits its picture best."""
    texts = tokenizer(
        [prompt.format(colour) for colour in COLOURS], padding="max_length", return_tensors="pt"
    )
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    for step in range(60):
        torch.manual_seed(step)
        colours = [
            tuple(min(max(value + int(torch.randint(-25, 25, ())), 0), 255) for value in colour)
            for colour in COLOURS.values()
        ]
        pixels = processor([Image.new("RGB", (40, 40), c) for c in colours], return_tensors="pt")
        model(**texts, **pixels, return_loss=True).loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    return model


@saved
def clip():
    tokenizer = _tokenizer()
    torch.manual_seed(0)
    config = CLIPConfig(
        text_config=_text_config(tokenizer), vision_config=VISION, projection_dim=32
    )
    processor = CLIPImageProcessor(size={"shortest_edge": 16}, crop_size=SIZE)
    return _learn_colours(CLIPModel(config), tokenizer, processor), processor, tokenizer


@saved
def siglip():
    tokenizer = _tokenizer(["input_ids"])
    torch.manual_seed(0)
    config = SiglipConfig(
        text_config={**_text_config(tokenizer), "projection_size": 32}, vision_config=VISION
    )
    processor = SiglipImageProcessor(size=SIZE)
    model = SiglipModel(config)
    model.logit_scale.data.fill_(2.0)
    model.logit_bias.data.fill_(-2.0)
    return _learn_colours(model, tokenizer, processor), processor, tokenizer


@saved
def owlv2():
    tokenizer = _tokenizer()
    torch.manual_seed(1)
    config = Owlv2Config(
        text_config=_text_config(tokenizer),
        vision_config={**TOWER, "image_size": 48, "patch_size": 16},
        projection_dim=32,
    )
    model = Owlv2ForObjectDetection(config)
    for head in (model.box_head.dense2, model.class_head.dense0):
        torch.nn.init.normal_(head.weight, std=0.5)
    return model, Owlv2ImageProcessor(size={"height": 48, "width": 48}), tokenizer


def _grounding_dino(layers):
    # the model knows [CLS], [SEP] and the full stop by their ids in BERT's vocabulary
    pieces = [f"[unused{index}]" for index in range(1013)]
    pieces[0], pieces[100], pieces[101], pieces[102], pieces[103] = (
        "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]",
    )  # fmt: skip
    pieces[1012] = "."
    pieces += WORDS
    text = {name: value for name, value in TOWER.items() if name != "projection_dim"}
    torch.manual_seed(1)
    config = GroundingDinoConfig(
        backbone_config=SwinConfig(
            image_size=64,
            embed_dim=8,
            depths=[1, 1, 1],
            num_heads=[1, 1, 1],
            window_size=2,
            out_features=["stage2", "stage3"],
        ),
        text_config=BertConfig(**text, vocab_size=len(pieces)),
        num_feature_levels=2,
        num_queries=8,
        d_model=32,
        encoder_layers=1,
        encoder_ffn_dim=32,
        encoder_attention_heads=2,
        decoder_layers=layers,
        decoder_ffn_dim=32,
        decoder_attention_heads=2,
        max_text_len=16,
        use_timm_backbone=False,
        use_pretrained_backbone=False,
        backbone=None,
    )
    processor = GroundingDinoImageProcessor(size={"shortest_edge": 64, "longest_edge": 128})
    return GroundingDinoForObjectDetection(config), processor, bert_tokenizer(pieces)


@saved
def grounding_dino():
    # transformers 5 ties the boxes of all layers, and so needs a second layer
    return _grounding_dino(1 + TRANSFORMERS_5)


@saved
def grounding_dino_of_two_layers():
    return _grounding_dino(2)
