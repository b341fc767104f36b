"""What a bucket of a store holds, and what is read from it."""

import io
import zipfile

import fsspec
import pytest
from picture_bytes import picture_bytes

from spacy_ita.sources import PictureError, read_source

RED = picture_bytes()


def fill(scheme):
    """Put a picture, and an archive of one, into a bucket."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("b.png", RED)
    store = fsspec.filesystem(scheme)
    store.pipe_file("pictures/a.png", RED)
    store.pipe_file("pictures/all.zip", packed.getvalue())


def check(bucket):
    """Read what `fill` wrote, and what isn't there."""
    assert read_source(f"{bucket}/a.png") == RED
    assert read_source(f"zip://b.png::{bucket}/all.zip") == RED
    with pytest.raises(PictureError, match="none.png") as caught:
        read_source(f"{bucket}/none.png")
    assert caught.value.kind == "missing"
