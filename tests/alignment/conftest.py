"""Rendered pictures, and folders of tiny vision models."""

import pytest
from captioners import blip, blip_2, blip_2_t5, git, vit_bert, vit_gpt2  # noqa: F401 - fixtures
from detectors import detr, rt_detr, yolos  # noqa: F401 - fixtures
from PIL import Image, ImageDraw, ImageFont
from zero_shot import clip, grounding_dino, owlv2, siglip  # noqa: F401 - fixtures

import spacy_ita.alignment.factories  # noqa: F401 - registers the pipes


@pytest.fixture
def draw(tmp_path):
    """A function that draws a coloured rectangle with text, and returns the picture's path."""

    def draw(name="a.png", text="", size=(160, 120), ground="white", ink="black", **options):
        image = Image.new("RGB", size, ground)
        pen = ImageDraw.Draw(image)
        pen.rectangle((size[0] // 2, size[1] // 2, size[0] - 5, size[1] - 5), fill="red")
        pen.text((20, 10), text, fill=ink, font=ImageFont.load_default(size=40))
        path = tmp_path / name
        image.save(path, **options)
        return str(path)

    return draw


@pytest.fixture
def pictures(draw):
    """Paths of six pictures that differ in size and content."""
    colours = ("white", "blue", "green", "black", "orange", "purple")
    return [
        draw(f"{colour}.png", ground=colour, size=(160 + 40 * (index % 3), 120))
        for index, colour in enumerate(colours)
    ]


CAPTIONERS = ["blip"]
SLOW_CAPTIONERS = ["blip_2", "blip_2_t5", "git", "vit_bert", "vit_gpt2"]


@pytest.fixture(
    params=CAPTIONERS + [pytest.param(name, marks=pytest.mark.slow) for name in SLOW_CAPTIONERS]
)
def captioner_folder(request):
    return request.getfixturevalue(request.param)


@pytest.fixture(params=["yolos", "detr", pytest.param("rt_detr", marks=pytest.mark.slow)])
def detector_folder(request):
    return request.getfixturevalue(request.param)
