"""Old names of options keep working, hidden and with a warning."""

import pytest
import typer
from typer.testing import CliRunner

from spacy_ita.cli import app
from spacy_ita.cli.shared.renamed_options import RENAMED, CommandWithOldOptions


@pytest.fixture
def run():
    """Run a command with options of new names, and two arguments."""
    small = typer.Typer()

    @small.command(cls=CommandWithOldOptions)
    def command(files: list[str], n_process: int = 1, max_seconds: float = 30.0) -> None:
        print(files, n_process, max_seconds)

    return lambda *args: CliRunner().invoke(small, args)


def test_old_names_set_the_new_options(run):
    shown = run("a", "--workers", "3", "--seconds=2.5", "b")
    assert shown.exit_code == 0
    assert "--workers is deprecated: use --n-process" in shown.output
    assert "--seconds is deprecated: use --max-seconds" in shown.output
    assert shown.output.endswith("['a', 'b'] 3 2.5\n")


def test_new_names_give_no_warning(run):
    assert run("a", "--n-process", "3", "--max-seconds", "2.5").output == "['a'] 3 2.5\n"


def test_only_options_are_renamed(run):
    assert run("--", "--workers", "a").output == "['--workers', 'a'] 1 30.0\n"
    assert run("a", "--gpus", "1").exit_code == 2


@pytest.mark.parametrize("command", ["serve", "align", "annotate"])
def test_old_names_are_hidden(command):
    shown = CliRunner().invoke(app, [command, "--help"]).output
    assert not [old for old in RENAMED if f"{old} " in shown]
    assert [new for new in RENAMED.values() if f"{new} " in shown]


def test_an_old_name_is_known_to_its_command():
    shown = CliRunner().invoke(app, ["serve", "nowhere", "--waiting", "-1"])
    assert shown.exit_code == 2 and "--max-waiting" in shown.output
