"""The parts of a config, each as a mapping of its sections.

A part leaves out settings that are None or False, as these are the defaults.
"""

from typing import Any

from ..alignment.factories import CAPTIONER, DETECTOR, OCR
from .options import Options, Pictures
from .trainings import Training

Section = dict[str, Any]

VLM = "Qwen/Qwen2.5-VL-7B-Instruct"
SERVER = {
    "url": "http://localhost:8000/v1",
    "model": VLM,
    "api_key_env": "",
}
PARTS = {
    "image_objects": "objects",
    "image_captions": "captions",
    "image_ocr": "ocr",
    "image_knowledge": "knowledge",
}
HUB_BACKENDS: dict[str, Section] = {
    "image_objects": {**DETECTOR, "name": "${paths.detector}"},
    "image_captions": {
        **CAPTIONER,
        "name": "${paths.captioner}",
        "num_return_sequences": 5,
        "num_beams": 5,
    },
    "image_ocr": OCR,
}
HUB_PATHS = {
    "image_objects": {"detector": DETECTOR["name"]},
    "image_captions": {"captioner": CAPTIONER["name"]},
    "image_ocr": {},
}


def given(**settings: Any) -> Section:
    """Leave out settings that are None or False."""
    return {name: value for name, value in settings.items() if value not in (None, False)}


def backend(pipe: str, pictures: Pictures) -> Section:
    """Choose the backend of an image_* pipe."""
    if pictures == Pictures.HUB:
        return HUB_BACKENDS[pipe]
    part = PARTS[pipe]
    if pictures == Pictures.RECORDED:
        return {"@misc": "spacy_ita.Recorded.v1", "path": "${paths.recorded}", "part": part}
    if pictures == Pictures.VLM:
        return {"@misc": "spacy_ita.HFChat.v1", "name": "${paths.vlm}", "part": part}
    variables = {name: f"${{served.{name}}}" for name in SERVER}
    return {"@misc": "spacy_ita.ServedVLM.v1", **variables, "part": part}


def model_of(backend: Section) -> str:
    """Name the class of a backend, and its model, file or server."""
    name = backend["@misc"].split(".")[1]
    source = [str(backend[key]) for key in ("name", "path", "model", "url") if backend.get(key)]
    return " ".join([name, *source])


def picture_variables(options: Options) -> dict[str, Section]:
    """Make the sections with the files, models and server of the backends."""
    if options.pictures == Pictures.SERVED:
        return {"paths": {}, "served": SERVER}
    if options.pictures == Pictures.RECORDED:
        return {"paths": {"recorded": None}}
    if options.pictures == Pictures.VLM:
        return {"paths": {"vlm": VLM}}
    paths: Section = {}
    for pipe in options.image_pipes:
        paths |= HUB_PATHS[pipe]
    return {"paths": paths}


def loss(cva: bool) -> Section:
    """Make the cross-view loss: as published for both views, or for the I+T view alone."""
    text, image, kl = (1.0, 0.5, 0.5) if cva else (0.0, 1.0, 0.0)
    return {
        "@misc": "spacy_ita.CrossViewLoss.v2",
        "text_weight": text,
        "image_weight": image,
        "kl_weight": kl,
        "kl": "token",
        "temperature": 2.0,
    }


def tagger(options: Options, training: Training) -> Section:
    """Make the component `ner`."""
    linear, crf = training.head
    encoder = given(
        name="${paths.encoder}",
        max_context=training.max_context,
        mixed_precision=training.mixed_precision,
    )
    return {
        "factory": "crf_ner",
        "view": "auto",
        "context": {
            "@misc": "spacy_ita.ContextFormatter.v1",
            "mode": options.context,
            "captions": 5,
        },
        "loss": loss(options.cva),
        "learn_rate_factors": {"encoder": 1.0, "linear": linear, "crf": crf},
        "model": {
            "@architectures": "spacy_ita.CRFTagger.v1",
            "word_dropout": 0.1,
            "encoder": {"@architectures": "spacy_ita.ContextEncoder.v1", **encoder},
        },
    }


def corpora() -> Section:
    """Make the readers, which keep the pictures."""
    return {
        split: {"@readers": "spacy_ita.Corpus.v1", "path": f"${{paths.{split}}}"}
        for split in ("train", "dev")
    }


def training_section(options: Options, training: Training) -> Section:
    """Make the section [training], with frozen image_* pipes: the corpora are aligned already."""
    rate = {
        "@schedules": "warmup_linear.v1",
        "initial_rate": training.rate,
        "warmup_steps": training.warmup_steps,
        "total_steps": training.steps,
    }
    optimizer = given(use_averages=training.averages, learn_rate=rate)
    return {
        "train_corpus": "corpora.train",
        "dev_corpus": "corpora.dev",
        "seed": "${system.seed}",
        "gpu_allocator": "${system.gpu_allocator}",
        "max_epochs": training.epochs,
        "max_steps": 0,
        "patience": 0,
        "eval_frequency": training.eval_frequency,
        "dropout": training.dropout,
        **given(frozen_components=options.image_pipes or None),
        "batcher": {"@batchers": "spacy.batch_by_sequence.v1", "size": training.batch},
        "optimizer": {"@optimizers": "spacy_ita.AdamW.v1", **optimizer},
        "before_to_disk": {"@callbacks": "spacy_ita.WholeCheckpoints.v1"},
        "logger": {"@loggers": "spacy_ita.ConsoleLogger.v1"},
        "score_weights": score_weights("ents_f_views" if options.cva else "ents_f_image"),
    }


def score_weights(chosen_by: str) -> dict[str, float | None]:
    """Make weights by which one score chooses the best model, and the F1 of both views is shown."""
    shown = dict.fromkeys(("ents_f_views", "ents_f_text", "ents_f_image"), 0.0)
    hidden = dict.fromkeys(("ents_f", "ents_p", "ents_r", "ents_per_type"))
    return {**shown, chosen_by: 1.0, **hidden}
