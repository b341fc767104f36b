"""The API reference is built from docstrings."""

import warnings
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_builds_without_warnings(tmp_path, monkeypatch):
    pdoc = pytest.importorskip("pdoc")
    monkeypatch.chdir(ROOT)
    # like `make docs`, but without the sources and the search index, which take longest
    pdoc.render.configure(
        docformat="google",
        template_directory=Path("scripts/reference"),
        search=False,
        show_source=False,
    )
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always", UserWarning)
        pdoc.pdoc("spacy_ita", output_directory=tmp_path)
    messages = [str(warning.message) for warning in warned]
    # Thinc's optimizer has annotations that it doesn't define
    assert [message for message in messages if " for thinc." not in message] == []
    page = (tmp_path / "spacy_ita" / "context.html").read_text(encoding="utf8")
    assert "white-space:pre-line" in page.replace(" ", "")
    assert "Alignments in the desired order" in page
