"""The steps of project.yml name what they read and write, and run again if that changes."""

import ast
import re
from pathlib import Path

import pytest
import srsly
from weasel.util.config import substitute_project_variables

ROOT = Path(__file__).parents[2]
# `load_project_config` also makes folders, in which the processes of a test run meet
PROJECT = substitute_project_variables(srsly.read_yaml(ROOT / "project.yml"))
COMMANDS = {command["name"]: command for command in PROJECT["commands"]}
MADE = ("corpus", "training", "packages", "metrics")
PATH = re.compile(rf"(?<!\S)(?:{'|'.join(MADE)}|configs|scripts|experiments)/\S+")
MODULE = re.compile(r"-m (scripts[\w.]+)")


def outputs(command):
    return {*command.get("outputs", ()), *command.get("outputs_no_cache", ())}


def within(path, others):
    """Return whether a path is one of the others, or inside one of them."""
    return any(path == other or path.startswith(f"{other}/") for other in others)


def test_its_scripts_are_there():
    for workflow in PROJECT["workflows"].values():
        assert set(workflow) <= set(COMMANDS)
    for command in COMMANDS.values():
        for line in command["script"]:
            for word in line.split():
                module = word.startswith("scripts.")
                path = f"{word.replace('.', '/')}.py" if module else word
                if path.startswith(("scripts/", "configs/")):
                    assert (ROOT / path).exists(), line


@pytest.mark.parametrize("name", COMMANDS)
def test_a_step_names_the_files_of_its_script(name):
    command = COMMANDS[name]
    named = {*command.get("deps", ()), *outputs(command)}
    script = MODULE.sub(lambda m: f"{m[1].replace('.', '/')}.py", "\n".join(command["script"]))
    for path in PATH.findall(script):
        assert within(path, named) or any(within(other, {path}) for other in named), path


@pytest.mark.parametrize("workflow", PROJECT["workflows"])
def test_an_earlier_step_makes_what_a_step_needs(workflow):
    made = set()
    for command in map(COMMANDS.get, PROJECT["workflows"][workflow]):
        for path in command.get("deps", ()):
            assert within(path, made) if path.startswith(MADE) else (ROOT / path).exists(), path
        made |= outputs(command)


@pytest.mark.parametrize("script", ["make_data", "train_detector", "train_captioner"])
def test_the_demo_depends_on_all_that_its_scripts_import(script):
    folder = ROOT / "scripts" / "demo"
    wanted, seen = [folder / f"{script}.py"], set()
    while wanted:
        path = wanted.pop()
        if path.exists() and path not in seen:
            seen.add(path)
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.ImportFrom) and node.level:
                    module = f"{node.module.replace('.', '/')}.py"
                    wanted.append(path.parents[node.level - 1] / module)
    needed = {path.relative_to(ROOT).as_posix() for path in seen}
    assert len(needed) > 10
    for name in ("data", "detector", "captioner", "other-engines"):
        assert needed <= set(COMMANDS[name]["deps"])
