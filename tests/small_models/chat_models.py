"""Tiny vision-language models of the real classes, with processors and chat templates."""

import json

import pytest
import torch
from saved import saved
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    CLIPImageProcessor,
    Idefics3Config,
    Idefics3ForConditionalGeneration,
    Idefics3ImageProcessor,
    Idefics3Processor,
    LlavaConfig,
    LlavaForConditionalGeneration,
    LlavaProcessor,
    Qwen2TokenizerFast,
)

from spacy_ita.alignment.language_models.schema import PROMPTS, Post, question

ANSWERS = {
    "red": {
        "captions": ["Coldplay on a stage in London", "a band plays"],
        "tags": [{"label": "stage", "attribute": "bright"}, {"label": "man", "attribute": ""}],
        "lettering": ["LONDON 2016"],
        "knowledge": "Coldplay is a band.",
    },
    "blue": {
        "captions": ["Lake Geneva"],
        "tags": [{"label": "lake", "attribute": "blue"}],
        "lettering": [],
        "knowledge": "Geneva is a city, and a lake.",
    },
}
"""What a model learns by heart about a picture of one colour."""

STEPS, ENOUGH = 200, 0.01
VISION = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    "image_size": 32,
    "patch_size": 8,
}
TEXT = {
    "hidden_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "intermediate_size": 128,
    "max_position_embeddings": 4096,
}
TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n"
    "{% for part in message.content %}"
    "{% if part.type == 'image' %}IMAGE{% else %}{{ part.text }}{% endif %}"
    "{% endfor %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def chat_tokenizer(*marks, **named):
    """A byte-level BPE that knows the words of prompts and answers, and the marks of a chat.

    named: marks that are attributes of the tokenizer.
    """
    marks = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", *marks, *named.values()]
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=600,
        special_tokens=marks,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    texts = [json.dumps(answer) for answer in ANSWERS.values()]
    tokenizer.train_from_iterator([*texts, *PROMPTS.values()] * 10, trainer)
    return Qwen2TokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="<|endoftext|>",
        eos_token="<|im_end|>",
        model_max_length=4096,
        **({"extra_special_tokens": named} if named else {"additional_special_tokens": marks[1:]}),
    )


def text_config(tokenizer, **more):
    """The sizes of a language model over the tokenizer."""
    return {
        **TEXT,
        "vocab_size": len(tokenizer),
        "pad_token_id": tokenizer.pad_token_id,
        "bos_token_id": None,
        "eos_token_id": tokenizer.eos_token_id,
        **more,
    }


def ending(model, tokenizer):
    """Lets the model end its answers as its configuration says."""
    model.generation_config.eos_token_id = tokenizer.eos_token_id
    model.generation_config.pad_token_id = tokenizer.pad_token_id
    return model


@saved
def smolvlm():
    """SmolVLM, whose first versions are Idefics 3: a picture is cut into tiles."""
    tokenizer = chat_tokenizer(
        "<image>", "<fake_token_around_image>", "<global-img>", "<end_of_utterance>"
    )
    config = Idefics3Config(
        vision_config={**VISION, "num_attention_heads": 2},
        text_config={"model_type": "llama", **text_config(tokenizer)},
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"),
        scale_factor=2,
        pad_token_id=tokenizer.pad_token_id,
    )
    processor = Idefics3Processor(
        Idefics3ImageProcessor(size={"longest_edge": 64}, max_image_size={"longest_edge": 32}),
        tokenizer,
        image_seq_len=4,
        chat_template=TEMPLATE.replace("IMAGE", "<image>"),
    )
    return ending(Idefics3ForConditionalGeneration(config), tokenizer), processor


@saved
def llava():
    """LLaVA: a CLIP and a Llama."""
    tokenizer = chat_tokenizer("<image>")
    config = LlavaConfig(
        vision_config={"model_type": "clip_vision_model", **VISION},
        text_config={"model_type": "llama", **text_config(tokenizer)},
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
    )
    processor = LlavaProcessor(
        CLIPImageProcessor(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}),
        tokenizer,
        patch_size=8,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        chat_template=TEMPLATE.replace("IMAGE", "<image>\n"),
    )
    return ending(LlavaForConditionalGeneration(config), tokenizer), processor


def _learn(folder, target):
    """Teaches a saved model its answers, until it gives them."""
    from PIL import Image
    from transformers import AutoModelForImageTextToText, AutoProcessor

    torch.manual_seed(0)
    processor = AutoProcessor.from_pretrained(folder)
    processor.tokenizer.padding_side = "left"
    model = AutoModelForImageTextToText.from_pretrained(folder)
    end = processor.tokenizer.eos_token
    chats, images, answers = [], [], []
    for colour, answer in ANSWERS.items():
        prompt = question(Post, "one tweet").prompt
        content = [{"type": "image"}, {"type": "text", "text": prompt}]
        chat = [{"role": "user", "content": content}]
        chats.append(processor.apply_chat_template(chat, add_generation_prompt=True))
        images.append([Image.new("RGB", (60, 40), colour)])
        answers.append(json.dumps(answer) + end)
    both = [chat + answer for chat, answer in zip(chats, answers, strict=True)]
    inputs = processor(text=both, images=images, padding=True, return_tensors="pt")
    lengths = [len(processor.tokenizer(answer)["input_ids"]) for answer in answers]
    labels = torch.full_like(inputs["input_ids"], -100)
    for row, length in enumerate(lengths):
        labels[row, -length:] = inputs["input_ids"][row, -length:]
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3)
    for _ in range(STEPS):
        loss = model(**inputs, labels=labels).loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if loss < ENOUGH:
            break
    model.save_pretrained(target)
    processor.save_pretrained(target)
    return target


@pytest.fixture(scope="session")
def trained_llava(llava, tmp_path_factory):
    """A LLaVA that knows the answers to a red and a blue picture."""
    return _learn(llava, tmp_path_factory.mktemp("trained_llava"))


@pytest.fixture(scope="session")
def trained_smolvlm(smolvlm, tmp_path_factory):
    """A SmolVLM that knows the answers to a red and a blue picture."""
    return _learn(smolvlm, tmp_path_factory.mktemp("trained_smolvlm"))
