"""The commands on the pages exist, take these options, and have the arguments they need."""

import re
import shlex
from enum import Enum
from typing import get_type_hints

import pytest
import srsly
import typer
from pages import PAGES, ROOT, blocks, text_of
from spacy.cli._util import app

import spacy_ita.cli  # adds `spacy ita`
from spacy_ita.cli.shared.settings import CommandWithSettings, settings_by_set

SPACY = typer.main.get_command(app)
PROJECT = srsly.read_yaml(ROOT / "project.yml")
STARTS = re.compile(r"(?:python[\d.]* -m |(?:\S*/)?)(spacy|spacy_ita) (.*)", re.S)


def commands_of(block):
    """Return the command lines of a block; in a console, they follow `$`."""
    code = block.code.replace("\\\n", " ")
    for line in code.splitlines():
        if block.language == "console" and not line.startswith("$ "):
            continue
        words = shlex.split(line.removeprefix("$ "), comments=True)
        while words:
            end = next((i for i, w in enumerate(words) if w in ("&&", "|", ";", "&")), len(words))
            command, words = words[:end], words[end + 1 :]
            while command and re.match(r"[A-Z_]+=", command[0]):
                command.pop(0)
            if command:
                yield command


def check_spacy(words, complete=True):
    """Parse a command line of spaCy's, without running it."""
    command = SPACY
    while hasattr(command, "commands"):
        if not complete and words in ([], ["--help"]):
            return
        assert words[0] in command.commands, f"no command {words[0]!r}"
        command, words = command.commands[words[0]], words[1:]
    if isinstance(command, CommandWithSettings):
        words = settings_by_set(words)
    context = type(command).context_class(command, **command.context_settings)
    given, rest, _ = command.make_parser(context).parse_args(list(words))
    kinds = get_type_hints(getattr(spacy_ita.cli, command.name, None) or object)
    for param in command.params:
        value = given.get(param.name)
        kind = kinds.get(param.name)
        if value is not None and isinstance(kind, type) and issubclass(kind, Enum):
            kind(value)
        if complete and param.param_type_name == "argument" and param.required:
            assert value, f"{param.name} is missing"
    if command.name == "run" and "project_dir" in given:
        known = {item["name"] for item in PROJECT["commands"]} | set(PROJECT["workflows"])
        assert given["subcommand"] in known
        assert {w[7:].split("=")[0] for w in rest if w.startswith("--vars.")} <= set(
            PROJECT["vars"]
        )
    elif command.name == "train":
        # settings of the config, each by its whole name
        assert all("." in word for word in rest if word.startswith("--")), rest
    elif not context.allow_extra_args:
        assert not rest, f"too many arguments: {rest}"


def check_script(words):
    """Check that a script exists, and that its parameters have the names of these options."""
    source = (ROOT / words[0]).read_text(encoding="utf8")
    for option in (word.split("=")[0] for word in words[1:] if word.startswith("--")):
        parameter = option[2:].replace("-", "_")
        assert f'"{option}"' in source or re.search(rf"\b{parameter}: ", source), option


def check(words):
    """Check one command line."""
    line = shlex.join(words)
    if "huggingface-hub" in words:
        pytest.skip("a command of another package")
    if found := STARTS.fullmatch(line):
        module, rest = found.groups()
        check_spacy(shlex.split(rest) if module == "spacy" else ["ita", *shlex.split(rest)])
    elif words[0].startswith("python") and words[1].endswith(".py"):
        check_script(words[1:])
    elif words[:2] == ["python", "-m"] and words[2].startswith("scripts."):
        check_script([f"{words[2].replace('.', '/')}.py", *words[3:]])
    elif words[0] == "make":
        targets = re.findall(r"^([\w -]+):", (ROOT / "Makefile").read_text(), re.M)
        assert {word for word in words[1:] if "=" not in word} <= set(" ".join(targets).split())


SHELL = blocks("bash", "console")


@pytest.mark.parametrize("block", SHELL, ids=map(str, SHELL))
def test_blocks(block):
    commands = list(commands_of(block))
    assert commands
    for words in commands:
        check(words)


@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
def test_options_in_the_prose(page):
    prose = re.sub(r"^ *```.*?^ *```", "", text_of(page), flags=re.M | re.S)
    for code in re.findall(r"`([^`]+)`", prose):
        if found := re.fullmatch(r"(?:python -m )?spacy ita ([^…]*)", code, re.S):
            check_spacy(["ita", *shlex.split(found[1])], complete=False)
        elif code.startswith(("make ", "spacy project run ", "python -m spacy project run ")):
            check(shlex.split(code))
