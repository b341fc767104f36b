"""Pictures in an S3 store, which moto plays on the loopback."""

import fsspec
import pytest
from buckets import check, fill

from spacy_ita.sources import PictureError, read_source


@pytest.fixture(scope="module")
def bucket():
    """A bucket with a picture and an archive of one."""
    server = pytest.importorskip("moto.server")
    served = server.ThreadedMotoServer("127.0.0.1", port=0)
    served.start()
    _, port = served.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_DEFAULT_REGION": "us-east-1",
        }.items():
            patch.setenv(name, value)
        fsspec.filesystem("s3").mkdir("pictures")
        fill("s3")
        yield "s3://pictures"
    served.stop()


@pytest.mark.slow
def test_pictures_in_a_bucket(bucket):
    check(bucket)
    with pytest.raises(PictureError):
        read_source("s3://no-such-bucket/a.png")
