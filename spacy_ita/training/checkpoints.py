"""Checkpoints that stay complete if a training is killed."""

import shutil
from collections.abc import Callable, Iterable
from copy import copy
from pathlib import Path

from spacy.language import Language
from spacy.util import registry

from ..corpora.files.atomic import naming


@registry.callbacks("spacy_ita.WholeCheckpoints.v1")
def create_whole_checkpoints() -> Callable[[Language], Language]:
    """Create a callback for `[training.before_to_disk]` that replaces checkpoints as a whole.

    spaCy itself writes `model-last` over the older one, file by file, and copies it to `model-best`
    if it is the best. With this callback, a checkpoint is written beside the older one and takes
    its place when it is complete. So `model-last` is complete whenever it exists. Between two
    renames it doesn't exist; the older one is then `.model-last.old`, which the next save restores.
    """
    return _saved_whole


def _saved_whole(nlp: Language) -> Language:
    # spaCy saves what the callback returns: the same pipeline, with another `to_disk`
    saver = copy(nlp)

    def to_disk(path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        # the folder itself, as a link to it would be replaced
        target = Path(path).resolve()
        refuse_other_folders(target)

        def write(new: Path) -> None:
            nlp.to_disk(new, exclude=exclude)
            _copy_others(target, new)

        replace_folder(target, write)

    setattr(saver, "to_disk", to_disk)  # noqa: B010 - mypy refuses assignments to methods
    return saver


def replace_folder(target: Path, write: Callable[[Path], None]) -> None:
    """Replace a folder as a whole: what `write` makes takes its place once it is complete.

    Args:
        target: The folder. If an earlier run was killed between the two renames, it is restored
            first.
        write: Writes the new content into the folder of the given path, which doesn't exist.
    """
    new, old = (target.with_name(f".{target.name}.{state}") for state in ("new", "old"))
    target.parent.mkdir(parents=True, exist_ok=True)
    restore_folder(target)
    shutil.rmtree(new, ignore_errors=True)
    try:
        with naming(target):
            write(new)
    except BaseException:
        # room for another try
        shutil.rmtree(new, ignore_errors=True)
        raise
    if target.exists():
        shutil.rmtree(old, ignore_errors=True)
        target.rename(old)
    new.rename(target)
    shutil.rmtree(old, ignore_errors=True)


def restore_folder(target: Path) -> None:
    """Restore the folder that `replace_folder` was replacing when its process was killed."""
    old = target.with_name(f".{target.name}.old")
    if old.exists() and not target.exists():
        old.rename(target)


def refuse_other_folders(folder: Path) -> None:
    """Refuse to replace anything but a pipeline.

    Raises:
        ValueError: If the folder is a file, or has files but no pipeline.
    """
    if folder.is_file() or (
        folder.is_dir() and any(folder.iterdir()) and not (folder / "meta.json").is_file()
    ):
        raise ValueError(f"{folder}: not the folder of a pipeline: give a new or an empty folder")


def _copy_others(old: Path, new: Path) -> None:
    """Copy other files from the folder of a pipeline, such as a README."""
    for path in old.iterdir() if old.exists() else ():
        if path.is_dir() and not (new / path.name).exists():
            shutil.copytree(path, new / path.name, symlinks=True)
        elif path.is_file() and not (new / path.name).exists():
            shutil.copy2(path, new / path.name)
