"""The report as one self-contained HTML file."""

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path

from jinja2 import Environment, PackageLoader
from spacy.tokens import Doc

from ..corpora.files.atomic import replacing
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
    """Write FOLDER/index.html, and the figures as PNG and SVG beside it.

    Args:
        results: File of the results.
        folder: The folder.
        docs: From the name of a data set to its measured documents, for a gallery.
        attrs: The names of the documents' extensions.

    Returns:
        The path of the page.

    Raises:
        ValueError: If there are no results, none on a data set of `docs`, or other documents were
            measured; also without matplotlib.
    """
    tables = summarise(read(results), results)
    if not tables:
        raise ValueError(f"{results} has no results: run the experiments first")
    if unknown := docs.keys() - {table.data for table in tables}:
        raise ValueError(f"{results} has no results on {', '.join(sorted(unknown))}")
    folder.mkdir(parents=True, exist_ok=True)
    sections = []
    for table in tables:
        measured = docs.get(table.data)
        shown = gallery(table, results, measured, attrs=attrs) if measured else None
        drawn = [
            (data_uri(figure.save(folder)), figure.caption, figure.name)
            for figure in figures(table, results)
        ]
        sections.append({"table": table, "figures": drawn, "gallery": shown})
    environment = Environment(loader=PackageLoader("spacy_ita", "report"), autoescape=True)
    environment.filters["percent"] = Spread.in_percent
    environment.filters["chance"] = chance
    page = folder / "index.html"
    template = environment.get_template("page.html.jinja")
    with replacing(page) as part:
        part.write_text(template.render(sections=sections), encoding="utf8")
    return page


def data_uri(svg: Path) -> str:
    """Embed a figure as an image, so that the ids of two figures don't clash."""
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.read_bytes()).decode()}"
