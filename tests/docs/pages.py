"""The project's pages in Markdown, and the blocks of code in them."""

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted(ROOT.glob("docs/*.md"))]


class Block(NamedTuple):
    """A fenced block of code."""

    page: Path
    language: str
    code: str

    def __str__(self) -> str:
        return f"{self.page.name}: {self.code.strip().splitlines()[0][:50]}"


def text_of(page: Path) -> str:
    """Return the text of a page."""
    return page.read_text(encoding="utf8")


def blocks(*languages: str) -> list[Block]:
    """Return the blocks of these languages on all pages."""
    return [
        Block(page, language, code)
        for page in PAGES
        for language, code in re.findall(r"^ *```(\w+)\n(.*?)^ *```", text_of(page), re.M | re.S)
        if language in languages
    ]
