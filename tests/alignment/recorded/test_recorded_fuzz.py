"""Recorded files with changed bytes: an error of one line that names file and line, or the records.

No other record than the changed one is lost, or differs.
"""

import base64
import json
import random
import warnings

import numpy
import pytest
import spacy
from examples import examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spacy_ita.alignment.picture import Picture
from spacy_ita.alignment.recorded.backend import Recorded
from spacy_ita.alignment.recorded.formats import WRITERS
from spacy_ita.errors import BackendError
from spacy_ita.extensions import attributes

# a few changed bytes never turn one id into another
IDS = [letter * 12 for letter in "abcde"]
OBJECT = {"label": "dog", "attribute": "brown", "score": 0.5, "box": [0.5, 1.0, 20.0, 30.0]}
ROUNDS = 150
VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from("text label class attributes attr_scores conf rect box score".split()),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


def encode(values, kind):
    return base64.b64encode(numpy.array(values, dtype=kind).tobytes()).decode()


def jsonl(image_id):
    return json.dumps({"image_id": image_id, "objects": [OBJECT], "captions": ["a dog"]})


def vinvl(image_id):
    item = {"rect": OBJECT["box"], "class": "dog", "conf": 0.5}
    found = {"objects": [{**item, "attributes": ["brown"], "attr_scores": [0.75]}]}
    return f"{image_id}\t{json.dumps(found)}"


def bottom_up(image_id):
    scores, box = encode([0.5], "float32"), encode(OBJECT["box"], "float32")
    columns = [encode([1], "int64"), scores, encode([0], "int64"), scores, "1", box, "AAAA"]
    return "\t".join([image_id, "480", "640", *columns])


def conll(image_id):
    words = ["i O", "love O", "paris B-LOC", "<EOS> B-X", "a B-X", "dog B-X"]
    return "\n".join([f"# id {image_id}", *words, ""])


RECORDS = {"jsonl": jsonl, "vinvl": vinvl, "bottom-up": bottom_up, "kbner": conll, "pgim": conll}
PARTS = {"kbner": "captions", "pgim": "knowledge"}


@pytest.fixture
def read(tmp_path):
    """Read a file of these bytes; returns what is recorded for each id, or None."""
    names = tmp_path / "names.txt"
    names.write_text("brown\ndog\n")
    path = tmp_path / "records"

    def read(data, format):
        path.write_bytes(data)
        settings = {}
        if format == "bottom-up":
            settings = {"object_names": str(names), "attribute_names": str(names)}
        backend = Recorded(str(path), PARTS.get(format, "objects"), format=format, **settings)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            found = backend([Picture(image_id) for image_id in IDS])
        return dict(zip(IDS, found, strict=True))

    return read


def changed(data, dice):
    """Change or remove up to four bytes; no byte becomes an end of line."""
    data = bytearray(data)
    for _ in range(dice.randint(1, 4)):
        place = dice.randrange(len(data))
        if dice.random() < 0.3:
            del data[place]
        else:
            data[place] = dice.choice([*range(10), *range(11, 256), *b'{}[]"\t,: 09'])
    return bytes(data)


def fails_at(error, place):
    message = str(error)
    return "\n" not in message and len(message) < 500 and f"records, {place}" in message


@pytest.mark.parametrize("format", RECORDS)
def test_a_changed_record_is_named_or_costs_no_other(format, read):
    dice = random.Random(0)
    records = [RECORDS[format](image_id).encode() for image_id in IDS]
    whole = read(b"\n".join(records) + b"\n", format)
    lines = records[0].count(b"\n") + 1
    assert all(whole.values())
    refused = 0
    for _ in range(ROUNDS):
        number = dice.randrange(len(IDS))
        damaged = list(records)
        damaged[number] = changed(records[number], dice)
        try:
            found = read(b"\n".join(damaged) + b"\n", format)
        except BackendError as error:
            refused += 1
            span = range(number * lines + 1, (number + 1) * lines + 2)
            assert any(fails_at(error, f"line {line}:") for line in span), error
            continue
        others = [image_id for image_id in IDS if image_id != IDS[number]]
        assert [found[image_id] for image_id in others] == [whole[name] for name in others]
    assert refused > ROUNDS / 10


@pytest.mark.parametrize("format", RECORDS)
def test_a_file_that_breaks_off_keeps_all_whole_records(format, read):
    data = b"".join(RECORDS[format](image_id).encode() + b"\n" for image_id in IDS)
    whole = read(data, format)
    record = len(data) // len(IDS)
    for size in range(1, len(data), 11):
        try:
            found = read(data[:size], format)
        except BackendError as error:
            assert "\n" not in str(error) and "records" in str(error)
            continue
        complete = IDS[: size // record]
        assert [found[image_id] for image_id in complete] == [whole[name] for name in complete]


@settings(
    max_examples=examples(150),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(VALUE)
def test_any_json_is_named_or_gives_alignments(read, value):
    for format, line in {
        "jsonl": json.dumps({"image_id": IDS[0], "objects": value}),
        "vinvl": f"{IDS[0]}\t{json.dumps({'objects': value})}",
    }.items():
        try:
            found = read(f"\n{line}\n".encode(), format)[IDS[0]]
        except BackendError as error:
            nothing = "no line has" in str(error)
            assert nothing or fails_at(error, "line 2:"), error
            continue
        for item in found:
            assert set(item) == set(OBJECT)
            item["label"].encode()
            assert len(item["box"]) in (0, 4)


@pytest.mark.parametrize(
    "line",
    [
        "[" * 100_000,
        json.dumps({"image_id": "a", "objects": [{"label": "x", "score": 10**400}]}),
        json.dumps({"image_id": "a", "objects": ["x" * 10_000, 5]}),
    ],
    ids=["nested", "huge", "long"],
)
def test_a_monstrous_record_is_named_in_one_line(read, line):
    with pytest.raises(BackendError) as caught:
        read(f"{line}\n".encode(), "jsonl")
    assert fails_at(caught.value, "line 1:")


def test_changed_bytes_of_parquet_are_an_error_or_change_nothing(read, tmp_path):
    docs = [spacy.blank("en")("text") for _ in IDS]
    for doc, image_id in zip(docs, IDS, strict=True):
        doc._.image_path = image_id
        doc._.image_objects = [OBJECT]
    WRITERS["parquet"](docs, attributes(), tmp_path / "written")
    data = (tmp_path / "written").read_bytes()
    whole = read(data, "parquet")
    assert whole == {image_id: [OBJECT] for image_id in IDS}
    dice = random.Random(0)
    refused = other = 0
    for _ in range(ROUNDS):
        damaged = bytearray(data)
        damaged[dice.randrange(len(data))] = dice.randrange(256)
        try:
            other += read(bytes(damaged), "parquet") != whole
        except BackendError as error:
            refused += 1
            assert "\n" not in str(error) and "records" in str(error)
    assert refused > ROUNDS / 3
    # pages have checksums; the names of columns, and where pages begin, have none
    assert other <= ROUNDS / 50
