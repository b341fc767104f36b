"""The commands that make, align, evaluate and show a corpus, from end to end."""

import json

import pytest
import spacy
import typer
from PIL import Image, ImageDraw, ImageFont
from spacy.cli.train import train
from spacy.tokens import DocBin

from spacy_ita.cli import app

TWEETS = """IMGID:poster
i\tO
love\tO
paris\tB-PER

IMGID:nothing
obama\tB-PER
sings\tO
"""
RECORDED = {"image_id": "poster", "captions": [{"model": "blip2", "text": "a man sings"}]}


def read(path):
    return list(DocBin().from_disk(path).get_docs(spacy.blank("en").vocab))


@pytest.fixture
def folder(tmp_path, align_cfg):
    (tmp_path / "train.txt").write_text(TWEETS)
    (tmp_path / "images").mkdir()
    picture = Image.new("RGB", (400, 120), "white")
    ImageDraw.Draw(picture).text((20, 30), "LIVE TONIGHT", "black", ImageFont.load_default(50))
    picture.save(tmp_path / "images" / "poster.png")
    (tmp_path / "captions.jsonl").write_text(json.dumps(RECORDED))
    return tmp_path


def test_convert_and_align(ita, folder):
    plain, aligned = folder / "train.spacy", folder / "aligned" / "train.spacy"
    shown = ita("convert", folder / "train.txt", plain, "--images", folder / "images")
    assert "2 documents" in shown
    assert "1 of 2 documents have no picture" in shown
    cache = folder / "cache.sqlite"
    shown = ita("align", folder / "align.cfg", plain, aligned, "--cache", cache)
    assert "image_ocr 1" in shown
    assert cache.exists()
    first, second = read(aligned)
    assert [line["text"] for line in first._.image_ocr] == ["LIVE TONIGHT"]
    assert second._.image_ocr is None
    assert [ent.text for ent in first.ents] == ["paris"]


@pytest.mark.parametrize(
    ("tags", "scheme"),
    [
        ("I-LOC I-LOC", "IOB1"),
        ("B-LOC I-LOC", "IOB2"),
        ("B-LOC E-LOC", "BIOES"),
        ("B-LOC L-LOC", "BILOU"),
    ],
)
def test_convert_tells_the_scheme(ita, tmp_path, tags, scheme):
    source, target = tmp_path / "a.conll", tmp_path / "a.spacy"
    rows = zip(["New", "York", "Oslo"], [*tags.split(), "O"], strict=True)
    source.write_text("\n".join(map(" ".join, rows)))
    shown = " ".join(ita("convert", source, target).split())
    assert f"a.conll: the tags are {scheme}" in shown and "out of sequence" not in shown
    assert [(ent.text, ent.label_) for doc in read(target) for ent in doc.ents] == [
        ("New York", "LOC")
    ]


def test_align_recorded(ita, folder):
    plain, aligned = folder / "train.spacy", folder / "aligned.spacy"
    ita("convert", folder / "train.txt", plain)
    recorded = folder / "captions.jsonl"
    ita("align", "configs/align_recorded.cfg", plain, aligned, "--recorded", recorded)
    first, second = read(aligned)
    assert first._.image_context == "a man sings"
    assert not second._.image_captions


def test_settings_of_the_config_are_options(ita, folder):
    plain, aligned = folder / "train.spacy", folder / "aligned.spacy"
    ita("convert", folder / "train.txt", plain)
    given = ("align", "configs/align_recorded.cfg", plain, aligned)
    for setting in (
        ("--paths.recorded", folder / "captions.jsonl"),
        (f"--paths.recorded={folder / 'captions.jsonl'}",),
        ("--set", f"paths.recorded={folder / 'captions.jsonl'}"),
    ):
        ita(*given, *setting)
        assert read(aligned)[0]._.image_context == "a man sings"
        aligned.unlink()
    assert "give it as SECTION.NAME=VALUE" in ita(*given, "--set", "recorded", code=1)
    ita(*given, "--recoded", "captions.jsonl", code=2)


def test_evaluate_sees_the_picture(ita, folder, bert_folder):
    plain, aligned = folder / "train.spacy", folder / "aligned.spacy"
    ita("convert", folder / "train.txt", plain)
    ita(
        "align",
        "configs/align_recorded.cfg",
        plain,
        aligned,
        "--recorded",
        folder / "captions.jsonl",
    )
    settings = {
        "paths.train": str(aligned),
        "paths.dev": str(aligned),
        "paths.encoder": str(bert_folder),
        "training.max_steps": 2,
        "training.optimizer.learn_rate.total_steps": 2,
    }
    train("configs/twitter_minilm.cfg", folder / "out", overrides=settings)
    model, metrics = folder / "out" / "model-best", folder / "metrics.json"
    shown = ita("evaluate", model, aligned, "--output", metrics)
    assert "F1 T" in shown
    assert "F1 I+T" in shown
    scores = json.loads(metrics.read_text())
    assert set(scores) == {"text", "image", "f_views", "speed"}
    assert scores["image"]["f"] is not None
    assert "PER" in scores["text"]["per_type"]
    ita("evaluate", model, plain, "--output", metrics)
    assert json.loads(metrics.read_text())["image"] is None


def test_nothing_to_evaluate_is_an_error_of_one_line(ita, folder):
    ita("convert", folder / "train.txt", folder / "train.spacy")
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    nlp.to_disk(folder / "plain")
    metrics = folder / "metrics.json"
    shown = ita("evaluate", folder / "plain", folder / "train.spacy", "--output", metrics, code=1)
    shown = " ".join(shown.split())
    assert "needs a crf_ner, and holds sentencizer" in shown and "Traceback" not in shown
    assert not metrics.exists()


def test_errors_are_one_line(ita, folder):
    (folder / "bad.txt").write_text("no tag\n")
    shown = ita("convert", folder / "bad.txt", folder / "x.spacy", code=1)
    assert "bad.txt:1" in shown.replace("\n", "")
    assert "Traceback" not in shown
    ita("convert", folder / "train.txt", folder / "train.spacy")
    shown = ita("align", "configs/ita_bert.cfg", folder / "train.spacy", folder / "x.spacy", code=1)
    assert "none of the components image_objects" in shown.replace("\n", " ")
    shown = ita("evaluate", "no_pipeline", "nowhere.spacy", code=2)
    assert "nowhere.spacy" in shown and "Traceback" not in shown


def test_what_is_read_is_not_written(ita, folder):
    plain, cache = folder / "train.spacy", folder / "cache.spacy"
    ita("convert", folder / "train.txt", plain)
    before = plain.read_bytes()
    for arguments, name in [
        (("evaluate", "en_ita", plain, "--output", plain), "source"),
        (("annotate", "en_ita", plain, cache, "--cache", cache), "cache"),
        (("align", folder / "align.cfg", plain, cache, "--cache", cache), "cache"),
        (("export", plain, cache, "--object-names", cache), "file of object names"),
    ]:
        shown = " ".join(ita(*arguments, code=1).split())
        assert f"the target is the {name}" in shown
    assert plain.read_bytes() == before and not cache.exists()


def test_a_config_that_can_not_be_read_is_named(ita, folder):
    ita("convert", folder / "train.txt", folder / "train.spacy")
    for data in (b"\xff\xfe[nlp]", b"[nlp\n"):
        (folder / "align.cfg").write_bytes(data)
        arguments = ("align", folder / "align.cfg", folder / "train.spacy", folder / "x.spacy")
        shown = " ".join(ita(*arguments, code=1).split())
        assert "align.cfg: not a config of spaCy: " in shown


def test_a_picture_is_drawn_whole_or_not_at_all(ita, folder):
    picture = folder / "images" / "poster.png"
    for name in ("seen.txt", "seen", "seen.psd"):
        shown = " ".join(ita("inspect", "no_pipeline", picture, folder / name, code=1).split())
        assert f"{name}: not the name of a picture" in shown
        assert not (folder / name).exists()


def test_inspect(ita, folder, fake_tesseract):
    fake_tesseract()
    picture, target = folder / "images" / "poster.png", folder / "out" / "seen.png"
    shown = ita("inspect", folder / "align.cfg", picture, target, "--text", "i love paris")
    assert "image_ocr 1" in shown
    seen = Image.open(target)
    # the picture is enlarged, with a band for the text beneath
    assert seen.width == 800 and seen.height > 240
    assert (255, 210, 31) in [colour for _, colour in seen.getcolors(2**20)]
    (folder / "broken.png").write_bytes(b"no picture")
    with pytest.warns(UserWarning, match="not a picture in a known format"):
        ita("inspect", folder / "align.cfg", folder / "broken.png", target, code=1)


@pytest.mark.slow
def test_processes_from_tweets_to_alignments(python, folder):
    """tests/package/test_package.py goes on to scores."""
    plain, aligned = folder / "train.spacy", folder / "aligned.spacy"
    assert "2 documents" in python("spacy", "ita", "convert", folder / "train.txt", plain)
    (folder / "images" / "broken.png").write_bytes(b"no picture")
    align = ("spacy_ita", "align", folder / "align.cfg", folder / "images", aligned)
    shown = python(*align)
    assert "2 documents, 2 with a picture, 0 with an error, 1 with a warning" in shown
    assert "UserWarning" not in shown and aligned.exists()


CODE = """
import spacy

class Sign:
    identity = {"name": "sign"}
    def __call__(self, pictures):
        return [[{"text": "a sign", "score": 1.0}] for _ in pictures]

@spacy.registry.misc("mine.Sign.v1")
def make_sign():
    return Sign()
"""


def test_a_custom_backend_by_code(ita, tmp_path, write_align_cfg):
    code, posts = (tmp_path / name for name in ("code.py", "posts.jsonl"))
    code.write_text(CODE)
    config = write_align_cfg("image_captions", '@misc = "mine.Sign.v1"')
    Image.new("RGB", (9, 9)).save(tmp_path / "a.png")
    posts.write_text('{"text": "paris", "image": "a.png"}')
    arguments = ("align", config, posts, tmp_path / "out.spacy")
    assert "mine.Sign.v1" in ita(*arguments, code=1)
    assert "image_captions 1" in " ".join(ita(*arguments, "--code", code).split())
    ita(*arguments, "--code", tmp_path / "missing.py", code=1)


@pytest.mark.parametrize(
    "command", ["init-config", "align", "annotate", "evaluate", "calibrate", "inspect", "serve"]
)
def test_every_command_with_a_pipeline_takes_code(command):
    (found,) = [c for c in typer.main.get_command(app).commands.values() if c.name == command]
    assert "--code" in [option for parameter in found.params for option in parameter.opts]


def test_a_model_that_is_missing_is_one_error_from_processes(ita, tmp_path, write_align_cfg):
    posts = tmp_path / "posts.jsonl"
    backend = '@misc = "spacy_ita.HFDetector.v2"\nname = "/no/model"'
    config = write_align_cfg("image_objects", backend)
    posts.write_text('{"text": "paris", "image": "a.png"}\n' * 4)
    Image.new("RGB", (9, 9)).save(tmp_path / "a.png")
    arguments = ("align", config, posts, tmp_path / "out.spacy", "--batch-size", 2)
    many = " ".join(ita(*arguments, "--n-process", 2, code=1).split())
    assert "can't load the model /no/model" in many
    assert "Traceback" not in many and "E871" not in many


def test_targets_and_sources_that_are_no_good_are_named(ita, tmp_path):
    good, junk, file = (tmp_path / name for name in ("good.conll", "junk.spacy", "notes"))
    good.write_text("paris O\n")
    junk.write_bytes(b"junk")
    file.touch()
    shown = " ".join(ita("convert", good, file / "out.spacy", code=1).split())
    assert "notes: a file, but a folder is needed" in shown
    shown = " ".join(ita("export", junk, tmp_path / "out.jsonl", code=1).split())
    assert "junk.spacy: not a .spacy file, or a damaged one" in shown
    assert "notes: a file, but" in " ".join(ita("init-config", file / "a.cfg", code=1).split())
