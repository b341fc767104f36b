"""The report: one HTML file that needs no other."""

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path

from jinja2 import Environment, PackageLoader
from spacy.tokens import Doc

from ..extensions import DEFAULTS, Attributes
from .figures import figures
from .gallery import gallery
from .results import read
from .significance import chance
from .summary import Spread, summarise


def write_report(
    results: Path,
    folder: Path,
    docs: Mapping[str, Sequence[Doc]],
    attrs: Attributes = DEFAULTS,
) -> Path:
    """Write FOLDER/index.html, and the figures as PNG and SVG beside it; returns its path.

    docs: the measured documents of the data sets that are to have a gallery. attrs: the names of
        their extensions.
    Raises ValueError where there are no results, for documents of a data set without any or other
    than those that were measured, and without matplotlib.
    """
    tables = summarise(read(results), results)
    if not tables:
        raise ValueError(f"{results} has no results: run the experiments first")
    if unknown := docs.keys() - {table.data for table in tables}:
        raise ValueError(f"{results} has no results on {', '.join(sorted(unknown))}")
    folder.mkdir(parents=True, exist_ok=True)
    sections = []
    for table in tables:
        drawn = [
            (data_uri(figure.save(folder)), figure.caption, figure.name)
            for figure in figures(table, results)
        ]
        measured = docs.get(table.data)
        shown = gallery(table, results, measured, attrs=attrs) if measured else None
        sections.append({"table": table, "figures": drawn, "gallery": shown})
    environment = Environment(loader=PackageLoader("spacy_ita", "report"), autoescape=True)
    environment.filters["percent"] = Spread.in_percent
    environment.filters["chance"] = chance
    page = folder / "index.html"
    template = environment.get_template("page.html.jinja")
    page.write_text(template.render(sections=sections), encoding="utf8")
    return page


def data_uri(svg: Path) -> str:
    """The figure for the page; as an image, so that two figures' names don't clash."""
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.read_bytes()).decode()}"
