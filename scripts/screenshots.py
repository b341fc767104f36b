"""Take the screenshots of the pages of `spacy ita serve` and `report` in assets/ again.

    python scripts/screenshots.py en_ita --report experiments/report/index.html

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
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright
from wasabi import msg

from spacy_ita.serve.app import create_app
from spacy_ita.serve.limits import Limits

ASSETS = Path("assets")
WIDTHS = {"serve_desktop": 1280, "serve_phone": 390}
REPORT: ViewportSize = {"width": 900, "height": 2900}
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


def main(
    pipeline: Annotated[str, typer.Argument(help="The pipeline to serve")],
    report: Annotated[
        Path | None, typer.Option(help="Page of `spacy ita report`, such as index.html")
    ] = None,
) -> None:
    """Read the page's first example at a desktop's and a phone's width, and open the report."""
    app = create_app(spacy.load(pipeline), Limits())
    with chromium() as browser, served(app) as address:
        for name, width in WIDTHS.items():
            page = browser.new_page(viewport={"width": width, "height": 800})
            page.goto(address)
            page.click(".example >> nth=0")
            page.wait_for_selector("img.drawn")
            _take(page, name, full_page=True)
        if report:
            page = browser.new_page(viewport=REPORT)
            page.goto(report.absolute().as_uri())
            _take(page, "report")


def _take(page: Page, name: str, **settings: Any) -> None:
    path = ASSETS / f"{name}.jpg"
    page.screenshot(path=path, type="jpeg", quality=80, **settings)
    msg.good(str(path))


if __name__ == "__main__":
    typer.run(main)
