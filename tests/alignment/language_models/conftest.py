"""A chat server on this machine, and pictures to ask it about."""

import json

import pytest
from chat_families import (  # noqa: F401 - fixtures
    florence_2,
    gemma_3,
    internvl,
    qwen_2_5,
    qwen_3,
    smolvlm_2,
)
from chat_models import (  # noqa: F401 - fixtures
    ANSWERS,
    llava,
    smolvlm,
    trained_llava,
    trained_smolvlm,
)
from chat_server import serving
from PIL import Image

from spacy_ita.alignment.language_models import chat, chat_model


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


@pytest.fixture
def colours(tmp_path):
    """A red and a blue picture."""
    paths = [str(tmp_path / f"{colour}.png") for colour in ANSWERS]
    for path, colour in zip(paths, ANSWERS, strict=True):
        Image.new("RGB", (60, 40), colour).save(path)
    return paths


@pytest.fixture
def calls(monkeypatch):
    """How many pictures each call of a model reads."""
    sizes = []
    generate = chat_model.ChatModel._generate

    def counted(self, images, prompts, request):
        sizes.append(len(images))
        return generate(self, images, prompts, request)

    monkeypatch.setattr(chat_model.ChatModel, "_generate", counted)
    return sizes


@pytest.fixture
def eloquent(monkeypatch):
    """Lets every model give the right answer to a red picture; how many each call reads."""
    sizes = []

    def generate(self, images, prompts, request):
        sizes.append(len(images))
        return [chat_model.Written(json.dumps(ANSWERS["red"]), False) for _ in images]

    monkeypatch.setattr(chat_model.ChatModel, "_generate", generate)
    return sizes


@pytest.fixture(autouse=True)
def nothing_shared():
    """No model, and no answer, of another test."""
    chat._SHARED.clear()
