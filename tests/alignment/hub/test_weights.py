"""The memory that a model's weights need, and the memory that is free."""

import pytest
import torch
from safetensors.torch import save_file

from spacy_ita.alignment.hub import free_memory, weights
from spacy_ita.errors import BackendError

CPU = torch.device("cpu")


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """A function that sets the free memory, and that of a container, in bytes."""
    monkeypatch.setattr(free_memory, "MEMORY", tmp_path / "meminfo")
    monkeypatch.setattr(free_memory, "CONTAINER", tmp_path)

    def machine(free, limit="max", used=0, files=0):
        (tmp_path / "meminfo").write_text(f"MemTotal: 9 kB\nMemAvailable: {free // 1024} kB\n")
        (tmp_path / "memory.max").write_text(f"{limit}\n")
        (tmp_path / "memory.current").write_text(f"{used}\n")
        (tmp_path / "memory.stat").write_text(f"anon 1\nactive_file {files}\ninactive_file 0\n")

    return machine


def test_the_limit_of_a_container_counts(machine):
    machine(2**20)
    assert free_memory.free_memory(CPU) == 2**20
    machine(2**20, limit=2**19, used=2**18, files=1024)
    assert free_memory.free_memory(CPU) == 2**18 + 1024
    machine(2**17, limit=2**19)
    assert free_memory.free_memory(CPU) == 2**17


def test_weights_that_are_there_twice_count_once(machine, tmp_path):
    """Mistral's folders hold the weights a second time, in a file that transformers leaves out."""
    for name in (weights.SINGLE, "consolidated.safetensors"):
        save_file({"a": torch.zeros(1024)}, tmp_path / name)
    machine(6 * 1024)
    weights.check_memory(str(tmp_path), "main", torch.float32, CPU)
    machine(3 * 1024)
    with pytest.raises(BackendError, match="need 0.0 GB in float32"):
        weights.check_memory(str(tmp_path), "main", torch.float32, CPU)


def test_a_model_of_which_the_config_alone_was_fetched_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr(
        weights, "_cached", lambda source, revision, name: name == "config.json" or None
    )
    assert "hf download a/b" in weights.how_to_fetch("a/b")
    monkeypatch.setattr(
        weights, "_cached", lambda source, revision, name: name == weights.INDEX or None
    )
    assert weights.how_to_fetch("a/b") == weights.how_to_fetch(str(tmp_path)) == ""
