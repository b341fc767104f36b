"""The recipe for Ray Data in docs/beyond_one_machine.md runs, and each reader gives it posts."""

import io
import re
import tarfile
from pathlib import Path

import pytest
from PIL import Image

from benchmarks.parts import colour_pictures
from benchmarks.parts.colour_pipeline import save_pipeline

ray = pytest.importorskip("ray")
arrow = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")
pytestmark = pytest.mark.slow

PAGE = (Path(__file__).parents[2] / "docs" / "beyond_one_machine.md").read_text(encoding="utf8")
[RECIPE] = [code for code in re.findall(r"```python\n(.*?)```", PAGE, re.S) if "import ray" in code]
READERS = re.findall(r"`(ray\.data\.read_.*?\))` \|", PAGE)


def png(colour):
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8), colour).save(buffer, "PNG")
    return buffer.getvalue()


def write_posts():
    """Write two posts with pictures in each of the page's forms; one picture is broken."""
    data = [png("red"), b"no picture"]
    texts = ["i love paris 1", "i love paris 2"]
    images = [{"bytes": held, "path": None} for held in data]
    parquet.write_table(arrow.table({"text": texts, "image": images}), "posts.parquet")
    for folder in ("shards", "pictures"):
        Path(folder).mkdir()
    with tarfile.open("shards/0.tar", "w") as archive:
        for number, (text, held) in enumerate(zip(texts, data, strict=True)):
            for name, content in ((f"{number}.txt", text.encode()), (f"{number}.jpg", held)):
                entry = tarfile.TarInfo(name)
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))
    for number, held in enumerate(data):
        Path(f"pictures/{number}.png").write_bytes(held)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """The folder of a pipeline, beside a cluster that runs in a folder with the posts."""
    folder = tmp_path_factory.mktemp("posts")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        write_posts()
        ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="error")
        yield str(save_pipeline(folder / "made"))
        ray.shutdown()


def check(table):
    """Check what the two posts became; the rows are in Ray's order."""
    broken, sound = table.sort_by("warning").to_pylist()
    assert (broken["error"], sound["error"], sound["warning"]) == (None, None, None)
    assert "not a picture" in broken["warning"]
    if "text" in broken:
        assert [ent["text"] for row in (broken, sound) for ent in row["entities"]] == ["paris"] * 2


def test_the_recipe(model, tmp_path):
    own_code = f'fn_constructor_kwargs={{"code": {colour_pictures.__file__!r}}},'
    changes = {
        '["model"],': f"[{model!r}], {own_code}",
        "size=2": "size=1",
        '"annotated"': repr(str(tmp_path)),
    }
    code = RECIPE
    for old, new in changes.items():
        assert old in code
        code = code.replace(old, new)
    exec(code, {})
    table = parquet.read_table(tmp_path)
    assert "image" not in table.column_names
    check(table)


@pytest.mark.parametrize("reader", READERS)
def test_each_reader_of_the_page(model, reader):
    from spacy_ita.distributed import BatchAnnotator

    # in this process: a further actor would take ten seconds to load
    annotate = BatchAnnotator(model, code=Path(colour_pictures.__file__))
    check(annotate(eval(reader).take_batch(batch_format="pyarrow")))
