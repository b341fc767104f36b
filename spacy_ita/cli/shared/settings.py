"""Settings of a config as options of a command, such as `--paths.vlm NAME`."""

from collections.abc import Iterable
from typing import Annotated, Any

import typer
from spacy.cli._util import parse_config_overrides

from .renamed_options import CommandWithOldOptions

SettingsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="SECTION.NAME=VALUE",
        help="A setting of the config; --SECTION.NAME VALUE is the same; can be repeated",
    ),
]


class CommandWithSettings(CommandWithOldOptions):
    """A command with the option `--set`, which takes it in spaCy's form too."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the arguments, with settings in either form."""
        return super().parse_args(ctx, settings_by_set(args))


def settings_by_set(args: Iterable[str]) -> list[str]:
    """Replace each `--SECTION.NAME VALUE` among arguments by `--set SECTION.NAME=VALUE`."""
    replaced = []
    rest = iter(args)
    for arg in rest:
        name, equals, value = arg.partition("=")
        if name.startswith("--") and "." in name:
            value = value if equals else next(rest, "")
            replaced += ["--set", f"{name[2:]}={value}"]
        else:
            replaced.append(arg)
    return replaced


def parse_settings(values: Iterable[str] | None) -> dict[str, Any]:
    """Parse the values of `--set`, by dotted name.

    Raises:
        ValueError: If one has another form.
    """
    settings = list(values or ())
    if wrong := [one for one in settings if "." not in one.partition("=")[0] or "=" not in one]:
        raise ValueError(f"--set {wrong[0]}: give it as SECTION.NAME=VALUE")
    # spaCy's parser reads numbers, lists and null
    found: dict[str, Any] = parse_config_overrides([f"--{one}" for one in settings], env_var=None)
    return found
