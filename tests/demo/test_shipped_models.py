"""The vision models under assets/ match their cards and checksums."""

import shutil
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("scipy")

from huggingface_hub import ModelCard  # noqa: E402
from safetensors.torch import load_file  # noqa: E402

from scripts.demo import train_captioner, train_detector  # noqa: E402
from scripts.demo.models import checksums  # noqa: E402
from scripts.demo.pictures.scenes import render  # noqa: E402
from spacy_ita.alignment.captions.hf import HFCaptioner  # noqa: E402
from spacy_ita.alignment.objects.hf import HFDetector  # noqa: E402
from spacy_ita.alignment.picture import Picture  # noqa: E402

ASSETS = Path(__file__).parents[2] / "assets"
FOLDERS = [ASSETS / "detector", ASSETS / "captioner"]
TRAINED_BY = {"detector": train_detector, "captioner": train_captioner}
TOLERANCE = 0.05
"""How far a figure on 100 held-out drawings may be below that of the card, on 300."""


def card_figures(folder):
    results = ModelCard.load(folder / "README.md").data.eval_results
    return {result.metric_type: result.metric_value for result in results}


def test_the_models_are_small_and_stored_in_half_precision():
    files = [path for folder in FOLDERS for path in folder.iterdir()]
    assert sum(path.stat().st_size for path in files) < 5e6
    for folder in FOLDERS:
        weights = load_file(folder / "model.safetensors").values()
        assert {t.dtype for t in weights if t.is_floating_point()} == {torch.float16}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_checksums_match_and_an_altered_or_missing_file_is_named(folder, tmp_path):
    checksums.check(folder)
    copy = tmp_path / folder.name
    shutil.copytree(folder, copy)
    weights = copy / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"!")
    with pytest.raises(checksums.ChecksumError, match=r"model\.safetensors is not the file .*git"):
        checksums.check(copy)
    weights.unlink()
    with pytest.raises(checksums.ChecksumError, match=r"model\.safetensors is missing"):
        checksums.check(copy)
    (copy / checksums.SUMS).unlink()
    with pytest.raises(checksums.ChecksumError, match="no list of checksums"):
        checksums.check(copy)


def test_the_models_compute_in_single_precision(tmp_path):
    scene = render("pet", "0")
    path = tmp_path / "pet.png"
    scene.image.save(path)
    backends = HFDetector(str(FOLDERS[0]), threshold=0.5), HFCaptioner(str(FOLDERS[1]))
    (objects,), (captions,) = (backend([Picture(str(path))]) for backend in backends)
    assert {found["label"] for found in objects} & {"cat", "dog"}
    assert captions[0]["text"].split()[-1] in ("carpet", "home")
    for backend in backends:
        assert {p.dtype for p in backend.model.parameters()} == {torch.float32}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
@pytest.mark.slow
def test_the_models_reach_the_figures_of_their_cards(folder):
    promised = card_figures(folder)
    assert len(promised) == 3
    measured = TRAINED_BY[folder.name].measure(folder, 100, 0).figures
    for name, figure in promised.items():
        assert measured[name] > figure - TOLERANCE, name


@pytest.mark.parametrize("name", TRAINED_BY)
@pytest.mark.slow
def test_a_model_can_be_trained_again(name, tmp_path, capsys):
    folder = tmp_path / name
    threads = torch.get_num_threads()
    TRAINED_BY[name].main(folder, pictures=32, held_out=15, steps=2)
    torch.set_num_threads(threads)
    checksums.check(folder)
    printed = dict(line.rsplit(" ", 1) for line in capsys.readouterr().out.splitlines())
    assert {key: float(value) for key, value in printed.items()} == card_figures(folder)
    assert f"scripts.demo.train_{name} {folder.as_posix()} --pictures 32 --steps 2" in (
        folder / "README.md"
    ).read_text(encoding="utf8")
