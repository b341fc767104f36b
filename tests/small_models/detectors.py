"""Tiny models of the real classes that find objects, with their processors."""

from saved import excite, saved
from transformers import (
    DetrConfig,
    DetrForObjectDetection,
    DetrImageProcessor,
    ResNetConfig,
    RTDetrConfig,
    RTDetrForObjectDetection,
    RTDetrImageProcessor,
    RTDetrResNetConfig,
    YolosConfig,
    YolosForObjectDetection,
    YolosImageProcessor,
)

LABELS = ["N/A", "person", "microphone", "ball"]
NAMES = {
    "id2label": dict(enumerate(LABELS)),
    "label2id": {label: index for index, label in enumerate(LABELS)},
}
SIZE = {"shortest_edge": 64, "longest_edge": 128}
DECODER = {
    "d_model": 32,
    "encoder_ffn_dim": 32,
    "encoder_attention_heads": 2,
    "decoder_layers": 1,
    "decoder_ffn_dim": 32,
    "decoder_attention_heads": 2,
}


@saved
def yolos():
    config = YolosConfig(
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        image_size=[64, 96],
        patch_size=16,
        num_detection_tokens=12,
        use_mid_position_embeddings=False,
        **NAMES,
    )
    return excite(YolosForObjectDetection(config)), YolosImageProcessor(size=SIZE)


@saved
def detr():
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
        encoder_layers=1,
        num_queries=10,
        **DECODER,
        **NAMES,
    )
    return excite(DetrForObjectDetection(config)), DetrImageProcessor(size=SIZE)


@saved
def rt_detr():
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
        decoder_in_channels=[32, 32, 32],
        num_queries=12,
        num_denoising=0,
        **DECODER,
        **NAMES,
    )
    processor = RTDetrImageProcessor(size={"height": 64, "width": 64})
    return RTDetrForObjectDetection(config), processor
