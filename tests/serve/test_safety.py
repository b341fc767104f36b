"""What the server neither reads, keeps nor loads."""

import sys
import tempfile
import time
from pathlib import Path

import pytest
from refusals import refusal

TEXT = {"text": "i love paris"}
SECRETS = ("/etc/passwd", "file:///etc/passwd", "http://localhost:1/a.png", "../../etc/passwd")


@pytest.fixture(scope="module")
def audit():
    """What Python opens and connects to, by its audit events; the hook can't be removed."""
    seen = []

    def hook(event, args):
        if event in ("open", "socket.connect", "socket.getaddrinfo"):
            seen.append(repr(args))

    sys.addaudithook(hook)
    return seen


@pytest.mark.parametrize("secret", SECRETS)
def test_never_reads_what_a_client_names(client, png, secret, audit):
    audit.clear()
    refusal(client.post("/annotate", data=TEXT, files={"picture": (secret, b"no picture")}), 415)
    refusal(client.post("/annotate", data={**TEXT, "picture": secret}), 422)
    named = {"picture": (secret, png())}
    assert client.post("/annotate", data={"text": secret}, files=named).status_code == 200
    assert audit
    assert not [seen for seen in audit if "passwd" in seen or "a.png" in seen or "(1," in seen]
    assert not [seen for seen in audit if "'localhost'" in seen or "127.0.0.1" in seen]


@pytest.mark.slow
@pytest.mark.parametrize("secret", SECRETS)
def test_gradio_reads_nothing_either(client, secret):
    upload = {"files": ("a.png", b"bytes")}
    assert client.post("/gradio_api/upload", files=upload).status_code == 405
    data = {"data": [{"path": secret, "meta": {"_type": "gradio.FileData"}}], "fn_index": 0}
    for route in ("queue/join", "run/predict", "api/predict", "call/annotate"):
        response = client.post(f"/gradio_api/{route}", json={**data, "session_hash": "a"})
        assert response.status_code == 405
    for route in ("file=", "file/", "proxy=", "stream="):
        refusal(client.get(f"/gradio_api/{route}{secret}", follow_redirects=False), 404)


def test_uploads_leave_nothing(client, png, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert client.post("/annotate", data=TEXT, files={"picture": png()}).status_code == 200
    client.post("/annotate", data=TEXT, files={"picture": png()[:-30]})
    # the request of an earlier test may still be running
    end = time.monotonic() + 10
    while list(tmp_path.iterdir()) and time.monotonic() < end:
        time.sleep(0.1)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_page_needs_no_other_server(client):
    page = client.get("/")
    assert page.status_code == 200
    config = client.get("/config").json()
    assert all(not dependency["backend_fn"] for dependency in config["dependencies"])
    assert "fonts.googleapis" not in page.text


def test_assets_are_small():
    assets = Path("spacy_ita/serve/assets")
    assert all(path.stat().st_size < 100_000 for path in assets.iterdir())
