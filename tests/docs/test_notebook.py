"""The notebook runs on a small pipeline instead of the demo's."""

import sys
from pathlib import Path

import pytest
import spacy
from spacy.training import Example

from spacy_ita.report.label_colours import LABEL_COLOURS
from spacy_ita.training.optimizer import create_adamw

nbclient = pytest.importorskip("nbclient")
nbformat = pytest.importorskip("nbformat")
NOTEBOOK = Path(__file__).parents[2] / "docs" / "spacy_ita.ipynb"


@pytest.fixture
def pipeline(bert_folder, tmp_path):
    """A trained pipeline that reads OCR text, on disk."""
    nlp = spacy.blank("en")
    nlp.add_pipe("image_ocr")
    encoder = {"@architectures": "spacy_ita.ContextEncoder.v1", "name": str(bert_folder)}
    model = {"@architectures": "spacy_ita.CRFTagger.v1", "encoder": encoder}
    nlp.add_pipe("crf_ner", name="ner", config={"model": model})
    gold = nlp.make_doc("cannot stop thinking about Velora")
    gold.ents = [gold.char_span(27, 33, "PER")]
    example = Example(nlp.make_doc(gold.text), gold)
    example.predicted._.image_ocr = [{"text": "welcome", "score": 1.0, "box": []}]
    nlp.initialize(lambda: [example])
    optimizer = create_adamw(3e-3)
    for _ in range(20):
        nlp.update([example], sgd=optimizer)
    nlp.to_disk(tmp_path / "model")
    return tmp_path / "model"


@pytest.mark.slow
def test_notebook(pipeline, tmp_path, monkeypatch):
    # a kernel of this environment, even if the machine has others
    kernel = tmp_path / "share" / "kernels" / "python3"
    kernel.mkdir(parents=True)
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (kernel / "kernel.json").write_text(
        str({"argv": argv, "display_name": "Python 3", "language": "python"}).replace("'", '"')
    )
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "share"))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    assert not any(cell.get("outputs") for cell in notebook.cells)
    first = next(cell for cell in notebook.cells if cell.cell_type == "code")
    assert '"en_ita"' in first.source
    first.source = first.source.replace('"en_ita"', repr(str(pipeline)))
    nbclient.NotebookClient(notebook, timeout=300).execute()
    shown = str([cell.outputs for cell in notebook.cells if cell.cell_type == "code"])
    assert "['image_ocr', 'ner']" in shown
    assert "image/png" in shown
    assert f"background: {LABEL_COLOURS['PER']}" in shown
    assert "ents_f_image" in shown
