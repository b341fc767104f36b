"""The inspected pictures in assets/: two of scikit-image's photos and a scene of the demo.

    python scripts/inspected_pictures.py

Needs `make demo`'s models and pictures, scikit-image, and the extra `rapidocr`.
"""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import spacy
from PIL import Image, ImageDraw, ImageFont
from skimage import data
from spacy.language import Language

from spacy_ita.alignment.inspect import inspect

ASSETS = Path("assets")
FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf"
OCR = {
    "@misc": "spacy_ita.Tesseract.v1",
    "inks": ["any", "light", "dark"],
    "min_confidence": 80.0,
}


def lettered(photo: Any, top: str, bottom: str, path: Path) -> str:
    """Draw two lines on a photo, as on a meme, and save it as `path`."""
    image = Image.fromarray(photo)
    pen = ImageDraw.Draw(image)
    font = ImageFont.truetype(FONT, image.width // 13)
    middle = image.width // 2
    outline: dict[str, Any] = {"stroke_width": 3, "stroke_fill": "black"}
    pen.text((middle, 10), top, "white", font, anchor="ma", **outline)
    pen.text((middle, image.height - 10), bottom, "white", font, anchor="md", **outline)
    image.save(path)
    return str(path)


def scene() -> Language:
    """Load the demo's pipes."""
    nlp = spacy.blank("en")
    detector = {"@misc": "spacy_ita.HFDetector.v2", "name": "assets/detector", "threshold": 0.5}
    captioner = {
        "@misc": "spacy_ita.HFCaptioner.v2",
        "name": "assets/captioner",
        "num_return_sequences": 3,
    }
    nlp.add_pipe("image_objects", config={"backend": detector})
    nlp.add_pipe("image_captions", config={"backend": captioner})
    nlp.add_pipe("image_ocr")
    return nlp


def draw(nlp: Language, text: str, picture: str, name: str) -> None:
    """Align the picture and write it, inspected, to assets/."""
    doc = nlp.make_doc(text)
    doc._.image_path = picture
    inspect(nlp(doc)).save(ASSETS / f"inspected_{name}.jpg", quality=80, optimize=True)


def main() -> None:
    tesseract, rapidocr = spacy.blank("en"), spacy.blank("en")
    tesseract.add_pipe("image_ocr", config={"backend": OCR})
    rapidocr.add_pipe("image_ocr", config={"backend": {"@misc": "spacy_ita.RapidOCR.v1"}})
    with TemporaryDirectory() as folder:
        path = Path(folder)
        coffee = lettered(data.coffee(), "MONDAY IN SEATTLE", "thanks Starbucks", path / "c.png")
        draw(tesseract, "Seattle needs this today", coffee, "coffee")
        rocket = lettered(data.rocket(), "GO FALCON 9", "Vandenberg, California", path / "r.png")
        draw(rapidocr, "and there goes SpaceX again", rocket, "rocket")
    draw(scene(), "what a night at the Garden", "corpus/demo/images/test_0035.jpg", "scene")


if __name__ == "__main__":
    main()
