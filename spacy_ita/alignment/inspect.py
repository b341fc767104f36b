"""Drawings of pictures with their alignments."""

import textwrap
from collections.abc import Sequence
from itertools import cycle

from PIL import Image, ImageDraw, ImageFont
from spacy.tokens import Doc

from ..extensions import Attributes
from ..extensions.alignments import Box, overlap, tag_of
from ..extensions.normalisation import PICTURE
from .picture import Picture, PictureError

MIN_WIDTH, MAX_WIDTH = 800, 1600
"""Limits of a drawing's width in pixels, between which labels can be read."""
MAX_HEIGHT = 8000
"""Maximum height of the picture in pixels. Tall pictures are narrower than `MIN_WIDTH` and get a
white margin."""
LETTERS_A_LINE = 70
OUTSIDE = 100
"""Pixels beyond the picture's sides, where an outline is invisible."""
OBJECT_COLOURS = ("#d62728", "#1f77b4", "#2ca02c", "#9467bd", "#8c564b", "#e377c2")
OCR_COLOUR = "#ffd21f"

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def inspect(doc: Doc, attrs: Attributes | None = None, allow_http: bool = False) -> Image.Image:
    """Draw a document's alignments on its pictures, one below the other.

    Objects have boxes in one colour per label, with tag and score. OCR text has yellow boxes, with
    the text and its score. A band beneath the pictures holds the document's text and entities, the
    captions, the best first, and whatever has no box.

    Args:
        doc: The aligned document.
        attrs: Names of the extensions; the defaults if None.
        allow_http: Whether to fetch pictures from the web.

    Returns:
        The drawing in RGB.

    Raises:
        PictureError: If no picture can be read.
    """
    attrs = attrs or Attributes()
    drawing, broken = draw_pictures(doc, attrs, allow_http)
    boxes = _boxes(doc, attrs)
    unplaced = [f"{label} {score:.2f}" for label, score, box, _, _ in boxes if not box]
    captions = [f"{c['score']:.2f}  {c['text']}" for c in doc._.get(attrs.image_captions) or []]
    entities = [f"{ent.text} [{ent.label_}]" for ent in doc.ents]
    band = [doc.text, "  ".join(entities), *captions, ", ".join(unplaced), *map(str, broken)]
    return _above_band(drawing, [line for line in band if line.strip()], _font(drawing))


def draw_pictures(
    doc: Doc, attrs: Attributes, allow_http: bool = False
) -> tuple[Image.Image, list[PictureError]]:
    """Draw a document's pictures with the boxes of its alignments, one below the other.

    Args:
        doc: The aligned document.
        attrs: Names of the extensions.
        allow_http: Whether to fetch pictures from the web.

    Returns:
        The drawing in RGB, and the errors of pictures that can't be read.

    Raises:
        PictureError: If no picture can be read.
    """
    boxes = _boxes(doc, attrs)
    drawn, broken = [], []
    for number, path in enumerate(doc._.get(attrs.image_paths) or [""]):
        try:
            image = Picture(path, allow_http=allow_http).image
        except PictureError as error:
            broken.append(error)
            continue
        own = [box for box in boxes if box[2] and box[3] == number]
        drawn.append(_with_boxes(image, own))
    if not drawn:
        raise broken[0]
    return _stacked(drawn), broken


LabelledBox = tuple[str, float, Box, int, str]
"""Label, score, box, number of the picture and colour."""


def _boxes(doc: Doc, attrs: Attributes) -> list[LabelledBox]:
    """List a document's objects and OCR text; the box is empty if there is none."""
    objects = doc._.get(attrs.image_objects) or []
    tags = dict.fromkeys(map(tag_of, objects))
    colours = dict(zip(tags, cycle(OBJECT_COLOURS), strict=False))
    return [
        *(
            (tag_of(item), item["score"], item["box"], item.get(PICTURE, 0), colours[tag_of(item)])
            for item in objects
        ),
        *(
            (f"“{line['text']}”", line["score"], line["box"], line.get(PICTURE, 0), OCR_COLOUR)
            for line in doc._.get(attrs.image_ocr) or []
        ),
    ]


def _with_boxes(image: Image.Image, boxes: Sequence[LabelledBox]) -> Image.Image:
    """Scale a picture to the width of a drawing, and draw boxes with labels on it."""
    width = min(max(image.width, MIN_WIDTH), MAX_WIDTH)
    scale = min(width / image.width, MAX_HEIGHT / image.height)
    image = _scaled(image, scale)
    font = _font(image)
    pen = ImageDraw.Draw(image)
    placed = [
        (f"{label} {score:.2f}", _drawable(box, scale, image.size), colour)
        for label, score, box, _, colour in boxes
    ]
    for _, box, colour in placed:
        pen.rectangle(box, outline=colour, width=max(image.width // 270, 2))
    labels: list[Box] = []
    for label, box, colour in placed:
        ink = "black" if colour == OCR_COLOUR else "white"
        labels.append(_label(image, label, box, colour, ink, font, labels))
    return image


def _stacked(images: Sequence[Image.Image]) -> Image.Image:
    """Put pictures below each other, on white."""
    if len(images) == 1:
        return images[0]
    size = (max(image.width for image in images), sum(image.height for image in images))
    whole = Image.new("RGB", size, "white")
    top = 0
    for image in images:
        whole.paste(image, (0, top))
        top += image.height
    return whole


def _font(image: Image.Image) -> Font:
    return ImageFont.load_default(size=image.width * 1.6 / LETTERS_A_LINE)


def _scaled(image: Image.Image, scale: float) -> Image.Image:
    width, height = (max(round(side * scale), 1) for side in image.size)
    whole = Image.new("RGB", (max(width, MIN_WIDTH), height), "white")
    whole.paste(image.resize((width, height)))
    return whole


def _drawable(box: Box, scale: float, size: tuple[int, int]) -> Box:
    """Scale a box to the drawing, order its sides and cut it to the surroundings of the picture.

    Recorded boxes may have sides in any order and anywhere; lines far outside take seconds to draw.
    """
    (left, right), (top, bottom) = (
        sorted(min(max(place * scale, -OUTSIDE), side + OUTSIDE) for place in places)
        for places, side in zip((box[::2], box[1::2]), size, strict=True)
    )
    return [left, top, right, bottom]


def _label(
    image: Image.Image,
    label: str,
    box: Box,
    colour: str,
    ink: str,
    font: Font,
    labels: Sequence[Box],
) -> Box:
    """Draw a label on the upper side of a box, moved down below any label in its place.

    Returns:
        The box of the label itself.
    """
    pen = ImageDraw.Draw(image)
    _, _, width, height = pen.textbbox((0, 0), label, font, anchor="lt")
    pad = height // 4
    left = max(min(box[0], image.width - width - 2 * pad), 0)
    top = max(box[1] - height - 2 * pad, 0)
    place = [left, top, left + width + 2 * pad, top + height + 2 * pad]
    while place[1] < image.height and (
        below := [other[3] - place[1] for other in labels if overlap(place, other)]
    ):
        place = [left, place[1] + max(below), place[2], place[3] + max(below)]
    pen.rectangle(place, fill=colour)
    pen.text((left + pad, place[1] + pad), label, ink, font, anchor="lt")
    return place


def _above_band(
    image: Image.Image,
    paragraphs: Sequence[str],
    font: Font,
) -> Image.Image:
    if not paragraphs:
        return image
    text = "\n".join(
        textwrap.fill(line, LETTERS_A_LINE, subsequent_indent="    ") for line in paragraphs
    )
    margin = image.width // 50
    _, _, _, bottom = ImageDraw.Draw(image).multiline_textbbox(
        (0, 0), text, font, spacing=margin / 2
    )
    whole = Image.new("RGB", (image.width, round(image.height + bottom + 2 * margin)), "white")
    whole.paste(image)
    pen = ImageDraw.Draw(whole)
    pen.multiline_text((margin, image.height + margin), text, "black", font, spacing=margin / 2)
    return whole
