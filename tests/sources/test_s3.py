"""Pictures in an S3 store, which moto plays on the loopback."""

import io
import zipfile

import fsspec
import pytest
from picture_bytes import picture_bytes

from spacy_ita.sources import PictureError, read_source

RED = picture_bytes()


@pytest.fixture(scope="module")
def bucket():
    """A bucket with a picture and an archive of one."""
    server = pytest.importorskip("moto.server")
    served = server.ThreadedMotoServer("127.0.0.1", port=0)
    served.start()
    _, port = served.get_host_and_port()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("b.png", RED)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_DEFAULT_REGION": "us-east-1",
        }.items():
            patch.setenv(name, value)
        store = fsspec.filesystem("s3")
        store.mkdir("pictures")
        store.pipe_file("pictures/a.png", RED)
        store.pipe_file("pictures/all.zip", packed.getvalue())
        yield "s3://pictures"
    served.stop()


@pytest.mark.slow
def test_pictures_in_a_bucket(bucket):
    assert read_source(f"{bucket}/a.png") == RED
    assert read_source(f"zip://b.png::{bucket}/all.zip") == RED
    with pytest.raises(PictureError, match="none.png") as caught:
        read_source(f"{bucket}/none.png")
    assert caught.value.kind == "missing"
    with pytest.raises(PictureError):
        read_source("s3://no-such-bucket/a.png")
