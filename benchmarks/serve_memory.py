"""Memory of `spacy ita serve` over time: each request has words, and every second one a picture,
that the server has not seen before.

python -m benchmarks.serve_memory en_ita --minutes 10
"""

import io
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import httpx
import numpy
import typer
from PIL import Image
from wasabi import table

from .parts.process_memory import kibibytes

START = 120
"""Seconds in which the server must answer for the first time."""


def main(
    pipeline: Annotated[str, typer.Argument(help="To serve")],
    minutes: Annotated[float, typer.Option(help="How long")] = 10.0,
    rows: Annotated[int, typer.Option(help="Of the table")] = 10,
    pause: Annotated[float, typer.Option(help="Seconds between requests")] = 0.0,
    port: Annotated[int, typer.Option(help="Where the server listens")] = 8765,
) -> None:
    """Print requests and memory over time, and the growth of memory in the second half."""
    with serving(pipeline, port) as (server, url):
        found = measure(server.pid, url, 60 * minutes, rows, pause)
    cells = [[f"{s / 60:.1f}", *requests, f"{mib:.1f}"] for s, *requests, mib in found]
    header = ["minute", "requests", "refused", "MiB"]
    print(table(cells, header=header, divider=True, aligns="r"))
    seconds, *_, memory = numpy.array(found[len(found) // 2 :]).T
    slope = numpy.polyfit(seconds / 3600, memory, 1)[0]
    print(f"{slope:+.1f} MiB an hour in the second half")


@contextmanager
def serving(pipeline: str, port: int) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Start the server; yields its process and its address once it answers."""
    command = [sys.executable, "-m", "spacy_ita", "serve", pipeline, "--port", str(port)]
    url = f"http://127.0.0.1:{port}"
    with subprocess.Popen(command) as server:
        try:
            for _ in range(START):
                time.sleep(1)
                try:
                    httpx.get(f"{url}/health").raise_for_status()
                    break
                except httpx.TransportError:
                    continue
            yield server, url
        finally:
            server.terminate()


def measure(
    process: int, url: str, seconds: float, rows: int, pause: float
) -> list[tuple[float, int, int, float]]:
    """Send requests, and return `rows` rows.

    A row holds seconds, requests, refused requests, and resident MiB of the process.
    """
    dice = random.Random(0)
    statuses: Counter[int] = Counter()
    found = []
    start = time.perf_counter()
    with httpx.Client(base_url=url, timeout=60) as client:
        for row in range(1, rows + 1):
            while time.perf_counter() - start < seconds * row / rows:
                text = " ".join(dice.randbytes(6).hex() for _ in range(8))
                files = {"picture": picture(dice)} if dice.random() < 0.5 else None
                answer = client.post("/annotate", data={"text": text}, files=files)
                statuses[answer.status_code] += 1
                time.sleep(pause)
            passed, sent = time.perf_counter() - start, statuses.total()
            found.append((passed, sent, sent - statuses[200], kibibytes("VmRSS", process) / 1024))
    return found


def picture(dice: random.Random) -> bytes:
    """Make a PNG of noise, of 60 x 60 to 200 x 200 pixels."""
    width, height = dice.randint(60, 200), dice.randint(60, 200)
    file = io.BytesIO()
    Image.frombytes("L", (width, height), dice.randbytes(width * height)).save(file, "PNG")
    return file.getvalue()


if __name__ == "__main__":
    typer.run(main)
