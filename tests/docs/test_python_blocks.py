"""The Python on the pages compiles, and what it imports from the project exists."""

import ast
import importlib
import textwrap

import pytest
from pages import ROOT, blocks
from spacy.tokens import DocBin

PYTHON = blocks("python")


@pytest.mark.parametrize("block", PYTHON, ids=map(str, PYTHON))
def test_it_compiles_and_imports_what_exists(block):
    for node in ast.walk(ast.parse(textwrap.dedent(block.code))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("spacy_ita"):
            module = importlib.import_module(node.module)
            for name in node.names:
                assert hasattr(module, name.name)


def test_documents_made_in_python_keep_their_pictures(tmp_path, monkeypatch):
    import spacy

    [block] = [b for b in PYTHON if b.page == ROOT / "docs" / "own_data.md"]
    monkeypatch.chdir(tmp_path)
    exec(block.code, {})
    [doc] = DocBin().from_disk("train.spacy").get_docs(spacy.blank("en").vocab)
    assert doc._.image_path == "images/1015799.jpg"
    assert [(ent.text, ent.label_) for ent in doc.ents] == [("Jordan", "PER")]
