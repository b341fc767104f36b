import pytest
from spacy.training import iob_to_biluo

from spacy_ita.crf import MISSING, TagScheme

SCHEME = TagScheme(("LOC", "PER"))


@pytest.mark.parametrize(
    "iob, entities",
    [
        ([], []),
        (["O", "O"], []),
        (["B-PER"], [(0, 1, "PER")]),
        (
            ["B-PER", "I-PER", "B-PER", "O", "B-LOC"],
            [(0, 2, "PER"), (2, 3, "PER"), (4, 5, "LOC")],
        ),
        (["O", "B-LOC", "I-LOC", "I-LOC"], [(1, 4, "LOC")]),
    ],
)
def test_entities_come_back(iob, entities):
    ids = SCHEME.encode(iob_to_biluo(iob))
    assert SCHEME.decode(ids) == entities
    for start, end, label in entities:
        assert ids[start:end] == SCHEME.path(end - start, label)


def test_unknown_tags_are_missing():
    assert SCHEME.encode([None, "-", "U-ORG", "O"]) == [MISSING, MISSING, MISSING, 0]


def test_labels_may_hold_a_dash():
    scheme = TagScheme(("WORK-OF-ART",))
    assert scheme.decode(scheme.encode(["B-WORK-OF-ART", "L-WORK-OF-ART"])) == [
        (0, 2, "WORK-OF-ART")
    ]


def test_every_tag_can_begin_and_end_a_path():
    transitions = SCHEME.allowed_transitions()
    assert transitions.any(1).all()
    assert transitions.any(0).all()
    assert not transitions[SCHEME.index["B-PER"], SCHEME.index["E-LOC"]]
    assert not transitions[SCHEME.index["O"], SCHEME.index["I-LOC"]]
