"""A contact sheet of rendered scenes."""

from PIL import Image

from .drawing import HEIGHT, WIDTH
from .scenes import render

SHOWN = (
    ("stage", ""),
    ("interview", ""),
    ("stadium", ""),
    ("match", ""),
    ("skyline", ""),
    ("beach", ""),
    ("street", ""),
    ("cinema", ""),
    ("gadget", ""),
    ("pet", ""),
    ("poster", "VELORA LIVE TONIGHT ON STAGE"),
    ("signboard", "WELCOME TO VELORA"),
)


def contact_sheet(seed: int, columns: int = 4, gap: int = 6) -> Image.Image:
    """Render one picture of each of twelve kinds of scene, in a grid."""
    rows = -(-len(SHOWN) // columns)
    size = (columns * (WIDTH + gap) + gap, rows * (HEIGHT + gap) + gap)
    sheet = Image.new("RGB", size, "white")
    for index, (kind, text) in enumerate(SHOWN):
        place = (gap + index % columns * (WIDTH + gap), gap + index // columns * (HEIGHT + gap))
        sheet.paste(render(kind, f"sheet/{seed}", text).image, place)
    return sheet
