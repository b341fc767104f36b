"""Entry points that spaCy loads in every process import no model library."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = {
    *("torch", "transformers", "spacy_transformers", "huggingface_hub", "tokenizers"),
    *("pytesseract", "pandas", "scipy", "sklearn", "matplotlib", "pyarrow", "datasets", "ray"),
    *("torchcrf", "rapidocr", "tesserocr", "onnxruntime", "fastapi", "uvicorn", "gradio"),
}
# spaCy loads all loggers when it looks for its own, which has an older name
ALWAYS_LOADED = ("spacy_factories", "spacy_loggers", "spacy_cli", "spacy_displacy_colors")
ENTRY_POINTS = [
    entry for entry in distribution("spacy_ita").entry_points if entry.group in ALWAYS_LOADED
]
LOAD = """
import sys

for name in sys.argv[1].split():
    sys.modules[name] = None  # whoever imports it gets an ImportError, which Thinc takes

from importlib.metadata import distribution

import spacy.cli

for entry in distribution("spacy_ita").entry_points:
    if entry.group in sys.argv[2:]:
        entry.load()
"""


def file_of(module: str) -> Path | None:
    """Return the file of a module of the package, or None if there is no such module."""
    path = ROOT / module.replace(".", "/")
    found = [path / "__init__.py", path.with_suffix(".py")]
    return next((file for file in found if file.is_file()), None)


def statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield what runs on import: no bodies of functions, nothing for type checkers alone."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        yield node
        for field in ("body", "orelse", "finalbody"):
            yield from statements(getattr(node, field, []))


def imports(module: str) -> Iterator[str]:
    """Return the dotted names that a module of the package imports, including parents."""
    file = file_of(module)
    assert file, module
    parts = module.split(".")
    yield from (".".join(parts[:end]) for end in range(1, len(parts)))
    package = parts if file.name == "__init__.py" else parts[:-1]
    for node in statements(ast.parse(file.read_text(encoding="utf8")).body):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) + 1 - node.level] if node.level else []
            source = ".".join([*base, *([node.module] if node.module else [])])
            yield source
            yield from (f"{source}.{alias.name}" for alias in node.names)


def heavy_imports(module: str) -> list[str]:
    """Return which modules import which model libraries when a module is imported."""
    found = []
    seen, waiting = {module}, [module]
    while waiting:
        importer = waiting.pop()
        for name in imports(importer):
            if name.split(".")[0] in HEAVY:
                found.append(f"{importer} imports {name}")
            if name.startswith("spacy_ita") and file_of(name) and name not in seen:
                seen.add(name)
                waiting.append(name)
    return found


@pytest.mark.parametrize("entry", ENTRY_POINTS, ids=lambda entry: entry.name)
def test_sources_import_no_model_library(entry):
    assert heavy_imports(entry.module) == []


def test_the_check_follows_imports():
    assert "spacy_ita.encoder.model imports transformers" in heavy_imports(
        "spacy_ita.ner.component"
    )


def test_spacy_transformers_is_imported_nowhere():
    sources = (ROOT / "spacy_ita").rglob("*.py")
    assert [path for path in sources if "import spacy_transformers" in path.read_text()] == []
    assert [path for path in sources if "from spacy_transformers" in path.read_text()] == []


@pytest.mark.slow
def test_they_load_without_the_model_libraries():
    command = [sys.executable, "-c", LOAD, " ".join(sorted(HEAVY)), *ALWAYS_LOADED]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
