"""A chat server on this machine, and pictures to ask it about."""

import pytest
from chat_server import serving
from PIL import Image


@pytest.fixture
def server():
    with serving() as running:
        yield running


@pytest.fixture
def files(tmp_path):
    """Six pictures; the width of each is ten times its number."""
    paths = []
    for number in range(1, 7):
        paths.append(str(tmp_path / f"{number}.png"))
        Image.new("RGB", (10 * number, 30), "red").save(paths[-1])
    return paths
