"""The browser page: Gradio draws it, the browser asks the API, and the server runs none of it."""

import base64
import json
from importlib.resources import files
from typing import Any

import gradio

from .limits import Limits

ASSETS = files(__package__) / "assets"
FONTS = ["ui-sans-serif", "system-ui", "sans-serif"]
MONO_FONTS = ["ui-monospace", "monospace"]
HEADER = """<h1>What is the picture worth?</h1>
<p>The names in a text, read without its picture and with it.</p>"""


def build_page(limits: Limits) -> gradio.Blocks:
    """The page. Nothing on it calls Python: its buttons post to `/annotate` by JavaScript."""
    with gradio.Blocks(title="spacy_ita", analytics_enabled=False) as page:
        gradio.HTML(HEADER, elem_id="header")
        with gradio.Row():
            with gradio.Column(scale=2, min_width=300):
                picture = gradio.HTML(
                    "",
                    elem_id="picture",
                    html_template=_asset("picture.html"),
                    js_on_load=_asset("picture.js"),
                )
                text = gradio.Textbox(
                    label="Text",
                    placeholder="finally saw Jordan !",
                    lines=2,
                    max_length=limits.characters,
                    elem_id="text",
                )
                switches = [
                    gradio.Checkbox(True, label=label, min_width=120, elem_id=name)
                    for name, label in _switches().items()
                ]
                run = gradio.Button("Annotate", variant="primary", elem_id="run")
                examples = [
                    gradio.Button(example["text"], size="sm", elem_classes="example")
                    for example in _examples()
                ]
            with gradio.Column(scale=3, min_width=300):
                answer = gradio.HTML("", elem_id="answer")
        inputs, ask = [text, picture, *switches], _asset("annotate.js")
        run.click(None, inputs, answer, js=ask)
        text.submit(None, inputs, answer, js=ask)
        for button, example in zip(examples, _examples(), strict=True):
            filled = f"() => {json.dumps([example['text'], example['picture']])}"
            button.click(None, None, [text, picture], js=filled).then(
                None, inputs, answer, js=ask
            )
    return page


def page_settings() -> dict[str, Any]:
    """How `mount_gradio_app` shows the page: with nothing from another server."""
    return {
        "css": _asset("page.css"),
        "theme": gradio.themes.Default(font=FONTS, font_mono=MONO_FONTS),
        "footer_links": [],
        "ssr_mode": False,
        "enable_monitoring": False,
    }


def _switches() -> dict[str, str]:
    return {"la": "Objects (LA)", "ga": "Captions (GA)", "oca": "Lettering (OCA)"}


def _asset(name: str) -> str:
    return (ASSETS / name).read_text(encoding="utf8")


def _examples() -> list[dict[str, str]]:
    """Texts with their pictures as data URLs."""
    return [
        {
            "text": example["text"],
            "picture": "data:image/jpeg;base64,"
            + base64.b64encode((ASSETS / example["picture"]).read_bytes()).decode(),
        }
        for example in json.loads(_asset("examples.json"))
    ]
