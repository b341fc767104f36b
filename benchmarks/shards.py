"""`spacy ita annotate` over Parquet shards with pictures, killed at random and continued.

    python -m benchmarks.shards 100000
    python -m benchmarks.shards 100000 --ray

It prints whether every post came out once and as in an undisturbed run, the rate of both without
the time lost, and the memory beside that of a run over 1,000 posts.
"""

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import zip_longest
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


@dataclass
class Watched:
    """A run in another process: its rows as they appear, and the memory of its driver.

    Attributes:
        rows: Rows that were written while it was watched.
        seconds: Seconds from the first of them to the last.
        mebibytes: Maximum resident memory of the driver.
    """

    rows: int = 0
    seconds: float = 0.0
    mebibytes: float = 0.0
    killed: list[str] = field(default_factory=list)


def main(
    posts: Annotated[int, typer.Argument(help="Posts")] = 100_000,
    shards: Annotated[int, typer.Option(help="Files")] = 20,
    kills: Annotated[int, typer.Option(help="Number of kills")] = 3,
    ray: Annotated[bool, typer.Option(help="Run on Ray, and kill actors too")] = False,
) -> None:
    """Exits with 1 if a post is lost, doubled or different."""
    more = ["--engine", "ray", "--n-process", "2"] if ray else []
    with TemporaryDirectory() as name:
        folder = Path(name)
        pipeline = save_pipeline(folder / "model")
        write_shards(folder / "few", FEW, 1)
        write_shards(folder / "shards", posts, shards)
        few = undisturbed(command(pipeline, folder / "few", folder / "few.jsonl", more))
        calm = undisturbed(command(pipeline, folder / "shards", folder / "calm.jsonl", more))
        target = folder / "killed.jsonl"
        killed = disturbed(command(pipeline, folder / "shards", target, more), kills, ray, posts)
        wrong = differences(folder / "calm.jsonl", target, posts)
    rows = [
        (kind, run.rows, f"{run.rows / run.seconds:.0f}", f"{run.mebibytes:.0f}")
        for kind, run in (("few posts", few), ("undisturbed", calm), ("killed", killed))
    ]
    print(table(rows, header=("run", "posts", "a second", "MiB"), divider=True))
    msg.info(f"killed: {', '.join(killed.killed) or 'nothing'}")
    ratio = killed.rows / killed.seconds / (calm.rows / calm.seconds)
    msg.info(f"rate of the killed run: {ratio:.2f} of the undisturbed one")
    msg.info(f"memory: {calm.mebibytes / few.mebibytes:.2f} of that of {FEW} posts")
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


def disturbed(command: list[str], kills: int, ray: bool, posts: int) -> Watched:
    """Kill a command at random places, and repeat it until it ends."""
    chance = random.Random(0)
    places = sorted(chance.sample(range(posts // 10, posts), kills))
    target, run = Path(command[6]), Watched()
    # one process reads, annotates and writes, unless Ray's actors annotate
    victims = ["worker", "driver"] if ray else ["driver"]
    for number, place in enumerate(places):
        process = start(command)
        victim = victims[number % len(victims)]
        if watch(process, target, run, place) is not None:
            continue
        run.killed.append(f"the {victim} after {Lines(target).count()} posts")
        if victim == "worker":
            # Ray restarts it, and the driver goes on
            actors = [
                number
                for number, title in descendants(process.pid).items()
                if title.startswith(b"ray::") and b"Map" in title
            ]
            for actor in actors[:1]:
                os.kill(actor, signal.SIGKILL)
            watch(process, target, run, min(place + posts // 20, posts))
        kill(process)
    while watch(start(command), target, run) != 0:
        run.killed.append("nobody, but the run failed")
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
    seen = begun = counted.count()
    first = last = 0.0
    while True:
        code = process.poll()
        found, now = counted.count(), time.perf_counter()
        if found > seen:
            # the clock starts with the first rows, without the time of loading
            if not first:
                first, begun = now, found
            seen, last = found, now
        run.mebibytes = max(run.mebibytes, memory(process.pid))
        if code is not None or (until is not None and found >= until):
            run.rows += seen - begun
            run.seconds += last - first
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
