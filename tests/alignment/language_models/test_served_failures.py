"""A server that is busy, broken, silent or not there."""

import json
import socket
import time
from email.utils import formatdate
from itertools import repeat

import pytest
from chat_server import SIGHT, answer_well, completion
from clients import KEY, backend, documents, pipeline, seen

from spacy_ita import extras
from spacy_ita.alignment.language_models import answer_store, client
from spacy_ita.alignment.language_models.served import ServedVLM
from spacy_ita.alignment.picture import Picture
from spacy_ita.errors import BackendError


def test_busy_then_well_waits_as_the_server_asks(server, files):
    def behave(number, body):
        if number == 1:
            return 429, {"Retry-After": "0.3"}, b"slow down"
        if number == 2:
            return 503, {"Retry-After": formatdate(time.time() - 60, usegmt=True)}, b""
        return answer_well(number, body)

    server.behave = behave
    engine = backend(server)
    started = time.monotonic()
    assert engine([Picture(files[0])])[0][1]["text"] == "a band plays"
    assert 0.3 <= time.monotonic() - started < 5
    assert engine.usage.requests == 3


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        ("7", 7),
        ("nan", 0),
        ("-1", 0),
        ("soon", 0),
        ("", 0),
        ("inf", 60),
        ("86400", 60),
    ],
)
def test_retry_after_is_bounded(asked, seconds):
    assert client._wait(asked) == seconds


def test_a_date_of_no_time_zone_is_no_retry_after():
    assert client._wait("Wed, 21 Oct 2015 07:28:00 +99999999999999999999") == 0


def cut_short(number, body):
    return 200, {"Content-Length": "5000"}, completion(SIGHT)


def silent(number, body):
    time.sleep(1.5)
    return answer_well(number, body)


def drip(start=b""):
    """The server sends a byte now and then, so it is never silent for long."""
    yield start
    for _ in range(50):
        time.sleep(0.2)
        yield b" "


FAULTS = {
    "silent": (silent, "no complete answer within 1 second", 2),
    "dripping": (lambda *_: (200, {}, drip()), "no complete answer within 1 second", 2),
    "dripping before its body": (
        lambda *_: (0, {}, drip(b"HTTP/1.1 200 OK\r\nX: ")),
        "no complete answer within 1 second",
        2,
    ),
    "dripping an error": (lambda *_: (401, {}, drip()), "no complete answer within 1 second", 2),
    "endless": (lambda *_: (200, {}, repeat(b" " * 2**16)), "more than 8 MiB", 1),
    "endless error": (lambda *_: (400, {}, repeat(b" " * 2**16)), "answers 400", 1),
    "at fault": (lambda *_: (500, {}, b"out of memory"), "answers 500: 'out of memory'", 2),
    "busy": (lambda *_: (429, {}, b""), "answers 429", 2),
    "cut short": (cut_short, "no answer .*RemoteProtocolError", 2),
    "rubbish": (lambda *_: (200, {}, b"<html>"), "not a chat completion: '<html>'", 1),
    "no choices": (lambda *_: (200, {}, {"choices": []}), "not a chat completion", 1),
    "a refusal": (lambda *_: (200, {}, completion(None)), "all of it: Input should be an obj", 1),
    "no text": (
        lambda *_: (200, {}, {"choices": [{"message": {"content": None}}]}),
        "the answer has no text: ",
        1,
    ),
    "prose": (lambda *_: (200, {}, completion("A cat.")), "all of it: Invalid JSON.*'A cat", 1),
    "a field less": (lambda *_: (200, {}, completion({"captions": []})), "tags: Field req", 1),
    "another form": (
        lambda *_: (200, {}, completion({**SIGHT, "tags": [["a", "b"]]})),
        "tags.0: Input should be",
        1,
    ),
    "no room": (
        lambda *_: (200, {}, completion('{"capt', finish_reason="length")),
        "cut off: raise the limit of tokens",
        1,
    ),
    "refused": (lambda *_: (400, {}, b"too small"), "answers 400: 'too small'", 1),
    "packed": (
        lambda *_: (200, {"Content-Encoding": "gzip"}, b"no gzip"),
        r"compressed \(gzip\), which the request did not ask for",
        1,
    ),
}


# they run into the same limit as the dripping server: one second for each try
SLOW = ("silent", "dripping", "dripping before its body", "dripping an error")


@pytest.mark.parametrize(
    "fault", [pytest.param(f, marks=pytest.mark.slow) if f in SLOW else f for f in FAULTS]
)
def test_a_failing_picture_is_named_and_the_corpus_goes_on(server, files, fault):
    misbehave, message, requests = FAULTS[fault]
    server.behave = lambda number, body: (
        misbehave(number, body) if seen(body).width == 30 else answer_well(number, body)
    )
    # good answers are never late, even on a busy machine
    timeout = 1.0 if "1 second" in message else 60.0
    nlp = pipeline(server, ["image_objects", "image_captions"], attempts=2, timeout=timeout)
    with pytest.warns(UserWarning, match=message) as caught:
        docs = list(nlp.pipe(documents(nlp, files)))
    assert len(caught) == 2
    assert all("'tweet 2'" in str(warning.message) for warning in caught)
    assert [doc._.image_captions is None for doc in docs] == [n == 2 for n in range(6)]
    assert [doc._.image_objects is None for doc in docs] == [n == 2 for n in range(6)]
    # the picture is not sent again, neither for the other part nor alone
    assert len(server.requests) == 5 + requests


@pytest.mark.parametrize("fence", ["```json\n%s\n```", "\n```\n%s```\n", "```JSON %s ```"])
def test_an_answer_in_a_fence_is_read(server, files, fence):
    server.behave = lambda *_: (200, {}, completion(fence % json.dumps(SIGHT)))
    [[_, caption]] = backend(server)([Picture(files[0])])
    assert caption["text"] == "a band plays"


@pytest.mark.parametrize(
    ("headers", "start"), [({}, b"\xef\xbb\xbf"), ({"Content-Encoding": "Identity"}, b"")]
)
def test_an_unusual_answer_is_read(server, files, headers, start):
    body = start + json.dumps(completion(SIGHT)).encode()
    server.behave = lambda *_: (200, headers, body)
    assert backend(server)([Picture(files[0])])


def test_an_address_from_a_file_may_end_its_line(server, files):
    server.behave = answer_well
    assert ServedVLM(f" {server.url}\n", "some-vlm", "ocr")([Picture(files[0])])


def test_a_proxy_that_is_none_ends_the_run_and_not_each_picture(server, files, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "gopher://proxy")
    with pytest.raises(BackendError, match="can't send a request to http.*proxy"):
        backend(server)([Picture(files[0])])


def test_a_failure_is_not_kept_for_ever(server, files, monkeypatch):
    monkeypatch.setattr(answer_store, "FAILURE_KEPT", 0.0)
    server.behave = lambda number, body: (
        (400, {}, b"") if number == 1 else answer_well(number, body)
    )
    engine = backend(server)
    with pytest.raises(client.NoAnswerError):
        engine([Picture(files[0])])
    assert engine([Picture(files[0])])[0]


@pytest.mark.parametrize(
    ("status", "key", "message"),
    [
        (401, "API_KEY_OF_TEST", "check the key in the environment variable API_KEY_OF_TEST"),
        (403, "", "set `api_key_env`"),
        (404, "", "check `url`, .* and `model`"),
        (307, "", "check `url`"),
    ],
)
def test_where_no_picture_would_succeed_the_corpus_stops(
    server, files, monkeypatch, status, key, message
):
    monkeypatch.setenv("API_KEY_OF_TEST", KEY)
    server.behave = lambda *_: (status, {}, f"Incorrect API key: {KEY}".encode())
    nlp = pipeline(server, api_key_env=key, concurrency=1)
    with pytest.raises(BackendError, match=message) as caught:
        list(nlp.pipe(documents(nlp, files)))
    assert not key or KEY not in str(caught.value)
    assert len(server.requests) == 1


def test_a_server_that_is_not_there(files):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        engine = ServedVLM(url, "some-vlm", "ocr", attempts=2, backoff=0.001)
        with pytest.raises(BackendError, match=f"can't reach {url} .*: start the server, or set"):
            engine([Picture(files[0])])
    assert engine.usage.requests == 2


def test_without_the_packages_the_message_names_the_extra(server, files, monkeypatch):
    def refuse(name):
        raise ImportError("No module named 'tenacity'")

    monkeypatch.setattr(extras, "import_module", refuse)
    with pytest.raises(BackendError, match=r"pip install 'spacy_ita\[served\]'"):
        backend(server)([Picture(files[0])])
