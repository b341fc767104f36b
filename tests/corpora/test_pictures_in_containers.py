"""Posts whose pictures are in their container: Parquet, archives, JSONL, CSV and `datasets`."""

import base64
import io
import json
import tarfile
import zipfile

import pytest
from PIL import Image
from spacy.tokens import DocBin

from spacy_ita.corpora import Notes, open_writer, read_corpus
from spacy_ita.corpora.kept import kept_columns
from spacy_ita.corpora.read_options import ReadOptions
from spacy_ita.extensions import DEFAULTS
from spacy_ita.sources import read_source


def png(colour):
    buffer = io.BytesIO()
    Image.new("RGB", (8, 6), colour).save(buffer, "PNG")
    return buffer.getvalue()


RED, BLUE = png("red"), png("blue")
FEATURE = [{"bytes": RED, "path": "a.png"}, None, {"bytes": BLUE, "path": None}]


def sources(path, nlp, **reading):
    """The bytes of each post's pictures."""
    docs = list(read_corpus(path, nlp, ReadOptions(**reading)))
    assert [Notes(doc).error for doc in docs] == [""] * len(docs)
    return [[read_source(source) for source in doc._.image_paths] for doc in docs]


@pytest.fixture
def table(tmp_path):
    """Writes Parquet with texts and a column of pictures, and returns its path."""
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")

    def write(name="image", **columns):
        texts = [f"post {n}" for n in range(len(next(iter(columns.values()))))]
        path = tmp_path / "posts.parquet"
        parquet.write_table(arrow.table({"text": texts, **columns}), path)
        return path

    return write


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (FEATURE, [[RED], [], [BLUE]]),
        ([RED, None, BLUE], [[RED], [], [BLUE]]),
        ([RED, RED], [[RED], [RED]]),
        ([[RED, BLUE], None, []], [[RED, BLUE], [], []]),
        ([[FEATURE[0], FEATURE[2]], [], [FEATURE[0]]], [[RED, BLUE], [], [RED]]),
        ([[[RED], [BLUE, RED]]], [[RED, BLUE, RED]]),
    ],
    ids=["struct", "binary", "full binary", "list", "list of structs", "nested list"],
)
def test_pictures_in_parquet(nlp, table, values, expected):
    found = sources(table(images=values), nlp)
    assert found == expected


def test_paths_in_structs_are_looked_up_beside_the_file(nlp, table, tmp_path):
    (tmp_path / "a.png").write_bytes(RED)
    path = table(image=[{"bytes": None, "path": "a.png"}, {"bytes": None, "path": "17_06_1"}])
    first, second = read_corpus(path, nlp)
    assert first._.image_path == str(tmp_path / "a.png")
    assert second._.image_path == "17_06_1"


def test_a_column_of_another_name(nlp, table):
    path = table(photo=[RED], note=["secret"])
    assert sources(path, nlp, picture_column="photo") == [[RED]]
    with pytest.raises(ValueError, match="no column 'foto'") as caught:
        list(read_corpus(path, nlp, ReadOptions("foto")))
    assert "text (string), photo (binary), note (string)" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_documents_hold_references_which_survive_saving(nlp, table):
    docs = list(read_corpus(table(image=FEATURE), nlp))
    packed = DocBin(store_user_data=True, docs=docs).to_bytes()
    assert len(packed) < 1000
    first, *_ = DocBin().from_bytes(packed).get_docs(nlp.vocab)
    assert read_source(first._.image_path) == RED


def test_pictures_in_jsonl(nlp, tmp_path):
    code, other = (base64.b64encode(data).decode() for data in (RED, BLUE))
    (tmp_path / "a.png").write_bytes(RED)
    posts = [
        {"text": "é", "image": code},
        {"text": "b", "image": f"data:image/png;base64,{code}"},
        {"text": "c", "images": ["a.png", other]},
        {"text": "d", "image": {"bytes": code, "path": "a.png"}},
        {"text": "e", "image": (tmp_path / "a.png").as_uri()},
    ]
    path = tmp_path / "posts.jsonl"
    lines = [json.dumps(post, ensure_ascii=False) for post in posts]
    path.write_text("\n".join([*lines, ""]), encoding="utf8")
    assert sources(path, nlp) == [[RED], [RED], [RED, BLUE], [RED], [RED]]
    assert all(len(doc._.image_path) < 200 for doc in read_corpus(path, nlp))


def test_a_key_of_another_name_in_jsonl(nlp, tmp_path):
    (tmp_path / "a.png").write_bytes(RED)
    path = tmp_path / "posts.jsonl"
    path.write_text('{"text": "secret", "photo": "a.png"}\n{"text": "b"}\n')
    assert sources(path, nlp, picture_column="photo") == [[RED], []]
    with pytest.warns(UserWarning, match=r"its keys are text \(str\), photo \(str\)") as caught:
        list(read_corpus(path, nlp, ReadOptions("foto")))
    assert len(caught) == 1 and "secret" not in str(caught[0].message)


def test_pictures_in_csv(nlp, tmp_path):
    code = base64.b64encode(RED).decode()
    path = tmp_path / "posts.csv"
    (tmp_path / "a.png").write_bytes(BLUE)
    path.write_text(
        f'text,image\na,https://example.org/a.jpg\nb,{code}\nc,"data:image/png;base64,{code}"\n'
        'd,"[""a.png"", ""a.png""]"\n'
    )
    first, *others = read_corpus(path, nlp)
    assert first._.image_path == "https://example.org/a.jpg"
    assert [read_source(doc._.image_path) for doc in others] == [RED, RED, BLUE]


FILES = {
    "shard/1.jpg": RED,
    "shard/1.json": json.dumps({"text": "one", "author": "ann"}).encode(),
    "shard/2.0.png": RED,
    "shard/2.1.png": BLUE,
    "shard/2.txt": b"two\n",
    "shard/3.json": b"[1]",
    "shard/4.txt": b"four",
    "shard/5.webp": BLUE,
    "shard/5.cls": b"7",
}


def write_archive(path):
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            for name, data in FILES.items():
                archive.writestr(name, data)
        return
    with tarfile.open(path, "w:gz" if path.name.endswith("gz") else "w") as archive:
        for name, data in FILES.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))


@pytest.mark.parametrize("name", ["a.tar", "a.tar.gz", "a.zip"])
def test_archives_as_webdataset_has_them(nlp, tmp_path, name):
    write_archive(tmp_path / name)
    docs = list(read_corpus(tmp_path / name, nlp))
    assert [Notes(doc).id for doc in docs] == [f"shard/{number}" for number in range(1, 6)]
    assert [doc.text for doc in docs] == ["one", "two", "", "four", ""]
    assert "a .json must hold an object, not a list" in Notes(docs[2]).error
    found = [[read_source(source) for source in doc._.image_paths] for doc in docs]
    assert found == [[RED], [RED, BLUE], [], [], [BLUE]]
    assert json.loads(Notes(docs[0]).post)["author"] == "ann"


def test_pictures_in_an_archive_beside_the_posts(nlp, tmp_path):
    write_archive(tmp_path / "pictures.zip")
    path = tmp_path / "posts.jsonl"
    path.write_text('{"image": "1.jpg"}\n{"image": "shard/2.1.png"}\n{"image": "none.jpg"}\n')
    docs = list(read_corpus(path, nlp, ReadOptions(images=tmp_path / "pictures.zip")))
    assert [read_source(doc._.image_path) for doc in docs[:2]] == [RED, BLUE]
    assert docs[2]._.image_path == "none.jpg"


def test_a_member_is_looked_up_beside_the_posts(nlp, tmp_path):
    write_archive(tmp_path / "pictures.zip")
    (tmp_path / "posts.jsonl").write_text('{"image": "zip://shard/1.jpg::pictures.zip"}')
    assert sources(tmp_path / "posts.jsonl", nlp) == [[RED]]


def test_a_damaged_archive_is_one_error(nlp, tmp_path):
    for name in ("a.tar", "a.zip"):
        (tmp_path / name).write_bytes(b"secret" * 200)
        with pytest.raises(ValueError, match=f"{name}: a damaged archive"):
            list(read_corpus(tmp_path / name, nlp))


def test_a_saved_dataset(nlp, tmp_path):
    datasets = pytest.importorskip("datasets")
    features = datasets.Features(
        {"tokens": datasets.List(datasets.Value("string")), "image": datasets.Image()}
    )
    rows = {"tokens": [["a", "b"], ["c"], ["d"]], "image": FEATURE}
    dataset = datasets.Dataset.from_dict(rows, features)
    dataset.save_to_disk(tmp_path / "saved", num_shards=2)
    docs = list(read_corpus(tmp_path / "saved", nlp))
    assert [doc.text.strip() for doc in docs] == ["a b", "c", "d"]
    assert sources(tmp_path / "saved", nlp) == [[RED], [], [BLUE]]
    datasets.DatasetDict(train=dataset).save_to_disk(tmp_path / "splits")
    with pytest.raises(ValueError, match=r"several splits: give the folder of one \(train\)"):
        list(read_corpus(tmp_path / "splits", nlp))
    # the way back is Parquet
    kept = kept_columns(tmp_path / "saved", ReadOptions(), DEFAULTS, read_source)
    target = tmp_path / "out.parquet"
    with open_writer(target, kept=kept) as write:
        write(docs)
    back = datasets.Dataset.from_parquet(str(target), cache_dir=str(tmp_path / "cache"))
    assert back.column_names[:2] == ["tokens", "image"] and "entities" in back.column_names
    pictures = back.cast_column("image", datasets.Image(decode=False))["image"]
    assert [picture and picture["bytes"] for picture in pictures] == [RED, None, BLUE]
    for name in ("saved", "data.arrow"):
        with pytest.raises(ValueError, match=r"give .*\.parquet, which datasets\.load_dataset"):
            open_writer(tmp_path / name)


def test_a_folder_of_shards(nlp, tmp_path):
    folder = tmp_path / "shards"
    folder.mkdir()
    write_archive(folder / "a.tar")
    (folder / "b.jsonl").write_text('{"text": "x"}\n{"text": "y", "id": "own"}\nbroken\n')
    (folder / "_SUCCESS").touch()
    docs = list(read_corpus(folder, nlp))
    assert [Notes(doc).id for doc in docs][-3:] == ["b.jsonl:1", "own", "b.jsonl:3"]
    assert [doc.text for doc in docs] == ["one", "two", "", "four", "", "x", "y", ""]
