"""The Spark recipe in docs/beyond_one_machine.md runs, and returns what `annotate` writes."""

import json
import re
import shutil
import sys
from pathlib import Path

import pyarrow as pa
import pytest
import spacy
from PIL import Image
from pyarrow import parquet
from spacy.training import Example

from spacy_ita.corpora import read_corpus, row_of
from spacy_ita.extensions import attributes
from spacy_ita.pipeline.annotator import Annotator, Views

pytest.importorskip("pyspark")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("java") is None, reason="needs Java"),
]

DOC = Path(__file__).parents[2] / "docs" / "beyond_one_machine.md"


@pytest.fixture
def model(tmp_path, bert_folder):
    """A pipeline that finds the same entities wherever it is loaded."""
    nlp = spacy.blank("en")
    encoder = {"@architectures": "spacy_ita.ContextEncoder.v1", "name": str(bert_folder)}
    model = {"@architectures": "spacy_ita.CRFTagger.v1", "encoder": encoder}
    nlp.add_pipe("crf_ner", config={"model": model})
    gold = nlp.make_doc("i love paris")
    gold.ents = [gold.char_span(7, 12, "LOC")]
    nlp.initialize(lambda: [Example(nlp.make_doc(gold.text), gold)])
    optimizer = nlp.resume_training()
    for _ in range(20):
        nlp.update([Example(nlp.make_doc(gold.text), gold)], sgd=optimizer)
    nlp.to_disk(tmp_path / "model")
    return nlp


def run_over_parquet(code):
    """Run the recipe over Parquet with bytes, with the change that the page names; its two rows."""
    page = DOC.read_text(encoding="utf8")
    changes = {
        'spark.read.json("posts.jsonl", schema=POST)': 'spark.read.parquet("posts.parquet")',
        "doc._.image_path = post.image": 'doc._.image_path = post.image and post.image["bytes"]',
        '"annotated"': '"from_parquet"',
    }
    for old, new in changes.items():
        assert old in code
        assert new in page or new == '"from_parquet"'
        code = code.replace(old, new)
    images = [None, {"bytes": Path("picture.png").read_bytes(), "path": "picture.png"}]
    columns = {"id": ["post 0", "post 1"], "text": ["i love paris"] * 2, "image": images}
    parquet.write_table(pa.table(columns), "posts.parquet")
    names = {"__name__": "__main__"}
    exec(code, names)
    rows = names["spark"].read.parquet("from_parquet").collect()
    return sorted((row.asDict(recursive=True) for row in rows), key=lambda row: row["id"])


def test_the_recipe_gives_what_annotate_gives(model, tmp_path, monkeypatch):
    blocks = re.findall(r"```python\n(.*?)```", DOC.read_text(encoding="utf8"), re.S)
    [code] = [block for block in blocks if "SparkSession" in block]
    Image.new("RGB", (30, 20)).save(tmp_path / "picture.png")
    texts = ["i love paris", "on stage tonight", "paris"]
    posts = [{"id": f"post {n}", "text": text} for n, text in enumerate(texts)]
    posts[1]["image"] = "picture.png"
    (tmp_path / "posts.jsonl").write_text("\n".join(map(json.dumps, posts)))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYSPARK_PYTHON", sys.executable)
    monkeypatch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
    # in `__main__`, functions are sent to the executors by value
    names = {"__name__": "__main__"}
    exec(code, names)
    session = names["spark"]
    found = [row.asDict(recursive=True) for row in session.read.parquet("annotated").collect()]
    found.sort(key=lambda row: row["id"])
    bare, with_bytes = run_over_parquet(code)
    session.stop()
    assert bare["image"] == "" and bare["entities"] == found[0]["entities"]
    size = len("data:;base64,") + 4 * -(-len(Path("picture.png").read_bytes()) // 3)
    assert with_bytes["image"] == f"data:;… ({size} characters)"
    assert "the picture was not read" in with_bytes["warning"]
    docs = list(read_corpus(Path("posts.jsonl"), model))
    rows = [row_of(doc, attributes()) for doc in Annotator(model, Views.IT)(docs)]
    none = {"error": None, "warning": None}
    assert found == [none | row for row in rows]
    assert rows[0]["entities"] and "the picture was not read" in rows[1]["warning"]
