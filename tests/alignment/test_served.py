"""A served vision-language model, by a server on this machine that also misbehaves."""

import base64
import io
import json
import logging
import pickle
import re
import socket
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from email.utils import formatdate
from itertools import repeat
from pathlib import Path

import pytest
import spacy
from chat_server import SIGHT, answer_well, completion, serving
from PIL import Image

from spacy_ita import extras
from spacy_ita.alignment.backends.base import BackendError
from spacy_ita.alignment.backends.served import answers, client
from spacy_ita.alignment.backends.served.backend import ServedVLM
from spacy_ita.alignment.picture import Picture
from spacy_ita.cli.align import load_aligners

KEY = "sk-very-secret-0123456789"
PIPES = {
    "image_objects": "objects",
    "image_captions": "captions",
    "image_ocr": "ocr",
    "image_knowledge": "knowledge",
}


@pytest.fixture
def server():
    with serving() as running:
        yield running


@pytest.fixture
def files(tmp_path):
    """Six pictures, each as wide as its number times ten."""
    paths = []
    for number in range(1, 7):
        paths.append(str(tmp_path / f"{number}.png"))
        Image.new("RGB", (10 * number, 30), "red").save(paths[-1])
    return paths


def backend(server, part="captions", **settings):
    return ServedVLM(server.url, "some-vlm", part, **{"backoff": 0.001, **settings})


def pipeline(server, pipes=PIPES, cache=None, **settings):
    nlp = spacy.blank("en")
    for name in pipes:
        served = {
            "@misc": "spacy_ita.ServedVLM.v1",
            "url": server.url,
            "model": "some-vlm",
            "part": PIPES[name],
            "backoff": 0.001,
            **settings,
        }
        config = {"backend": served}
        if cache:
            config["cache"] = {"@misc": "spacy_ita.AlignmentCache.v1", "path": str(cache)}
        nlp.add_pipe(name, config=config)
    return nlp


def documents(nlp, paths):
    docs = []
    for number, path in enumerate(paths):
        docs.append(nlp.make_doc(f"tweet {number}"))
        docs[-1]._.image_path = path
    return docs


def seen(body):
    """The picture in a request."""
    [_, image] = body["messages"][0]["content"]
    kind, data = image["image_url"]["url"].split(",")
    assert kind == "data:image/jpeg;base64"
    return Image.open(io.BytesIO(base64.b64decode(data)))


def width_as_caption(number, body):
    """Early pictures are answered last."""
    width = seen(body).width
    time.sleep((70 - width) / 1000)
    return 200, {}, completion({**SIGHT, "captions": [f"width {width}"]})


def test_four_pipes_make_one_request_a_picture_and_one_a_tweet(server, files):
    nlp = pipeline(server)
    docs = list(nlp.pipe(documents(nlp, files)))
    assert docs[0]._.image_objects == [
        {"label": "stage", "attribute": "bright", "score": 1.0, "box": []},
        {"label": "man", "attribute": "", "score": 1.0, "box": []},
    ]
    # spaces, doubles and what is empty are gone
    texts = [caption["text"] for caption in docs[5]._.image_captions]
    assert texts == ["Coldplay on a stage in London", "a band plays"]
    assert docs[3]._.image_ocr == [{"text": "LONDON 2016", "score": 1.0, "box": []}]
    assert docs[4]._.image_knowledge == [{"text": "Coldplay is a band."}]
    prompts = [body["messages"][0]["content"][0]["text"] for body in server.requests]
    assert len(prompts) == 12
    tweets = [prompt for prompt in prompts if "tweet " in prompt.lower() and '"tweet' in prompt]
    assert sorted(prompt[-9:] for prompt in tweets) == [f'"tweet {n}"' for n in range(6)]
    assert not any('"tweet' in prompt for prompt in prompts if prompt not in tweets)


def test_the_config_of_the_documentation(server, files, tmp_path):
    page = Path(__file__).parents[2] / "docs" / "engines.md"
    configs = re.findall(r"```cfg\n(.*?)```", page.read_text(encoding="utf8"), re.S)
    [config] = (config for config in configs if "ServedVLM" in config)
    (tmp_path / "served.cfg").write_text(config)
    nlp = load_aligners(str(tmp_path / "served.cfg"), {"vars.url": server.url})
    [doc] = nlp.pipe(documents(nlp, files[:1]))
    assert all(doc._.get(name) for name in PIPES) and nlp.pipe_names == [*PIPES]
    assert len(server.requests) == 2


def test_usage_counts_what_all_parts_cost(server, files):
    parts = [backend(server, part) for part in ("objects", "captions", "ocr")]
    for part in parts:
        part([Picture(path) for path in files])
    assert parts[0].usage == client.Usage(requests=6, prompt_tokens=600, completion_tokens=120)
    assert parts[2].usage == parts[0].usage
    # other settings are another answer
    other = backend(server, max_side=8)
    other([Picture(files[0])])
    assert other.usage.requests == 1 and len(server.requests) == 7


@pytest.mark.parametrize(
    ("usage", "completion_tokens"),
    [
        ({"prompt_tokens": 100, "completion_tokens": None}, 0),
        ({"prompt_tokens": 100, "completion_tokens": 5, "cost": "free"}, 5),
        ({"prompt_tokens": 100}, 0),
    ],
)
def test_a_good_answer_with_an_odd_bill(server, files, usage, completion_tokens):
    server.behave = lambda *_: (200, {}, {**completion(SIGHT), "usage": usage})
    engine = backend(server)
    assert engine([Picture(files[0])])[0][1]["text"] == "a band plays"
    assert engine.usage == client.Usage(1, 100, completion_tokens)


def test_a_bill_that_can_not_be_read_costs_no_answer(server, files):
    server.behave = lambda *_: (200, {}, {**completion(SIGHT), "usage": "none of yours"})
    engine = backend(server)
    assert engine([Picture(files[0])])[0][1]["text"] == "a band plays"
    assert engine.usage == client.Usage(1)


@pytest.mark.parametrize(
    "answer",
    [
        {"choices": [{"message": {"content": None}, "finish_reason": "length"}]},
        {"choices": [{"message": {"content": None, "refusal": "I can't"}}]},
        {"choices": []},
    ],
)
def test_usage_counts_answers_that_are_of_no_use(server, files, answer):
    server.behave = lambda *_: (200, {}, {**completion(SIGHT), **answer})
    engine = backend(server)
    with pytest.raises(client.NoAnswerError):
        engine([Picture(files[0])])
    assert engine.usage == client.Usage(1, 100, 20)


def test_a_form_that_reads_no_text_is_asked_for_once(server, files):
    engine = backend(server)
    assert len(engine([Picture(files[0], "one tweet")])) == 1
    assert len(engine([Picture(files[0], "another")])) == 1
    assert len(server.requests) == 1


def test_what_is_sent(server, tmp_path):
    Image.new("RGB", (400, 100), "blue").save(tmp_path / "a.png")
    backend(server, max_side=64, parameters={"seed": 3})([Picture(str(tmp_path / "a.png"))])
    [body] = server.requests
    assert seen(body).size == (64, 16)
    assert body["model"] == "some-vlm" and body["seed"] == 3 and "temperature" not in body
    schema = body["response_format"]["json_schema"]
    assert body["response_format"]["type"] == "json_schema" and schema["strict"]
    assert schema["schema"]["additionalProperties"] is False
    assert schema["schema"]["required"] == ["captions", "tags", "lettering"]


def test_order_is_kept_and_concurrency_never_exceeded(server, files):
    server.behave = width_as_caption
    for concurrency in (1, 3):
        server.most_busy = 0
        engine = backend(server, concurrency=concurrency)
        found = engine([Picture(path) for path in files])
        assert [one[0]["text"] for one in found] == [f"width {10 * n}" for n in range(1, 7)]
        assert server.most_busy <= concurrency


def test_parts_at_once_share_the_limit(server, files):
    server.behave = lambda number, body: (time.sleep(0.05), answer_well(number, body))[1]
    parts = [backend(server, part, concurrency=2) for part in ("captions", "knowledge")]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda part: part([Picture(path) for path in files]), parts))
    assert server.most_busy == 2 and len(server.requests) == 12


def test_the_store_is_bounded(server, files, monkeypatch):
    monkeypatch.setattr(answers, "KEPT", 2)
    engine = backend(server)
    for path in files:
        engine([Picture(path)])
    engine([Picture(files[-1])])
    assert len(server.requests) == 6
    engine([Picture(files[0])])
    assert len(server.requests) == 7


def test_the_cache_answers_without_a_server(files, tmp_path):
    with serving() as server:
        nlp = pipeline(server, cache=tmp_path / "cache.db")
        expected = [doc._.image_knowledge for doc in nlp.pipe(documents(nlp, files))]
    answers._SHARED.clear()
    # of the same model, wherever it is served
    server.url = "http://127.0.0.1:9/v1"
    again = pipeline(server, cache=tmp_path / "cache.db")
    found = list(again.pipe(documents(again, files)))
    assert [doc._.image_knowledge for doc in found] == expected
    assert found[0]._.image_objects[0]["label"] == "stage"


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
    [("7", 7), ("nan", 0), ("-1", 0), ("soon", 0), ("", 0), ("inf", 60), ("86400", 60)],
)
def test_retry_after_is_bounded(asked, seconds):
    assert client._wait(asked) == seconds


def cut_short(number, body):
    return 200, {"Content-Length": "5000"}, completion(SIGHT)


def silent(number, body):
    time.sleep(3.0)
    return answer_well(number, body)


def drip(start=b""):
    """A byte now and then: never silent for long."""
    yield start
    for _ in range(50):
        time.sleep(0.2)
        yield b" "


FAULTS = {
    "silent": (silent, "no whole answer in 2 seconds", 2),
    "dripping": (lambda *_: (200, {}, drip()), "no whole answer in 2 seconds", 2),
    "dripping before its body": (
        lambda *_: (0, {}, drip(b"HTTP/1.1 200 OK\r\nX: ")),
        "no whole answer in 2 seconds",
        2,
    ),
    "dripping an error": (lambda *_: (401, {}, drip()), "no whole answer in 2 seconds", 2),
    "endless": (lambda *_: (200, {}, repeat(b" " * 2**16)), "more than 8 MiB", 1),
    "endless error": (lambda *_: (400, {}, repeat(b" " * 2**16)), "answers 400", 1),
    "at fault": (lambda *_: (500, {}, b"out of memory"), "answers 500: 'out of memory'", 2),
    "busy": (lambda *_: (429, {}, b""), "answers 429", 2),
    "cut short": (cut_short, "no answer .*RemoteProtocolError", 2),
    "rubbish": (lambda *_: (200, {}, b"<html>"), "no chat completion but '<html>'", 1),
    "no choices": (lambda *_: (200, {}, {"choices": []}), "no chat completion", 1),
    "a refusal": (lambda *_: (200, {}, completion(None)), "all of it: Input should be an obj", 1),
    "no text": (
        lambda *_: (200, {}, {"choices": [{"message": {"content": None}}]}),
        "the answer has no text: ",
        1,
    ),
    "prose": (lambda *_: (200, {}, completion("A cat.")), "all of it: Invalid JSON", 1),
    "a field less": (lambda *_: (200, {}, completion({"captions": []})), "tags: Field req", 1),
    "another form": (
        lambda *_: (200, {}, completion({**SIGHT, "tags": [["a", "b"]]})),
        "tags.0: Input should be",
        1,
    ),
    "a field more": (lambda *_: (200, {}, completion({**SIGHT, "a": 1})), "a: Extra inputs", 1),
    "no room": (
        lambda *_: (200, {}, completion('{"capt', finish_reason="length")),
        "cut off: raise the limit of tokens",
        1,
    ),
    "refused": (lambda *_: (400, {}, b"too small"), "answers 400: 'too small'", 1),
    "packed": (
        lambda *_: (200, {"Content-Encoding": "gzip"}, b"no gzip"),
        r"packed \(gzip\), which wasn't asked for",
        1,
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_failing_picture_is_named_and_the_corpus_goes_on(server, files, fault):
    misbehave, message, requests = FAULTS[fault]
    server.behave = lambda number, body: (
        misbehave(number, body) if seen(body).width == 30 else answer_well(number, body)
    )
    # good answers are never late, also where the machine is busy
    timeout = 2.0 if "2 seconds" in message else 60.0
    nlp = pipeline(server, ["image_objects", "image_captions"], attempts=2, timeout=timeout)
    with pytest.warns(UserWarning, match=message) as caught:
        docs = list(nlp.pipe(documents(nlp, files)))
    assert len(caught) == 2
    assert all("'tweet 2'" in str(warning.message) for warning in caught)
    assert [doc._.image_captions is None for doc in docs] == [n == 2 for n in range(6)]
    assert [doc._.image_objects is None for doc in docs] == [n == 2 for n in range(6)]
    # neither for the other part nor alone is the picture asked about again
    assert len(server.requests) == 5 + requests


def test_a_failure_is_not_kept_for_ever(server, files, monkeypatch):
    monkeypatch.setattr(answers, "FAILURE_KEPT", 0.0)
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


@pytest.mark.parametrize("key", [None, " ", "sk-\nsecret", "sk-sécret"])
def test_a_key_that_is_missing_or_can_not_be_sent(server, files, monkeypatch, key):
    monkeypatch.delenv("API_KEY_OF_TEST", raising=False)
    if key is not None:
        monkeypatch.setenv("API_KEY_OF_TEST", key)
    with pytest.raises(BackendError, match="set the environment variable API_KEY_OF_TEST") as error:
        backend(server, api_key_env="API_KEY_OF_TEST")([Picture(files[0])])
    assert "cret" not in str(error.value) and not server.requests


def test_the_key_is_sent_and_found_nowhere(server, files, tmp_path, monkeypatch, caplog, capfd):
    monkeypatch.setenv("API_KEY_OF_TEST", f"{KEY}\n")

    def behave(number, body):
        if seen(body).width == 10:
            return 400, {}, f"Bearer {KEY} may not".encode()
        if seen(body).width == 20:
            return 200, {}, completion({**SIGHT, "captions": [f"a sign with {KEY}"]})
        return (500, {}, b"") if number == 3 else answer_well(number, body)

    server.behave = behave
    nlp = pipeline(server, cache=tmp_path / "cache.db", api_key_env="API_KEY_OF_TEST")
    with caplog.at_level(logging.DEBUG), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        docs = list(nlp.pipe(documents(nlp, files)))
    assert set(server.keys) == {f"Bearer {KEY}"}
    assert docs[0]._.image_captions is None and "may not" in str(caught[0].message)
    nlp.to_disk(tmp_path / "model")
    engine = nlp.get_pipe("image_captions").backend
    said = [caplog.text, *capfd.readouterr(), *(str(warning.message) for warning in caught)]
    said += [nlp.config.to_str(), repr(vars(engine)), json.dumps(engine.identity)]
    said += [repr(engine), repr(vars(nlp.get_pipe("image_captions")))]
    said += [json.dumps([doc._.image_captions for doc in docs])]
    stored = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    stored += [nlp.to_bytes(), pickle.dumps(engine), *(text.encode() for text in said)]
    assert len(stored) > 15 and not any(KEY.encode() in data for data in stored)


@pytest.mark.parametrize("key", ["a", "1", "test", '"'])
def test_a_key_that_is_no_secret_changes_no_answer(server, files, monkeypatch, key):
    monkeypatch.setenv("API_KEY_OF_TEST", key)
    captions = ["a test of 1 band", "a band plays"]
    server.behave = lambda *_: (200, {}, completion({**SIGHT, "captions": captions}))
    [found] = backend(server, api_key_env="API_KEY_OF_TEST")([Picture(files[0])])
    assert [item["text"] for item in found] == captions
    assert server.keys == [f"Bearer {key}"]


@pytest.mark.parametrize("status", [200, 400, 500])
def test_a_short_key_is_kept_out_of_errors(server, files, monkeypatch, status):
    monkeypatch.setenv("API_KEY_OF_TEST", "s3cret")
    server.behave = lambda *_: (status, {}, b"Bearer s3cret is wrong")
    with pytest.raises(client.NoAnswerError, match="Bearer … is wrong"):
        backend(server, api_key_env="API_KEY_OF_TEST", attempts=1)([Picture(files[0])])


def test_a_saved_pipeline_and_processes(server, files, tmp_path):
    nlp = pipeline(server, ["image_captions"])
    list(nlp.pipe(documents(nlp, files[:1])))
    nlp.to_disk(tmp_path / "model")
    loaded = spacy.load(tmp_path / "model")
    server.behave = width_as_caption
    # pictures that this process has no answer for
    docs = list(loaded.pipe(documents(loaded, files[1:]), n_process=2, batch_size=2))
    texts = [doc._.image_captions[0]["text"] for doc in docs]
    assert texts == [f"width {10 * n}" for n in range(2, 7)]


def test_identity_is_that_of_the_model_and_its_settings():
    def identity(url="http://a/v1", model="m", part="ocr", **settings):
        return ServedVLM(url, model, part, **settings).identity

    same = {"url": "https://b/v1", "api_key_env": "KEY", "timeout": 1, "attempts": 1}
    assert identity(**same, backoff=1, concurrency=9) == identity()
    for other in ({"model": "n"}, {"part": "captions"}, {"max_side": 9}, {"parameters": {"a": 1}}):
        assert identity(**other) != identity()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"part": "boxes"}, "part must be one of objects, captions, ocr, knowledge"),
        ({"url": "localhost:8000"}, "url must be as http"),
        ({"url": f"http://me:{KEY}@host/v1"}, "without a user or password"),
        ({"api_key_env": KEY}, "the name of an environment variable, not the key"),
        ({"max_side": 0}, "max_side, attempts and concurrency must be at least 1"),
        ({"attempts": 0}, "at least 1"),
        ({"concurrency": 0}, "at least 1"),
    ],
)
def test_wrong_settings(settings, message):
    with pytest.raises(ValueError, match=message) as error:
        ServedVLM(**{"url": "http://a/v1", "model": "m", "part": "ocr", **settings})
    assert KEY not in str(error.value)


def test_without_the_packages_the_message_names_the_extra(server, files, monkeypatch):
    def refuse(name):
        raise ImportError("No module named 'tenacity'")

    monkeypatch.setattr(extras, "import_module", refuse)
    with pytest.raises(BackendError, match=r"pip install 'spacy_ita\[served\]'"):
        backend(server)([Picture(files[0])])
