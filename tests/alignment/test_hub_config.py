"""`configs/align_hub.cfg` with small models in place of the hub's."""

from pathlib import Path

import pytest
import spacy

from spacy_ita.pipeline.loading import load_aligners

CONFIG = Path(__file__).parents[2] / "configs" / "align_hub.cfg"


@pytest.mark.slow
def test_the_config_sets_all_three_alignments(yolos, blip, draw):
    nlp = load_aligners(
        str(CONFIG),
        {
            "paths.detector": str(yolos),
            "paths.captioner": str(blip),
            "components.image_objects.backend.threshold": 0.0,
        },
    )
    docs = [spacy.blank("en")("a post") for _ in range(3)]
    for doc, text in zip(docs, ("PARIS", "LONDON", "BERLIN"), strict=True):
        doc._.image_path = draw(f"{text}.png", text, size=(400, 300))
    for doc, text in zip(nlp.pipe(docs), ("PARIS", "LONDON", "BERLIN"), strict=True):
        assert doc._.image_objects and doc._.image_captions
        assert text in [line["text"] for line in doc._.image_ocr]
