"""Take the screenshots of the page of `spacy ita serve` in assets/ again.

    python scripts/screenshots.py en_ita

Needs the extra `serve`, playwright, and Debian's chromium.
"""

import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import spacy
import typer
import uvicorn
from playwright.sync_api import Browser, sync_playwright
from wasabi import msg

from spacy_ita.serve.app import create_app
from spacy_ita.serve.limits import Limits

ASSETS = Path("assets")
WIDTHS = {"serve_desktop": 1280, "serve_phone": 390}
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@contextmanager
def served(app: Any) -> Iterator[str]:
    """Serve an app in a thread; yields the address."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    server.should_exit = True
    thread.join()


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run Debian's or Ubuntu's Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


def main(pipeline: Annotated[str, typer.Argument(help="The pipeline to serve")]) -> None:
    """Read the page's first example at a desktop's and a phone's width."""
    limits = Limits(8 * 2**20, 16 * 2**20, 2000, 30.0, 8)
    app = create_app(spacy.load(pipeline), limits)
    with chromium() as browser, served(app) as address:
        for name, width in WIDTHS.items():
            page = browser.new_page(viewport={"width": width, "height": 800})
            page.goto(address)
            page.click(".example >> nth=0")
            page.wait_for_selector("img.drawn")
            path = ASSETS / f"{name}.jpg"
            page.screenshot(path=path, type="jpeg", quality=80, full_page=True)
            msg.good(str(path))


if __name__ == "__main__":
    typer.run(main)
