"""The headline example on the pages is what the packaged pipeline printed."""

import json
from importlib.util import find_spec

import pytest
import spacy

from scripts.demo import headline


def test_the_pages_show_the_generated_example():
    shown = json.loads(headline.FILE.read_text(encoding="utf8"))
    assert (shown["text"], shown["picture"]) == (headline.TEXT, headline.PICTURE)
    for path in headline.PAGES:
        page = path.read_text(encoding="utf8")
        assert headline.BLOCK.search(page), path
        assert headline.filled(page, shown) == page, path


def test_a_block_takes_the_example():
    shown = json.loads(headline.FILE.read_text(encoding="utf8"))
    page = "a\n<!-- headline: text -->\n```\nold\n```\nb\n```\nkept\n```\n"
    filled = headline.filled(page, shown)
    assert filled.startswith(f"a\n<!-- headline: text -->\n```\n{shown['text']}\n")
    assert "old" not in filled and filled.endswith("```\nb\n```\nkept\n```\n")


@pytest.mark.slow
@pytest.mark.skipif(find_spec("en_ita") is None, reason="needs `make demo`")
def test_the_packaged_pipeline_finds_what_the_example_says():
    found = headline.read(spacy.load("en_ita"))
    shown = json.loads(headline.FILE.read_text(encoding="utf8"))
    assert headline.labels(found) == headline.labels(shown)
