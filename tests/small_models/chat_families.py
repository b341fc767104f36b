"""Tiny vision-language models of further families.

Processors that read videos too, as all but Gemma's do, need torchvision.
"""

import pytest
from chat_models import TEMPLATE, TEXT, VISION, chat_tokenizer, ending, text_config
from saved import saved

QWEN = {
    "vision_start": "<|vision_start|>",
    "vision_end": "<|vision_end|>",
    "image": "<|image_pad|>",
    "video": "<|video_pad|>",
}
QWEN_TEMPLATE = TEMPLATE.replace("IMAGE", "<|vision_start|><|image_pad|><|vision_end|>")
QWEN_VISION = {
    "depth": 2,
    "hidden_size": 32,
    "num_heads": 2,
    "intermediate_size": 64,
    "out_hidden_size": TEXT["hidden_size"],
}


def needs_torchvision():
    pytest.importorskip("torchvision", reason="the processor reads videos too")


def qwen_ids(tokenizer):
    return {
        f"{name}_token_id": tokenizer.convert_tokens_to_ids(mark) for name, mark in QWEN.items()
    }


@saved
def qwen_2_5():
    """Qwen2.5-VL: as many subwords as the picture is large."""
    needs_torchvision()
    import transformers as t

    tokenizer = chat_tokenizer(*QWEN.values())
    config = t.Qwen2_5_VLConfig(
        vision_config={**QWEN_VISION, "patch_size": 14, "fullatt_block_indexes": [1]},
        text_config=text_config(
            tokenizer, rope_scaling={"type": "mrope", "mrope_section": [2, 3, 3]}
        ),
        **qwen_ids(tokenizer),
    )
    processor = t.Qwen2_5_VLProcessor(
        t.Qwen2VLImageProcessor(min_pixels=56 * 56, max_pixels=112 * 112),
        tokenizer,
        t.Qwen2VLVideoProcessor(),
        chat_template=QWEN_TEMPLATE,
    )
    return ending(t.Qwen2_5_VLForConditionalGeneration(config), tokenizer), processor


@saved
def qwen_3():
    """Qwen3-VL, whose vision model speaks to several layers."""
    needs_torchvision()
    import transformers as t

    if not hasattr(t, "Qwen3VLConfig"):
        pytest.skip("transformers 5 has Qwen3-VL")
    tokenizer = chat_tokenizer(*QWEN.values())
    rope = {"rope_type": "default", "rope_theta": 1e4, "mrope_section": [4, 2, 2]}
    config = t.Qwen3VLConfig(
        vision_config={
            **QWEN_VISION,
            "patch_size": 16,
            "num_position_embeddings": 64,
            "deepstack_visual_indexes": [0, 1],
        },
        text_config=text_config(tokenizer, head_dim=16, rope_parameters=rope),
        **qwen_ids(tokenizer),
    )
    processor = t.Qwen3VLProcessor(
        t.Qwen2VLImageProcessor(patch_size=16, min_pixels=64 * 64, max_pixels=128 * 128),
        tokenizer,
        t.Qwen3VLVideoProcessor(),
        chat_template=QWEN_TEMPLATE,
    )
    return ending(t.Qwen3VLForConditionalGeneration(config), tokenizer), processor


@saved
def smolvlm_2():
    """SmolVLM from its second version on."""
    needs_torchvision()
    pytest.importorskip("num2words", reason="the processor writes the number of a video's frames")
    import transformers as t

    tokenizer = chat_tokenizer(
        "<image>", "<fake_token_around_image>", "<global-img>", "<end_of_utterance>", "<video>"
    )
    config = t.SmolVLMConfig(
        vision_config=VISION,
        text_config={"model_type": "llama", **text_config(tokenizer)},
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"),
        scale_factor=2,
        pad_token_id=tokenizer.pad_token_id,
    )
    processor = t.SmolVLMProcessor(
        t.SmolVLMImageProcessor(size={"longest_edge": 64}, max_image_size={"longest_edge": 32}),
        tokenizer,
        t.SmolVLMVideoProcessor(),
        image_seq_len=4,
        chat_template=TEMPLATE.replace("IMAGE", "<image>"),
    )
    return ending(t.SmolVLMForConditionalGeneration(config), tokenizer), processor


@saved
def internvl():
    """InternVL: a picture is cut into tiles of 4 subwords."""
    needs_torchvision()
    import transformers as t

    tokenizer = chat_tokenizer(
        start_image_token="<img>",
        end_image_token="</img>",
        context_image_token="<IMG_CONTEXT>",
        video_token="<video>",
    )
    config = t.InternVLConfig(
        vision_config=VISION,
        text_config={"model_type": "qwen2", **text_config(tokenizer)},
        image_token_id=tokenizer.context_image_token_id,
        image_seq_length=4,
    )
    processor = t.InternVLProcessor(
        t.GotOcr2ImageProcessor(size={"height": 32, "width": 32}, max_patches=4),
        tokenizer,
        t.InternVLVideoProcessor(size={"height": 32, "width": 32}),
        image_seq_length=4,
        chat_template=TEMPLATE.replace("IMAGE", "<IMG_CONTEXT>"),
    )
    return ending(t.InternVLForConditionalGeneration(config), tokenizer), processor


@saved
def gemma_3():
    """Gemma 3: each picture is 4 subwords, which see each other."""
    import transformers as t

    tokenizer = chat_tokenizer(
        boi_token="<start_of_image>",
        eoi_token="<end_of_image>",
        image_token="<image_soft_token>",
    )
    config = t.Gemma3Config(
        vision_config=VISION,
        text_config=text_config(tokenizer, head_dim=16, sliding_window=256),
        mm_tokens_per_image=4,
        boi_token_index=tokenizer.boi_token_id,
        eoi_token_index=tokenizer.eoi_token_id,
        image_token_index=tokenizer.image_token_id,
    )
    processor = t.Gemma3Processor(
        t.Gemma3ImageProcessor(size={"height": 32, "width": 32}),
        tokenizer,
        image_seq_length=4,
        chat_template=TEMPLATE.replace("IMAGE", "<start_of_image>"),
    )
    return ending(t.Gemma3ForConditionalGeneration(config), tokenizer), processor


@saved
def florence_2():
    """Florence-2's processor, which has a prompt for each task, and no chat template."""
    import transformers as t

    if not hasattr(t, "Florence2Config"):
        pytest.skip("transformers 5 has Florence-2")
    tokenizer = chat_tokenizer(image_token="<image>")
    processor = t.Florence2Processor(t.CLIPImageProcessor(image_seq_length=4), tokenizer)
    return t.Florence2Config(), processor
