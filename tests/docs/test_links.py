"""Every page can be found from the index, and every link and name on a page leads somewhere."""

import re
import unicodedata
from importlib.metadata import distribution

import pytest
from pages import PAGES, ROOT, text_of

IDS = [page.name for page in PAGES]


def slugs(page):
    """Return the anchors of a page's headings, as GitHub makes them."""
    text = re.sub(r"^```.*?^```", "", text_of(page), flags=re.M | re.S)
    for heading in re.findall(r"^#+ (.*)$", text, re.M):
        kept = "".join(
            c
            for c in re.sub(r"\[(.*?)\]\(.*?\)", r"\1", heading).lower()
            if c in "- _" or unicodedata.category(c)[0] in "LM" or unicodedata.category(c) == "Nd"
        )
        yield kept.replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", text_of(page)):
        if re.match(r"\w+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), f"{page.name} links to {target}"
        if anchor:
            assert anchor in set(slugs(file)), f"{page.name} links to {target}"


def test_the_index_lists_every_page():
    index = text_of(ROOT / "docs" / "README.md")
    for page in (ROOT / "docs").iterdir():
        if page.name != "README.md":
            assert f"({page.name})" in index


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_registered_names_exist(page):
    names = {entry.name for entry in distribution("spacy_ita").entry_points}
    assert set(re.findall(r"spacy_ita\.\w+\.v\d", text_of(page))) <= names


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_files_exist(page):
    text = text_of(page)
    pattern = r"`((?:configs|scripts|benchmarks|tests|spacy_ita)/[\w/.-]+\.\w+)[`\s]"
    for name in re.findall(pattern, text):
        assert (ROOT / name).exists(), f"{page.name} names {name}"
    tests = {path.name for path in ROOT.glob("tests/**/*.py")}
    assert set(re.findall(r"`(test_\w+\.py)`", text)) <= tests
    extras = set(re.findall(r"spacy_ita\[(\w+)\]", text))
    assert extras <= set(distribution("spacy_ita").metadata.get_all("Provides-Extra"))


def test_extensions_and_settings_are_those_of_the_code():
    import inspect
    from dataclasses import fields

    from spacy_ita.context import ContextFormatter
    from spacy_ita.encoder.model import build_context_encoder
    from spacy_ita.extensions import Attributes
    from spacy_ita.ner.loss.cross_view import CrossViewLoss

    page = text_of(ROOT / "docs" / "pipes.md")
    for name in vars(Attributes()).values():
        assert f"._.{name}`" in page
    rows = set(re.findall(r"`(\w+)`", " ".join(re.findall(r"^\| (`.*?) \|", page, re.M))))
    assert {field.name for field in fields(CrossViewLoss)} <= rows
    assert set(inspect.signature(ContextFormatter).parameters) <= rows
    encoder = set(inspect.signature(build_context_encoder).parameters)
    # settings that are passed on to transformers and spacy-transformers
    passed_on = {"tokenizer_config", "transformer_config", "grad_scaler_config"}
    assert encoder - passed_on <= rows


def test_the_walks_name_functions_that_exist():
    steps = re.findall(r"^\| \d+ \| `(.+?)`: `(\w+)` \|", text_of(ROOT / "CONTRIBUTING.md"), re.M)
    assert len(steps) > 20
    for file, name in steps:
        source = (ROOT / "spacy_ita" / file).read_text(encoding="utf8")
        assert re.search(rf"(def|class) {name}\b", source), f"{file} has no {name}"
