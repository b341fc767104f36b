"""`--gpu-id` of the commands that load a pipeline."""

import pytest
import torch
from typer.testing import CliRunner

from spacy_ita.cli import app


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
@pytest.mark.parametrize(
    "command, files",
    [("align", 2), ("annotate", 2), ("evaluate", 1), ("inspect", 2), ("serve", 0)],
)
def test_a_gpu_that_is_missing_is_an_error_of_one_line(command, files, tmp_path):
    (tmp_path / "posts.jsonl").touch()
    paths = [
        str(tmp_path / "posts.jsonl"),
        str(tmp_path / f"out.{'png' if command == 'inspect' else 'spacy'}"),
    ][:files]
    shown = CliRunner().invoke(app, [command, "nowhere", *paths, "--gpu-id", "0"])
    assert shown.exit_code == 1
    assert "Using GPU: 0" in shown.output and "nowhere" not in shown.output
