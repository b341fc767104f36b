"""Pictures in stores of Google, Azure and Hugging Face, which servers on the loopback play.

`scripts/setup_dev.sh` installs the emulators; that of Azure needs Node.js.
"""

import json
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import fsspec
import pytest
from buckets import RED, check, fill
from picture_server import serving

from spacy_ita.sources import PictureError, read_source

AZURITE_KEY = (
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)
"""The emulator's own, which its documentation publishes."""


@pytest.fixture
def port():
    """A port that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


@pytest.mark.slow
def test_google(port, monkeypatch):
    # it looks for credentials of a real account
    monkeypatch.setenv("GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT", "false")
    pytest.importorskip("gcsfs")
    emulator = pytest.importorskip("gcp_storage_emulator.server")
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", f"http://127.0.0.1:{port}")
    with emulator.create_server("127.0.0.1", port, in_memory=True, default_bucket="pictures"):
        fill("gs")
        check("gs://pictures")


@contextmanager
def azurite(port):
    """Run the emulator of Azure's blobs."""
    program = Path(sys.executable).with_name("azurite-blob")
    if not program.exists():
        pytest.skip("no azurite-blob: scripts/setup_dev.sh installs it if there is Node.js")
    where = ("--blobHost", "127.0.0.1", "--blobPort", str(port))
    quiet = ("--inMemoryPersistence", "--disableTelemetry", "--silent", "--skipApiVersionCheck")
    with subprocess.Popen([program, *where, *quiet]) as process:
        while process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                time.sleep(0.1)
        yield
        process.terminate()


@pytest.mark.slow
def test_azure(port, monkeypatch):
    pytest.importorskip("adlfs")
    account = f"http://127.0.0.1:{port}/devstoreaccount1"
    connection = (
        f"DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey={AZURITE_KEY};"
        f"BlobEndpoint={account};"
    )
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", connection)
    with azurite(port):
        fsspec.filesystem("az").mkdir("pictures")
        fill("az")
        check("az://pictures")


def answer_as_the_hub(handler):
    """Answer as the hub does for a repository of one picture."""
    handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
    if "/resolve/" in handler.path:
        handler.send(200, RED)
        return
    picture = {"type": "file", "path": "a.png", "size": len(RED), "oid": "0" * 40}
    lists = "/tree/" in handler.path or "/paths-info/" in handler.path
    found = [picture] if lists else {"id": "owner/pictures", "sha": "0" * 40}
    handler.send(200, json.dumps(found).encode(), Content_Type="application/json")


def test_hugging_face(monkeypatch):
    from huggingface_hub import constants, utils

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    # those of other tests are offline
    utils.reset_sessions()
    with serving(answer_as_the_hub, "127.0.0.1") as server:
        endpoint = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setitem(fsspec.config.conf, "hf", {"endpoint": endpoint})
        assert read_source("hf://datasets/owner/pictures/a.png") == RED
        with pytest.raises(PictureError, match="none.png") as caught:
            read_source("hf://datasets/owner/pictures/none.png")
        assert caught.value.kind == "missing"
        assert any("/resolve/main/a.png" in path for path, _ in server.asked)
    utils.reset_sessions()
