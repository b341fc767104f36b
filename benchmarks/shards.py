"""`spacy ita annotate` over Parquet shards with pictures, killed at random and continued.

    python -m benchmarks.shards 100000
    python -m benchmarks.shards 100000 --ray

It prints whether every post came out once and as in an undisturbed run, the rate of both without
the time lost, and the memory beside that of a run over 1,000 posts. On Ray, it kills the task that
reads, an actor that annotates, and the command, which writes. Ray replaces the first two; the
command is given again.
"""

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import cycle, zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer
from wasabi import msg, table

from .parts import colour_pictures
from .parts.colour_pictures import write_shards
from .parts.colour_pipeline import save_pipeline

CLOSE = 1e-5
"""Maximum difference of two confidences."""
FEW = 1_000
"""Posts of the run whose memory is compared."""
PAUSE = 3.0
"""Seconds without a row that show that a process loads."""
COMMAND, READER, ACTOR = "command", "reader", "actor"
TITLES = {READER: b"ray::MapBatches(_Reader)", ACTOR: b"ray::MapWorker(MapBatches(_Actor))"}
"""Titles that Ray gives its processes."""
WORKERS = 2
"""Number of actors on Ray."""


@dataclass
class Watched:
    """A run in other processes: its rows as they appear, and the memory that it takes.

    Attributes:
        rows: Rows that were written, without those that waited for a process to load.
        seconds: Seconds that the rows took.
        mebibytes: Maximum resident memory of a process, by its role.
        killed: What was killed, and after how many rows.
    """

    rows: int = 0
    seconds: float = 0.0
    mebibytes: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    killed: list[str] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Rows a second."""
        return self.rows / self.seconds

    def row(self, name: str) -> list[Any]:
        """Describe the run in a row of the table."""
        memory = (f"{self.mebibytes[role]:.0f}" for role in (COMMAND, READER, ACTOR))
        return [name, self.rows, f"{self.rate:.0f}", *memory]


def main(
    posts: Annotated[int, typer.Argument(help="Posts")] = 100_000,
    shards: Annotated[int, typer.Option(help="Files")] = 20,
    kills: Annotated[int, typer.Option(help="Number of kills")] = 3,
    ray: Annotated[bool, typer.Option(help="Run on Ray, and kill its processes too")] = False,
) -> None:
    """Exits with 1 if a post is lost, doubled or different."""
    more = ["--engine", "ray", "--n-process", str(WORKERS)] if ray else []
    victims = [READER, ACTOR, COMMAND] if ray else [COMMAND]
    places = sorted(random.Random(0).sample(range(posts // 20, posts), kills))
    with TemporaryDirectory() as name:
        folder = Path(name)
        pipeline = save_pipeline(folder / "model")
        write_shards(folder / "few", FEW, 1)
        write_shards(folder / "shards", posts, shards)
        few = undisturbed(command(pipeline, folder / "few", folder / "few.jsonl", more))
        calm = undisturbed(command(pipeline, folder / "shards", folder / "calm.jsonl", more))
        again = command(pipeline, folder / "shards", folder / "killed.jsonl", more)
        killed = disturbed(again, list(zip(places, cycle(victims), strict=False)))
        wrong = differences(folder / "calm.jsonl", folder / "killed.jsonl", posts)
    rows = [few.row(f"{FEW} posts"), calm.row("undisturbed"), killed.row("killed")]
    header = ("run", "posts", "a second", "MiB: command", "reader", "actor")
    print(table(rows, header=header, divider=True))
    msg.info(f"killed: {', '.join(killed.killed) or 'nothing'}")
    msg.info(f"rate of the killed run: {killed.rate / calm.rate:.2f} of the undisturbed one")
    memories = [(calm.mebibytes[role], most) for role, most in few.mebibytes.items() if most]
    msg.info(f"memory: {max(a / b for a, b in memories):.2f} of that of {FEW} posts")
    if wrong:
        msg.fail(f"{len(wrong)} posts are lost, doubled or different, such as {wrong[0]}", exits=1)
    msg.good(f"{posts} posts, each once and as in the undisturbed run")


def command(pipeline: Path, source: Path, target: Path, more: list[str]) -> list[str]:
    """Build the command of a run."""
    code = ["--code", str(colour_pictures.__file__)]
    head = [sys.executable, "-m", "spacy_ita", "annotate"]
    return [*head, *map(str, (pipeline, source, target)), *code, *more]


def undisturbed(command: list[str]) -> Watched:
    """Run a command to its end."""
    run = Watched()
    if watch(start(command), Path(command[6]), run) != 0:
        msg.fail("the undisturbed run failed", exits=1)
    return run


def disturbed(command: list[str], kills: Sequence[tuple[int, str]]) -> Watched:
    """Kill processes of a run on the way, and give its command again when that is killed.

    Args:
        command: The command.
        kills: After how many rows to kill, and the role of the process.
    """
    target, run = Path(command[6]), Watched()
    process = start(command)
    for place, role in kills:
        if watch(process, target, run, place) is not None:
            break
        # the reader may have read everything
        running = processes(process.pid)
        victim = role if running[role] else ACTOR
        run.killed.append(f"the {victim} after {Lines(target).count()} posts")
        if victim == COMMAND:
            kill(process)
            process = start(command)
        else:
            os.kill(running[victim][0], signal.SIGKILL)
    if watch(process, target, run) != 0:
        msg.fail("the killed run failed", exits=1)
    return run


def start(command: list[str]) -> "subprocess.Popen[bytes]":
    """Start a command in a process group of its own."""
    silent = subprocess.DEVNULL
    return subprocess.Popen(command, start_new_session=True, stdout=silent, stderr=silent)


def watch(
    process: "subprocess.Popen[bytes]", target: Path, run: Watched, until: int | None = None
) -> int | None:
    """Watch a run until its end, or until the target has so many rows.

    Returns:
        The exit code; None if the run goes on.
    """
    counted = Lines(target)
    seen = counted.count()
    last = looked = 0.0
    while True:
        code = process.poll()
        found, now = counted.count(), time.perf_counter()
        if found > seen:
            # the first rows waited for a pipeline that loads, and so did those after a pause
            if now < last + PAUSE:
                run.rows += found - seen
                run.seconds += now - last
            seen, last = found, now
        if now > looked + 1:
            looked = now
            for role, numbers in processes(process.pid).items():
                run.mebibytes[role] = max([run.mebibytes[role], *map(memory, numbers)])
        if code is not None or (until is not None and found >= until):
            return code
        time.sleep(0.1)


class Lines:
    """A count of the rows of a growing file.

    Args:
        target: The file.
    """

    def __init__(self, target: Path) -> None:
        self._target = target
        self._count = 0
        self._end = 0

    def count(self) -> int:
        """Count the rows that are there now."""
        if not self._target.exists():
            return 0
        with self._target.open("rb") as file:
            file.seek(self._end)
            new = file.read()
        self._count += new.count(b"\n")
        self._end += len(new)
        return self._count


def memory(process: int) -> float:
    """Return the maximum resident memory of a process, in MiB; 0 after its end."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0.0
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) / 1024 if found else 0.0


def processes(command: int) -> dict[str, list[int]]:
    """Return the numbers of a run's processes by role, without actors that still load."""
    found: dict[str, list[int]] = {COMMAND: [command], READER: [], ACTOR: []}
    for number, words in descendants(command).items():
        for role, title in TITLES.items():
            if title in words and b"__init__" not in words:
                found[role].append(number)
    return found


def descendants(process: int) -> dict[int, bytes]:
    """Return the command lines of a process's children, theirs and so on, by number."""
    parents, titles = {}, {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            with suppress(OSError):
                after_name = (folder / "stat").read_text().rpartition(")")[2].split()
                parents[int(folder.name)] = int(after_name[1])
                titles[int(folder.name)] = (folder / "cmdline").read_bytes()
    found: dict[int, bytes] = {}
    new = {process}
    while new:
        new = {child for child, parent in parents.items() if parent in new and child not in found}
        found |= {child: titles[child] for child in new}
    return found


def kill(process: "subprocess.Popen[bytes]") -> None:
    """Kill a process and all that it started."""
    for child in [process.pid, *descendants(process.pid)]:
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
    process.wait()


def differences(calm: Path, killed: Path, posts: int) -> list[str]:
    """List the ids of posts that differ between two targets, or are missing, twice or misplaced."""
    wanted = map(str, range(posts))
    with calm.open(encoding="utf8") as one, killed.open(encoding="utf8") as other:
        rows: Iterator[tuple[Any, ...]] = zip_longest(
            wanted, map(json.loads, one), map(json.loads, other), fillvalue={}
        )
        return [
            str(number)
            for number, first, second in rows
            if not first or not second or first["id"] != number or not same(first, second)
        ]


def same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Return whether two rows are equal, but for the last digits of confidences."""
    bare = [
        {**row, "entities": [{**ent, "confidence": 0} for ent in row["entities"]]}
        for row in (one, other)
    ]
    confidences = [[ent["confidence"] for ent in row["entities"]] for row in (one, other)]
    return bare[0] == bare[1] and all(
        abs(a - b) <= CLOSE for a, b in zip(*confidences, strict=True)
    )


if __name__ == "__main__":
    typer.run(main)
