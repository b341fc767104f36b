"""Tiny models of the real classes that write captions, with their processors and tokenizers."""

import torch
from saved import bert_tokenizer, excite, saved, word_tokenizer
from transformers import (
    BertConfig,
    Blip2Config,
    Blip2ForConditionalGeneration,
    BlipConfig,
    BlipForConditionalGeneration,
    BlipImageProcessor,
    CLIPImageProcessor,
    GitConfig,
    GitForCausalLM,
    GPT2Config,
    OPTConfig,
    T5Config,
    VisionEncoderDecoderConfig,
    VisionEncoderDecoderModel,
    ViTConfig,
    ViTImageProcessor,
)

WORDS = "a man woman dog cat stage ball red blue on with in front of holding the".split()
BERT_PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
MARKS = ["<pad>", "<s>", "</s>", "<unk>"]
MARK_IDS = {"pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2}
TOWER = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
}
VISION = {**TOWER, "image_size": 32, "patch_size": 8}
SIZE = {"height": 32, "width": 32}


@saved
def blip():
    tokenizer = bert_tokenizer([*BERT_PIECES, "[DEC]", *WORDS], bos_token="[DEC]")
    config = BlipConfig(
        vision_config=VISION,
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
    model = excite(BlipForConditionalGeneration(config))
    return model, BlipImageProcessor(size=SIZE), tokenizer


@saved
def git():
    tokenizer = bert_tokenizer([*BERT_PIECES, *WORDS])
    config = GitConfig(
        vision_config=VISION,
        **TOWER,
        vocab_size=len(tokenizer),
        max_position_embeddings=64,
        bos_token_id=tokenizer.cls_token_id,
        eos_token_id=tokenizer.sep_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    model = excite(GitForCausalLM(config))
    specials = tokenizer.all_special_ids
    specials.remove(tokenizer.sep_token_id)
    model.output.bias.data[specials] = -20.0
    return model, CLIPImageProcessor(size={"shortest_edge": 32}, crop_size=SIZE), tokenizer


def _blip_2(form, language_model, **sizes):
    """BLIP-2 over a language model of these sizes, whose tokenizer adds `form` to a text."""
    marks = [*MARKS, "<image>"]
    tokenizer = word_tokenizer([*marks, *WORDS], form, additional_special_tokens=["<image>"])
    text_config = language_model(vocab_size=len(tokenizer), **MARK_IDS, **sizes)
    config = Blip2Config(
        vision_config=VISION,
        qformer_config={**TOWER, "encoder_hidden_size": 32, "vocab_size": len(tokenizer)},
        text_config=text_config.to_dict(),
        num_query_tokens=4,
        image_token_index=marks.index("<image>"),
    )
    model = excite(Blip2ForConditionalGeneration(config))
    torch.nn.init.normal_(model.query_tokens)
    return model, BlipImageProcessor(size=SIZE), tokenizer


@saved
def blip_2():
    """BLIP-2 over a language model with only a decoder, like OPT."""
    return _blip_2(
        "<s> $A",
        OPTConfig,
        hidden_size=32,
        word_embed_proj_dim=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        ffn_dim=64,
        max_position_embeddings=64,
    )


@saved
def blip_2_t5():
    """BLIP-2 over a language model with an encoder, like Flan-T5."""
    return _blip_2(
        "$A </s>",
        T5Config,
        d_model=32,
        d_kv=16,
        d_ff=64,
        num_layers=2,
        num_heads=2,
        decoder_start_token_id=0,
    )


def _vit(decoder, tokenizer, start, end):
    """A ViT and a decoder whose captions begin and end with these tokens."""
    config = VisionEncoderDecoderConfig.from_encoder_decoder_configs(
        ViTConfig(**VISION),
        decoder,
        decoder_start_token_id=start,
        eos_token_id=end,
        pad_token_id=tokenizer.pad_token_id,
    )
    return excite(VisionEncoderDecoderModel(config)), ViTImageProcessor(size=SIZE), tokenizer


@saved
def vit_gpt2():
    tokenizer = word_tokenizer([*MARKS, *WORDS], "$A")
    decoder = GPT2Config(
        vocab_size=len(tokenizer),
        n_positions=64,
        n_embd=32,
        n_layer=2,
        n_head=2,
        bos_token_id=1,
        eos_token_id=2,
    )
    return _vit(decoder, tokenizer, tokenizer.bos_token_id, tokenizer.eos_token_id)


@saved
def vit_bert():
    tokenizer = bert_tokenizer([*BERT_PIECES, *WORDS])
    decoder = BertConfig(**TOWER, vocab_size=len(tokenizer), max_position_embeddings=64)
    return _vit(decoder, tokenizer, tokenizer.cls_token_id, tokenizer.sep_token_id)
