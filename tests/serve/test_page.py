"""The page in a real Chromium, at a desktop's and a phone's width, with no other server."""

import pytest

WIDTHS = {"desktop": (1280, 800), "phone": (390, 844)}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def address(app):
    from scripts.screenshots import served

    with served(app) as address:
        yield address


@pytest.fixture(scope="module")
def browser():
    from scripts.screenshots import CHROMIUM, chromium

    if CHROMIUM is None:
        pytest.skip("no Chromium: apt-get install chromium")
    with chromium() as browser:
        yield browser


@pytest.fixture(params=WIDTHS)
def page(request, browser, address):
    width, height = WIDTHS[request.param]
    page = browser.new_page(viewport={"width": width, "height": height})
    asked, errors = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(error))  # noqa: PLW0108 - not a builtin
    page.goto(address)
    page.wait_for_selector("#run")
    yield page
    assert not [url for url in asked if not url.startswith((address, "data:", "blob:"))]
    assert not errors
    page.close()


def entities(page, view):
    page.wait_for_selector(f"#view-{view} .entities")
    return [mark.inner_text().split() for mark in page.query_selector_all(f"#view-{view} mark")]


def test_text_and_picture(page, png):
    page.set_input_files("#picture input", {"name": "a.png", "mimeType": "", "buffer": png()})
    page.wait_for_selector("#picture img")
    page.fill("#text textarea", "i love paris")
    page.click("#run")
    ((name, label, confidence),) = entities(page, "image")
    assert (name, label) == ("paris", "PER")
    assert confidence.endswith("%")
    assert len(entities(page, "text")) == 1
    assert "a man sings on stage" in page.inner_text(".alignments")
    assert page.get_attribute("img.drawn", "src").startswith("data:image/jpeg")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.uncheck("#ga input")
    page.click("#run")
    page.wait_for_function("!document.querySelector('.alignments').innerText")
    white = {"name": "b.png", "mimeType": "image/png", "buffer": png("white")}
    page.set_input_files("#picture input", white)
    page.wait_for_selector("#picture img >> nth=1")
    page.check("#ga input")
    page.click("#run")
    page.wait_for_selector("text=picture 2, -0.10")
    for left in (1, 0):
        page.click("#picture .remove >> nth=0")
        page.wait_for_function(f"document.querySelectorAll('#picture img').length === {left}")
    page.click("#run")
    page.wait_for_selector("#view-image .hint")


def test_example(page):
    page.click(".example >> nth=0")
    page.wait_for_selector("img.drawn")
    assert page.input_value("#text textarea") == page.inner_text(".example >> nth=0")
    assert page.query_selector("#picture img")


def test_refusals_are_shown(page):
    broken = {"name": "a.png", "mimeType": "image/png", "buffer": b"no picture"}
    page.set_input_files("#picture input", broken)
    page.wait_for_selector("#picture img", state="attached")
    page.click("#run")
    assert "text" in page.inner_text("#answer .error")
    page.fill("#text textarea", "i love paris")
    page.click("#run")
    page.wait_for_selector("text=none of the formats")
