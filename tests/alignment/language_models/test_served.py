"""A vision-language model behind a server on this machine."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import spacy
from chat_server import SIGHT, answer_well, completion, serving
from clients import KEY, PIPES, backend, documents, pipeline, seen
from PIL import Image

from spacy_ita.alignment.language_models import answer_store, client, shared_answers
from spacy_ita.alignment.language_models.served import ServedVLM
from spacy_ita.alignment.picture import Picture
from spacy_ita.pipeline.loading import load_aligners


def width_as_caption(number, body):
    """The server answers the first pictures last."""
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
    # without spaces, duplicates and empty entries
    texts = [caption["text"] for caption in docs[5]._.image_captions]
    assert texts == ["Coldplay on a stage in London", "a band plays"]
    assert docs[3]._.image_ocr == [{"text": "LONDON 2016", "score": 1.0, "box": []}]
    assert docs[4]._.image_knowledge == [{"text": "Coldplay is a band."}]
    prompts = [body["messages"][0]["content"][0]["text"] for body in server.requests]
    assert len(prompts) == 12
    tweets = [prompt for prompt in prompts if "tweet " in prompt.lower() and '"tweet' in prompt]
    assert sorted(prompt[-9:] for prompt in tweets) == [f'"tweet {n}"' for n in range(6)]
    assert not any('"tweet' in prompt for prompt in prompts if prompt not in tweets)


def test_the_published_config(server, files):
    config = Path(__file__).parents[3] / "configs" / "align_served.cfg"
    nlp = load_aligners(str(config), {"served.url": server.url})
    [doc] = nlp.pipe(documents(nlp, files[:1]))
    assert all(doc._.get(name) for name in PIPES) and nlp.pipe_names == [*PIPES]
    assert len(server.requests) == 2


def test_usage_counts_what_all_parts_cost(server, files):
    parts = [backend(server, part) for part in ("objects", "captions", "ocr")]
    for part in parts:
        part([Picture(path) for path in files])
    assert parts[0].usage == client.Usage(requests=6, prompt_tokens=600, completion_tokens=120)
    assert parts[2].usage == parts[0].usage
    # other settings give another answer
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


def test_an_unreadable_usage_costs_no_answer(server, files):
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


def test_a_refusal_makes_the_others_no_slower(server, files):
    def behave(number, body):
        if seen(body).width == 10:
            return 400, {}, b"not this one"
        time.sleep(0.05)
        return answer_well(number, body)

    server.behave = behave
    engine = backend(server, concurrency=4)
    with pytest.raises(client.NoAnswerError, match="not this one"):
        engine([Picture(file) for file in files])
    # what `answer` does afterwards
    assert all(engine([Picture(file)]) for file in files[1:])
    assert len(server.requests) == len(files)


def test_parts_at_once_share_the_limit(server, files):
    server.behave = lambda number, body: (time.sleep(0.05), answer_well(number, body))[1]
    parts = [backend(server, part, concurrency=2) for part in ("captions", "knowledge")]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda part: part([Picture(path) for path in files]), parts))
    assert server.most_busy == 2 and len(server.requests) == 12


def test_the_store_is_bounded(server, files, monkeypatch):
    monkeypatch.setattr(answer_store, "KEPT", 2)
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
    shared_answers._SHARED.clear()
    # from the same model, wherever it is served
    server.url = "http://127.0.0.1:9/v1"
    again = pipeline(server, cache=tmp_path / "cache.db")
    found = list(again.pipe(documents(again, files)))
    assert [doc._.image_knowledge for doc in found] == expected
    assert found[0]._.image_objects[0]["label"] == "stage"


def test_a_saved_pipeline_and_processes(server, files, tmp_path):
    nlp = pipeline(server, ["image_captions"])
    list(nlp.pipe(documents(nlp, files[:1])))
    nlp.to_disk(tmp_path / "model")
    loaded = spacy.load(tmp_path / "model")
    server.behave = width_as_caption
    # pictures that this process has no answer for yet
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
        ({"url": "localhost:8000"}, "url must look like http"),
        ({"url": "http://a:abc/v1"}, "url must look like http.*: Port could not"),
        ({"url": "http://a:99999/v1"}, "url must look like http.*: Port out of range"),
        ({"url": "http://a b/v1"}, "url can't have blanks"),
        ({"url": "http://a\u2028/v1"}, "url can't have blanks or control characters"),
        ({"timeout": 0}, "timeout must be above 0 and backoff at least 0, not 0 and 1.0"),
        ({"timeout": float("nan")}, "timeout must be above 0"),
        ({"backoff": -1}, "backoff at least 0"),
        ({"parameters": {"stop": {"a"}}}, "parameters can't be written as JSON: .* set"),
        ({"parameters": {"temperature": float("nan")}}, "parameters can't be written as JSON"),
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
