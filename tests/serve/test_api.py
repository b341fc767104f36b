"""The HTTP API: answers, limits and refusals."""

import base64
import re
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import spacy
from fastapi.testclient import TestClient
from refusals import refusal

from spacy_ita.extensions import attributes
from spacy_ita.report.gallery import marked
from spacy_ita.serve.html import alignments_html, view_html
from spacy_ita.serve.limits import Limits
from spacy_ita.serve.schema import Entity

TEXT = {"text": "i love paris"}
AS_JSON = {"Content-Type": "application/json; charset=utf-8"}


def test_health(client):
    assert client.get("/health").json() == {
        "status": "ok",
        "pipeline": "en_pipeline",
        "alignments": ["image_captions"],
        "labels": ["LOC", "PER"],
    }


def test_words_leave_with_their_request(client, nlp, png):
    def ask(number):
        files = {"picture": png("black")} if number % 2 else None
        data = {"text": f"word{number} visits place{number}"}
        assert client.post("/annotate", data=data, files=files).status_code == 200

    ask(0), ask(1)
    words = len(nlp.vocab.strings)
    for number in range(2, 12):
        ask(number)
    assert len(nlp.vocab.strings) == words


@pytest.mark.parametrize(("colour", "label"), [("black", "PER"), ("white", "LOC")])
def test_both_views(client, png, colour, label):
    answer = client.post("/annotate", data=TEXT, files={"picture": png(colour)}).json()
    (entity,) = answer["image"]
    assert (entity["text"], entity["label"]) == ("paris", label)
    assert (entity["start"], entity["end"]) == (7, 12)
    assert 0.5 < entity["confidence"] <= 1
    assert len(answer["text"]) == 1
    assert answer["text"][0]["confidence"] < entity["confidence"]
    assert answer["alignments"]["captions"][0]["text"] == answer["context"]
    assert answer["alignments"]["objects"] is None
    assert answer["failed"] == []
    assert answer["drawn"] is None


@pytest.mark.parametrize(("bare", "seen"), [("T", "I+T"), ("text", "image")])
def test_one_view(client, png, bare, seen):
    picture = {"picture": png()}
    text = client.post("/annotate", data={**TEXT, "view": bare}, files=picture).json()
    image = client.post("/annotate", data={**TEXT, "view": seen}, files=picture).json()
    assert (text["image"], image["text"]) == (None, None)
    assert len(text["text"]) == len(image["image"]) == 1


def test_without_a_picture(client):
    answer = client.post("/annotate", data=TEXT).json()
    assert answer["text"]
    assert answer["image"] is None
    assert answer["context"] == ""


def test_alignment_switched_off(client, png):
    files = {"picture": png()}
    answer = client.post("/annotate", data={**TEXT, "ga": "false"}, files=files).json()
    assert answer["alignments"]["captions"] is None
    assert answer["failed"] == []
    assert answer["image"] == answer["text"]


def test_failed_engine_is_named(client, png, backend):
    backend.fails = True
    with pytest.warns(UserWarning, match="no captions today"):
        answer = client.post("/annotate", data=TEXT, files={"picture": png()}).json()
    assert answer["failed"] == ["image_captions"]
    assert answer["image"] == answer["text"]


@pytest.mark.parametrize(
    ("request_", "cause"),
    [
        (
            {"data": {**TEXT, "image": "a.jpg"}},
            "unknown field 'image': send .* text, picture",
        ),
        ({"data": TEXT, "files": {"image": b"x"}}, "unknown field 'image'"),
        ({"data": {"texts": "paris"}}, "unknown field 'texts'"),
        ({"data": {**TEXT, "view": ["T", "both"]}}, "the field 'view' is given more than once"),
        ({"json": {**TEXT, "image": "a.jpg"}}, "unknown field 'image': send .* text, picture"),
        ({"json": [TEXT]}, "the JSON is not an object: send a form or a JSON object"),
        ({"json": {"text": 7}}, "text: Input should be a valid string"),
        ({"json": {"text": None}}, "text: Field required"),
        ({"json": {**TEXT, "picture": "/etc/passwd"}}, "picture: in JSON .* base64"),
        ({"json": {**TEXT, "picture": ["a.jpg"]}}, "picture: in JSON .* base64"),
        ({"json": {**TEXT, "picture": "http://a/b.jpg"}}, "picture: in JSON .* base64"),
        ({"content": b'{"text": "\\ud800"}', "headers": AS_JSON}, "half of a surrogate"),
        ({"content": b'{"text": "a", "text": "b"}', "headers": AS_JSON}, "more than once"),
        ({"data": {**TEXT, "picture": "a.jpg"}}, "picture: it must be a file"),
        ({"content": b"i love paris", "headers": {"Content-Type": "text/plain"}}, "send a form"),
        ({"data": TEXT, "params": {"view": "T"}}, "unknown query parameter 'view'"),
        ({}, "text: Field required"),
    ],
)
def test_only_known_fields(client, request_, cause):
    assert re.search(cause, refusal(client.post("/annotate", **request_), 422))


@pytest.mark.parametrize("body", [b"{", b"", b"\xff", b"[" * 100_000, b"1" * 5000, b"text=a"])
def test_json_that_cant_be_parsed(client, body):
    detail = refusal(client.post("/annotate", content=body, headers=AS_JSON), 400)
    assert detail.startswith("the JSON can't be parsed: ")


@pytest.mark.parametrize("form", ["{}", "data:image/png;base64,{}", "wrapped"])
def test_json_is_read_as_a_form_is(client, png, form):
    options = {"view": "both", "oca": False, "draw": False}
    data = png("white")
    expected = client.post("/annotate", data={**TEXT, **options}, files={"picture": data})
    encoded = base64.b64encode(data).decode()
    picture = base64.encodebytes(data).decode() if form == "wrapped" else form.format(encoded)
    answer = client.post("/annotate", json={**TEXT, **options, "picture": picture})
    assert answer.json() == expected.json() and answer.json()["image"]
    alone = client.post("/annotate", json={**TEXT, "picture": None, "view": ""})
    assert alone.json()["text"] and alone.json()["image"] is None


def test_labels_are_escaped():
    entity = Entity(text="paris", label="<svg onload=x>", start=0, end=5, confidence=None)
    for shown in (view_html("paris", [entity]), marked("paris", [(0, 5, entity.label)])):
        assert "&lt;svg onload=x&gt;" in shown and "<svg" not in shown


def test_drawn_is_escaped(client, png):
    data = {"text": "<script>alert(1)</script> paris", "draw": "true"}
    drawn = client.post("/annotate", data=data, files={"picture": png()}).json()["drawn"]
    assert drawn["picture"].startswith("data:image/jpeg;base64,")
    assert "a man sings on stage" in drawn["alignments"]
    assert "<script>" not in drawn["text"] + drawn["image"] + drawn["alignments"]


@pytest.fixture
def with_rulers(create_app, nlp):
    """The pipeline between two rulers; the second one sets an entity that the tagger found."""
    found = spacy.blank("en")
    for name in nlp.pipe_names:
        found.add_pipe(name, source=nlp)
    for word, place in (("love", {"first": True}), ("paris", {"last": True})):
        ruler = found.add_pipe("entity_ruler", name=word, **place)
        ruler.add_patterns([{"label": "RULE", "pattern": word}])
    with TestClient(create_app(found)) as client:
        yield client


def test_entities_of_another_origin(with_rulers, png):
    files = {"picture": png("black")}
    answer = with_rulers.post("/annotate", data={**TEXT, "draw": "true"}, files=files).json()
    for view in ("text", "image"):
        first, second = answer[view]
        assert (first["text"], first["label"], first["confidence"]) == ("love", "RULE", None)
        assert second["text"] == "paris" and second["label"] != "RULE"
        assert "<i>–</i>" in answer["drawn"][view]
    assert answer["image"][1]["label"] == "PER"


def test_drawn_alignments(nlp):
    doc, attrs = nlp.make_doc("paris"), attributes()
    doc._.image_objects = [{"label": "city", "attribute": "", "score": 0.5, "box": []}]
    doc._.image_knowledge = [{"text": "Paris & Nicky"}]
    drawn = alignments_html(doc, attrs)
    assert "<span>city</span><i>50%</i>" in drawn
    assert "<h4>Knowledge</h4><ul><li><span>Paris &amp; Nicky</span>" in drawn


def test_limits(client, png):
    def post(data=TEXT, picture=None):
        files = {"picture": picture} if picture is not None else None
        return client.post("/annotate", data=data, files=files)

    broken = png("black", (300, 300))
    assert "pixels" in refusal(post(picture=png("black", (500, 400))), 413)
    assert "bytes" in refusal(post(picture=b"x" * 100_001), 413)
    assert "bytes" in refusal(post(picture=b"x" * 300_000), 413)
    assert "JPEG" in refusal(post(picture=b"no picture"), 415)
    assert "JPEG" in refusal(post(picture=b""), 415)
    assert "decoded" in refusal(post(picture=broken[: len(broken) // 2]), 422)
    assert "text" in refusal(post({}), 422)
    assert "200" in refusal(post({"text": "a" * 201}), 422)
    assert "view" in refusal(post({**TEXT, "view": "all"}), 422)


def test_body_without_a_length(client):
    head = b'--b\r\nContent-Disposition: form-data; name="picture"; filename="a"\r\n\r\n'
    body = (part for part in [head, *[b"x" * 50_000] * 8, b"\r\n--b--\r\n"])
    kind = {"content-type": "multipart/form-data; boundary=b"}
    refusal(client.post("/annotate", content=body, headers=kind), 413)


def test_a_length_that_is_no_number_of_python(client):
    kind = {"content-type": "application/x-www-form-urlencoded", "content-length": "9" * 5000}
    assert "bytes" in refusal(client.post("/annotate", content=b"text=a", headers=kind), 413)


@pytest.mark.slow
def test_full_queue_and_late_work(create_app, nlp, png, backend):
    backend.seconds = 1.0
    limits = Limits(seconds=0.6, waiting=1)
    with TestClient(create_app(nlp, limits)) as client, ThreadPoolExecutor(4) as pool:

        def post(_):
            return client.post("/annotate", data=TEXT, files={"picture": png()})

        answers = list(pool.map(post, range(4)))
        assert sorted(answer.status_code for answer in answers) == [503, 503, 504, 504]
        busy = next(answer for answer in answers if answer.status_code == 503)
        assert busy.headers["retry-after"] == "2"
        assert refusal(busy, 503)
        backend.seconds = 0.0
        time.sleep(1.5)
        assert post(0).status_code == 200


def test_a_slow_header_keeps_no_other_request_waiting(create_app, nlp, png, monkeypatch):
    limits = Limits(seconds=0.6)
    monkeypatch.setattr("spacy_ita.serve.service.check_pictures", lambda *_: time.sleep(1.5))
    with TestClient(create_app(nlp, limits)) as client, ThreadPoolExecutor(1) as pool:
        late = pool.submit(client.post, "/annotate", data=TEXT, files={"picture": png()})
        time.sleep(0.2)
        assert client.get("/health").status_code == 200
        assert not late.done()
        refusal(late.result(), 504)


def test_a_pipeline_that_fails(create_app, nlp, png, backend):
    backend.missing = True
    with TestClient(create_app(nlp), raise_server_exceptions=False) as client:
        files = {"picture": png()}
        assert "log" in refusal(client.post("/annotate", data=TEXT, files=files), 500)
        assert client.post("/annotate", data=TEXT).status_code == 200


def test_a_text_of_any_length_that_is_allowed(create_app, nlp):
    limits = Limits(picture_bytes=1000, characters=30_000)
    with TestClient(create_app(nlp, limits)) as client:
        assert "30000" in refusal(client.post("/annotate", data={"text": "🔥" * 30_001}), 422)


def test_pipeline_without_a_tagger(create_app):
    with pytest.raises(ValueError, match="must have exactly one crf_ner"):
        create_app(spacy.blank("en"))
