"""Pictures with words in known places."""

from PIL import Image, ImageDraw, ImageFont

from spacy_ita.alignment.picture import Picture

WORDS = [
    (40, 30, 60, "SUMMER FESTIVAL"),
    (60, 140, 40, "LONDON HYDE PARK"),
    (420, 260, 30, "Adele"),
    (60, 260, 30, "Coldplay live"),
    (60, 430, 30, "July 2017"),
]


def poster(path, words, size=(800, 500), ground="white", ink="black", **options):
    """A picture of words at (left, top, letter size), and the true box of each."""
    image = Image.new("RGB", size, ground)
    pen = ImageDraw.Draw(image)
    boxes = {}
    for left, top, letters, text in words:
        font = ImageFont.load_default(size=letters)
        pen.text((left, top), text, fill=ink, font=font)
        boxes[text] = list(pen.textbbox((left, top), text, font=font))
    image.save(path, **options)
    return Picture(str(path)), boxes
