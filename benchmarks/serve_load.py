"""Requests at a running server: error rate, requests a second, p50 and p99.

python -m spacy ita serve en_ita &
python -m benchmarks.serve_load --requests 200 --clients 4
"""

import asyncio
import time
from collections import Counter
from pathlib import Path
from typing import Annotated

import httpx
import numpy
import typer

PICTURE = Path("spacy_ita/serve/assets/stadium.jpg")
TEXT = "not a single day without Brooklyn"


def main(
    url: Annotated[str, typer.Option(help="The server")] = "http://127.0.0.1:8000",
    requests: Annotated[int, typer.Option(help="How many in all")] = 200,
    clients: Annotated[int, typer.Option(help="How many at once")] = 4,
    picture: Annotated[Path | None, typer.Option(help="To send with the text")] = PICTURE,
    retry: Annotated[bool, typer.Option(help="Ask again where the queue was full")] = False,
) -> None:
    """Send requests, each client its next when its last is answered, and print what came back."""
    data = picture.read_bytes() if picture else None
    start = time.perf_counter()
    answers = asyncio.run(send_all(url, requests, clients, data, retry))
    wall = time.perf_counter() - start
    statuses = Counter(status for status, _ in answers)
    good = [seconds for status, seconds in answers if status == 200]
    print(f"{requests} requests, {clients} clients: {len(good) / wall:.1f} answered a second")
    print(f"errors {1 - len(good) / requests:.1%}; statuses {dict(statuses)}")
    if good:
        p50, p99 = numpy.percentile(good, [50, 99]) * 1000
        print(f"p50 {p50:.0f} ms, p99 {p99:.0f} ms")


async def send_all(
    url: str, requests: int, clients: int, picture: bytes | None, retry: bool
) -> list[tuple[int, float]]:
    """Status and seconds of each request; the seconds hold the waits between its tries."""
    places = asyncio.Semaphore(clients)
    limits = httpx.Limits(max_connections=clients)
    async with httpx.AsyncClient(base_url=url, timeout=120, limits=limits) as client:

        async def send() -> tuple[int, float]:
            async with places:
                start = time.perf_counter()
                while True:
                    files = {"picture": picture} if picture else None
                    answer = await client.post("/annotate", data={"text": TEXT}, files=files)
                    if not (retry and answer.status_code == 503):
                        return answer.status_code, time.perf_counter() - start
                    await asyncio.sleep(float(answer.headers["Retry-After"]))

        return await asyncio.gather(*(send() for _ in range(requests)))


if __name__ == "__main__":
    typer.run(main)
