"""The key of a server is sent, and appears nowhere else."""

import json
import logging
import pickle
import warnings

import pytest
from chat_server import SIGHT, answer_well, completion
from clients import KEY, backend, documents, pipeline, seen

from spacy_ita.alignment.language_models import client
from spacy_ita.alignment.picture import Picture
from spacy_ita.errors import BackendError


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


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize(
    "escape",
    [
        lambda key: json.dumps(key)[1:-1].replace("/", r"\/"),
        lambda key: "".join(f"\\u{ord(character):04X}" for character in key),
    ],
    ids=["slash", "unicode"],
)
def test_a_key_that_the_server_escapes_is_kept_out(server, files, monkeypatch, escape, status):
    key = "sk/proj/a+b=very/long/secret"
    monkeypatch.setenv("API_KEY_OF_TEST", key)
    sight = json.dumps({**SIGHT, "captions": ["a sign with KEY"]}).replace("KEY", escape(key))
    answer = {"choices": [{"message": {"content": sight}}]}
    body = json.dumps(answer).encode() if status == 200 else f'"{escape(key)} is bad"'.encode()
    server.behave = lambda *_: (status, {}, body)
    engine = backend(server, api_key_env="API_KEY_OF_TEST", attempts=1)
    if status == 200:
        [[caption]] = engine([Picture(files[0])])
        assert caption["text"] == "a sign with …"
    else:
        with pytest.raises(client.NoAnswerError, match="… is bad"):
            engine([Picture(files[0])])


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
