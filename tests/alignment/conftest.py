"""Rendered pictures, and tiny vision models of real classes with their own processors."""

import pytest
import torch
from PIL import Image, ImageDraw, ImageFont
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import (
    BertConfig,
    BertTokenizerFast,
    Blip2Config,
    Blip2ForConditionalGeneration,
    BlipConfig,
    BlipForConditionalGeneration,
    BlipImageProcessor,
    CLIPImageProcessor,
    DetrConfig,
    DetrForObjectDetection,
    DetrImageProcessor,
    GitConfig,
    GitForCausalLM,
    GPT2Config,
    OPTConfig,
    PreTrainedTokenizerFast,
    ResNetConfig,
    RTDetrConfig,
    RTDetrForObjectDetection,
    RTDetrImageProcessor,
    RTDetrResNetConfig,
    T5Config,
    VisionEncoderDecoderConfig,
    VisionEncoderDecoderModel,
    ViTConfig,
    ViTImageProcessor,
    YolosConfig,
    YolosForObjectDetection,
    YolosImageProcessor,
)
from zero_shot import clip, grounding_dino, owlv2, siglip  # noqa: F401 - fixtures

import spacy_ita.alignment.factories  # noqa: F401 - registers the pipes

WORDS = [
    "a",
    "man",
    "woman",
    "dog",
    "cat",
    "stage",
    "ball",
    "red",
    "blue",
    "on",
    "with",
    "in",
    "front",
    "of",
    "holding",
    "the",
]
TOWER = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
}
LABELS = {0: "N/A", 1: "person", 2: "microphone", 3: "ball"}


@pytest.fixture(autouse=True)
def one_thread():
    """Leaves the machine's other cores alone."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def draw(tmp_path):
    """Makes a picture of a coloured rectangle and lettering, and gives its path."""

    def draw(name="a.png", text="", size=(160, 120), ground="white", ink="black", **options):
        image = Image.new("RGB", size, ground)
        pen = ImageDraw.Draw(image)
        pen.rectangle((size[0] // 2, size[1] // 2, size[0] - 5, size[1] - 5), fill="red")
        pen.text((20, 10), text, fill=ink, font=ImageFont.load_default(size=40))
        path = tmp_path / name
        image.save(path, **options)
        return str(path)

    return draw


@pytest.fixture
def pictures(draw):
    """Paths of six pictures that differ in size and content."""
    colours = ("white", "blue", "green", "black", "orange", "purple")
    return [
        draw(f"{colour}.png", ground=colour, size=(160 + 40 * (index % 3), 120))
        for index, colour in enumerate(colours)
    ]


def _bert_tokenizer(folder, **options):
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *options.values(), *WORDS]
    (folder / "vocab.txt").write_text("\n".join(pieces))
    tokenizer = BertTokenizerFast(str(folder / "vocab.txt"), **options)
    tokenizer.save_pretrained(folder)
    return tokenizer


def _excite(model, std=0.25):
    """Makes a random model answer clearly, and to each picture differently."""
    torch.manual_seed(3)
    for parameter in model.parameters():
        if parameter.ndim > 1:
            torch.nn.init.normal_(parameter, std=std)
    return model


@pytest.fixture(scope="session")
def yolos(tmp_path_factory):
    folder = tmp_path_factory.mktemp("yolos")
    config = YolosConfig(
        **TOWER,
        image_size=[64, 96],
        patch_size=16,
        num_detection_tokens=12,
        id2label=LABELS,
        label2id={label: index for index, label in LABELS.items()},
        use_mid_position_embeddings=False,
    )
    _excite(YolosForObjectDetection(config)).save_pretrained(folder)
    YolosImageProcessor(size={"shortest_edge": 64, "longest_edge": 128}).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def detr(tmp_path_factory):
    folder = tmp_path_factory.mktemp("detr")
    config = DetrConfig(
        use_timm_backbone=False,
        use_pretrained_backbone=False,
        backbone=None,
        backbone_config=ResNetConfig(
            embedding_size=8,
            hidden_sizes=[8, 16],
            depths=[1, 1],
            layer_type="basic",
            out_features=["stage2"],
        ),
        d_model=32,
        encoder_layers=1,
        decoder_layers=1,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=32,
        decoder_ffn_dim=32,
        num_queries=10,
        id2label=LABELS,
        label2id={label: index for index, label in LABELS.items()},
    )
    _excite(DetrForObjectDetection(config)).save_pretrained(folder)
    DetrImageProcessor(size={"shortest_edge": 64, "longest_edge": 128}).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def rt_detr(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rt_detr")
    config = RTDetrConfig(
        backbone_config=RTDetrResNetConfig(
            embedding_size=8,
            hidden_sizes=[8, 8, 16, 16],
            depths=[1, 1, 1, 1],
            layer_type="basic",
            out_features=["stage2", "stage3", "stage4"],
        ),
        encoder_hidden_dim=32,
        encoder_in_channels=[8, 16, 16],
        feat_strides=[8, 16, 32],
        encoder_ffn_dim=32,
        encoder_attention_heads=2,
        d_model=32,
        num_queries=12,
        decoder_in_channels=[32, 32, 32],
        decoder_ffn_dim=32,
        decoder_layers=1,
        decoder_attention_heads=2,
        num_denoising=0,
        id2label=LABELS,
        label2id={label: index for index, label in LABELS.items()},
    )
    RTDetrForObjectDetection(config).save_pretrained(folder)
    RTDetrImageProcessor(size={"height": 64, "width": 64}).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def blip(tmp_path_factory):
    folder = tmp_path_factory.mktemp("blip")
    tokenizer = _bert_tokenizer(folder, bos_token="[DEC]")
    config = BlipConfig(
        vision_config={**TOWER, "image_size": 32, "patch_size": 8},
        text_config={
            **TOWER,
            "encoder_hidden_size": 32,
            "vocab_size": len(tokenizer),
            "max_position_embeddings": 64,
            "bos_token_id": tokenizer.bos_token_id,
            "eos_token_id": tokenizer.sep_token_id,
            "sep_token_id": tokenizer.sep_token_id,
            "pad_token_id": tokenizer.pad_token_id,
        },
        projection_dim=32,
    )
    _excite(BlipForConditionalGeneration(config)).save_pretrained(folder)
    BlipImageProcessor(size={"height": 32, "width": 32}).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def git(tmp_path_factory):
    folder = tmp_path_factory.mktemp("git")
    tokenizer = _bert_tokenizer(folder)
    config = GitConfig(
        vision_config={**TOWER, "image_size": 32, "patch_size": 8},
        **TOWER,
        vocab_size=len(tokenizer),
        max_position_embeddings=64,
        bos_token_id=tokenizer.cls_token_id,
        eos_token_id=tokenizer.sep_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    model = _excite(GitForCausalLM(config))
    specials = tokenizer.all_special_ids
    specials.remove(tokenizer.sep_token_id)
    model.output.bias.data[specials] = -20.0
    model.save_pretrained(folder)
    CLIPImageProcessor(
        size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}
    ).save_pretrained(folder)
    return folder


def _word_tokenizer(folder, *specials, form="$A"):
    """Saves a tokenizer of whole words; `form` is what it adds. Gives how many words it knows."""
    pieces = ["<pad>", "<s>", "</s>", "<unk>", *specials, *WORDS]
    vocab = {word: index for index, word in enumerate(pieces)}
    words = Tokenizer(models.WordLevel(vocab, unk_token="<unk>"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    words.post_processor = processors.TemplateProcessing(
        single=form, special_tokens=[("<s>", 1), ("</s>", 2)]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=words,
        pad_token="<pad>",
        bos_token="<s>",
        eos_token="</s>",
        unk_token="<unk>",
        additional_special_tokens=list(specials),
    ).save_pretrained(folder)
    return len(vocab)


def _save_blip_2(folder, text_config, words):
    config = Blip2Config(
        vision_config={**TOWER, "image_size": 32, "patch_size": 8},
        qformer_config={**TOWER, "encoder_hidden_size": 32, "vocab_size": words},
        text_config=text_config.to_dict(),
        num_query_tokens=4,
        image_token_index=4,
    )
    model = _excite(Blip2ForConditionalGeneration(config))
    torch.nn.init.normal_(model.query_tokens)
    model.save_pretrained(folder)
    BlipImageProcessor(size={"height": 32, "width": 32}).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def blip_2(tmp_path_factory):
    """BLIP-2 over a language model of a decoder alone, as OPT."""
    folder = tmp_path_factory.mktemp("blip_2")
    words = _word_tokenizer(folder, "<image>", form="<s> $A")
    config = OPTConfig(
        vocab_size=words,
        hidden_size=32,
        word_embed_proj_dim=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        ffn_dim=64,
        max_position_embeddings=64,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
    )
    return _save_blip_2(folder, config, words)


@pytest.fixture(scope="session")
def blip_2_t5(tmp_path_factory):
    """BLIP-2 over a language model with an encoder, as Flan-T5."""
    folder = tmp_path_factory.mktemp("blip_2_t5")
    words = _word_tokenizer(folder, "<image>", form="$A </s>")
    config = T5Config(
        vocab_size=words,
        d_model=32,
        d_kv=16,
        d_ff=64,
        num_layers=2,
        num_heads=2,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
        decoder_start_token_id=0,
    )
    return _save_blip_2(folder, config, words)


def _save_vit(folder, decoder, **tokens):
    config = VisionEncoderDecoderConfig.from_encoder_decoder_configs(
        ViTConfig(**TOWER, image_size=32, patch_size=8), decoder
    )
    for name, index in tokens.items():
        setattr(config, name, index)
    _excite(VisionEncoderDecoderModel(config)).save_pretrained(folder)
    ViTImageProcessor(size={"height": 32, "width": 32}).save_pretrained(folder)


@pytest.fixture(scope="session")
def vit_gpt2(tmp_path_factory):
    folder = tmp_path_factory.mktemp("vit_gpt2")
    vocab = _word_tokenizer(folder)
    decoder = GPT2Config(
        vocab_size=vocab,
        n_positions=64,
        n_embd=32,
        n_layer=2,
        n_head=2,
        bos_token_id=1,
        eos_token_id=2,
    )
    _save_vit(folder, decoder, decoder_start_token_id=1, eos_token_id=2, pad_token_id=0)
    return folder


@pytest.fixture(scope="session")
def vit_bert(tmp_path_factory):
    folder = tmp_path_factory.mktemp("vit_bert")
    tokenizer = _bert_tokenizer(folder)
    decoder = BertConfig(**TOWER, vocab_size=len(tokenizer), max_position_embeddings=64)
    _save_vit(
        folder,
        decoder,
        decoder_start_token_id=tokenizer.cls_token_id,
        eos_token_id=tokenizer.sep_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    return folder


@pytest.fixture(params=["blip", "blip_2", "blip_2_t5", "git", "vit_gpt2", "vit_bert"])
def captioner_folder(request):
    return request.getfixturevalue(request.param)


@pytest.fixture(params=["yolos", "detr", "rt_detr"])
def detector_folder(request):
    return request.getfixturevalue(request.param)
