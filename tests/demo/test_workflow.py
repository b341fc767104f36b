"""Steps in forks do what their commands would do, and their changes don't reach later steps."""

import os
import sys

import pytest
import torch

from scripts.demo import workflow


@pytest.fixture
def step(tmp_path, monkeypatch):
    """A function that runs a script as a step, and returns the lines that it wrote."""
    monkeypatch.setattr(workflow, "import_libraries", lambda: None)

    def run(source, *arguments):
        script, out = tmp_path / "step.py", tmp_path / "out"
        script.write_text(f"import os, sys, torch\nout = open({str(out)!r}, 'w')\n{source}")
        workflow.run([sys.executable, str(script), *arguments])
        return out.read_text().split()

    return run


def test_a_script_finds_its_arguments_its_folder_and_the_threads(step, tmp_path):
    wanted = "sys.argv[1], sys.path[0], __name__, torch.get_num_threads()"
    found = step(f"print({wanted}, file=out)", "--seed")
    assert found == ["--seed", str(tmp_path), "__main__", str(torch.get_num_threads())]


def test_a_step_changes_nothing_for_the_next(step):
    path = list(sys.path)
    assert step("os.environ['OF_A_STEP'] = sys.argv[0] = 'x'\nprint(os.getpid(), file=out)") != [
        str(os.getpid())
    ]
    assert "OF_A_STEP" not in os.environ and sys.argv[0] != "x" and sys.path == path


@pytest.mark.parametrize(("source", "status"), [("sys.exit(3)", 3), ("raise ValueError", 1)])
def test_a_step_that_fails_ends_the_workflow_with_its_status(step, source, status):
    with pytest.raises(SystemExit) as caught:
        step(source)
    assert caught.value.code == status


def test_pip_has_a_process_of_its_own(monkeypatch):
    commands = []
    monkeypatch.setattr(
        workflow, "run_command", lambda command, **options: commands.append(command)
    )
    command = [sys.executable, "-m", "pip", "install", "x"]
    workflow.run(command, capture=False)
    assert commands == [command]
