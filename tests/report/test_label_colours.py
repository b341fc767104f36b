"""displaCy draws the project's labels in its colours, everywhere."""

import pytest
import spacy
from spacy import displacy
from spacy.tokens import Span

from spacy_ita.report.gallery import marked
from spacy_ita.report.label_colours import LABEL_COLOURS
from spacy_ita.serve.html import view_html
from spacy_ita.serve.schema import Entity


@pytest.mark.parametrize("label", LABEL_COLOURS)
def test_one_colour_a_label(label):
    doc = spacy.blank("en")("finally saw Jordan !")
    doc.ents = [Span(doc, 2, 3, label)]
    entity = Entity(text="Jordan", label=label, start=12, end=18, confidence=0.9)
    drawn = (
        displacy.render(doc, style="ent", jupyter=False),
        view_html(doc.text, [entity]),
        marked(doc.text, [(12, 18, label)]),
    )
    for page in drawn:
        assert f"background: {LABEL_COLOURS[label]}" in page
