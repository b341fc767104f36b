"""Tiny pipelines that older versions saved, with their answers."""

import json
from pathlib import Path
from zipfile import ZipFile

import pytest
import spacy

SAVED = sorted((Path(__file__).parent / "saved").glob("version_*.zip"))


def answers(nlp, wanted):
    """Read the texts of `wanted`, each with its caption."""
    found = []
    for asked in wanted:
        doc = nlp.make_doc(asked["text"])
        if asked["caption"]:
            doc._.image_captions = [asked["caption"]]
        doc = nlp(doc)
        found.append([(ent.text, ent.label_, ent._.confidence) for ent in doc.ents])
    return found


@pytest.mark.parametrize("saved", SAVED, ids=lambda path: path.stem)
def test_answers_as_it_did(saved, tmp_path):
    ZipFile(saved).extractall(tmp_path)
    wanted = json.loads((tmp_path / "answers.json").read_text())
    assert any(answer["entities"] for answer in wanted)
    nlp = spacy.load(tmp_path / "pipeline")
    nlp.to_disk(tmp_path / "again")
    for pipeline in (nlp, spacy.load(tmp_path / "again")):
        for found, answer in zip(answers(pipeline, wanted), wanted, strict=True):
            assert [ent[:2] for ent in found] == [tuple(ent[:2]) for ent in answer["entities"]]
            confidences = [ent[2] for ent in answer["entities"]]
            assert [ent[2] for ent in found] == pytest.approx(confidences, abs=1e-5)
