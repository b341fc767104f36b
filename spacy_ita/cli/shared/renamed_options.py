"""Options that have new names: the old ones keep working, hidden and with a warning."""

from typing import Any

from typer.core import TyperCommand
from wasabi import msg

RENAMED = {
    "--megabytes": "--max-megabytes",
    "--megapixels": "--max-megapixels",
    "--characters": "--max-characters",
    "--seconds": "--max-seconds",
    "--waiting": "--max-waiting",
    "--workers": "--n-process",
    "--gpus": "--gpus-per-process",
}


class CommandWithOldOptions(TyperCommand):
    """A command that takes its options by their old names too."""

    # the context is of click, or of the copy of it that newer versions of Typer hold
    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Replace old names of this command's options before they are parsed."""
        options = {name for param in self.params for name in param.opts}
        end = args.index("--") if "--" in args else len(args)
        for position, arg in enumerate(args[:end]):
            old, equals, value = arg.partition("=")
            new = RENAMED.get(old)
            if new in options and old not in options:
                msg.warn(f"{old} is deprecated: use {new}")
                args[position] = f"{new}{equals}{value}"
        return super().parse_args(ctx, args)
