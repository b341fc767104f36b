from itertools import pairwise

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.training import iob_to_biluo

from spacy_ita.crf import MISSING, TagScheme
from spacy_ita.crf.tags import boundaries_of

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
        prefixes = "S" if end - start == 1 else f"B{'I' * (end - start - 2)}E"
        assert [SCHEME.tags[i] for i in ids[start:end]] == [f"{p}-{label}" for p in prefixes]


def test_unknown_tags_are_missing():
    assert SCHEME.encode([None, "-", "U-ORG", "O"]) == [MISSING, MISSING, MISSING, 0]


def test_labels_may_hold_a_dash():
    scheme = TagScheme(("WORK-OF-ART",))
    assert scheme.decode(scheme.encode(["B-WORK-OF-ART", "L-WORK-OF-ART"])) == [
        (0, 2, "WORK-OF-ART")
    ]


def test_which_tags_may_follow_each_other():
    scheme = TagScheme(("A", "B"))
    assert scheme.tags == ["O", "B-A", "I-A", "E-A", "S-A", "B-B", "I-B", "E-B", "S-B"]
    assert scheme.index == {tag: i for i, tag in enumerate(scheme.tags)}
    outside = ["O", "B-A", "S-A", "B-B", "S-B"]
    following = {tag: outside for tag in scheme.tags if tag[0] in "OES"}
    following |= {tag: [f"I-{tag[2]}", f"E-{tag[2]}"] for tag in scheme.tags if tag[0] in "BI"}
    allowed = scheme.allowed_transitions()
    for tag, row in zip(scheme.tags, allowed.tolist(), strict=True):
        assert [name for name, yes in zip(scheme.tags, row, strict=True) if yes] == following[tag]
    for mask, prefixes in ((scheme.allowed_starts(), "OBS"), (scheme.allowed_ends(), "OES")):
        assert mask.tolist() == [tag[0] in prefixes for tag in scheme.tags]


def test_every_tag_can_begin_and_end_a_path():
    transitions = SCHEME.allowed_transitions()
    assert transitions.any(1).all()
    assert transitions.any(0).all()
    assert not transitions[SCHEME.index["B-PER"], SCHEME.index["E-LOC"]]
    assert not transitions[SCHEME.index["O"], SCHEME.index["I-LOC"]]


@st.composite
def annotated(draw):
    """Labels, with BILUO tags and entities that don't overlap."""
    labels = draw(st.sets(st.text(min_size=1, max_size=5), min_size=1, max_size=4))
    length = draw(st.integers(0, 12))
    cuts = sorted(draw(st.sets(st.integers(0, length))))
    entities = []
    tags = ["O"] * length
    for start, end in pairwise(cuts):
        if draw(st.booleans()):
            label = draw(st.sampled_from(sorted(labels)))
            prefixes = "U" if end - start == 1 else f"B{'I' * (end - start - 2)}L"
            tags[start:end] = [f"{prefix}-{label}" for prefix in prefixes]
            entities.append((start, end, label))
    return labels, tags, entities


@settings(deadline=None, max_examples=40)
@given(annotated())
def test_any_entities_of_any_labels_come_back(case):
    labels, tags, entities = case
    scheme = TagScheme(tuple(sorted(labels)))
    ids = scheme.encode(tags)
    assert scheme.decode(ids) == entities
    if ids:
        assert scheme.allowed_starts()[ids[0]] and scheme.allowed_ends()[ids[-1]]
    transitions = scheme.allowed_transitions()
    assert all(transitions[one, other] for one, other in pairwise(ids))


def test_boundaries_divide_the_tags_among_them():
    """UMT's conversion matrix: O is one tag, and each of B, I, E and S has one per label."""
    prefixes = [tag[0] for tag in SCHEME.tags]
    boundaries = boundaries_of(torch.arange(len(prefixes)))
    assert ["OBIES"[number] for number in boundaries] == prefixes
    assert boundaries_of(torch.tensor([[MISSING, 0]])).tolist() == [[MISSING, 0]]
    shares = SCHEME.boundary_shares()
    assert shares.shape == (5, len(prefixes))
    for number, prefix in enumerate(prefixes):
        share = {"OBIES".index(prefix): 1.0 if prefix == "O" else 0.5}
        assert shares[:, number].tolist() == [share.get(row, 0.0) for row in range(5)]
    assert TagScheme(()).boundary_shares().tolist() == [[1.0], [0.0], [0.0], [0.0], [0.0]]
