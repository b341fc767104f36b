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
HINT = """<p class="hint">Drop pictures, write a text, and see its entities in both views, with
what was seen in the pictures. Or take an example.</p>"""
SWITCHES = {"la": "Objects (LA)", "ga": "Captions (GA)", "oca": "OCR text (OCA)"}


def build_page(limits: Limits) -> gradio.Blocks:
    """The page. Nothing on it calls Python: its buttons post to `/annotate` by JavaScript."""
    with gradio.Blocks(title="spacy_ita", analytics_enabled=False) as page:
        gradio.HTML(HEADER, elem_id="header")
        with gradio.Row():
            with gradio.Column(scale=2, min_width=300):
                picture = gradio.HTML(
                    [],
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
                with gradio.Row(elem_id="switches"):
                    switches = [
                        gradio.Checkbox(True, label=label, min_width=100, elem_id=name)
                        for name, label in SWITCHES.items()
                    ]
                run = gradio.Button("Annotate", variant="primary", elem_id="run")
                examples = [
                    gradio.Button(example["text"], size="sm", elem_classes="example")
                    for example in EXAMPLES
                ]
            with gradio.Column(scale=3, min_width=300):
                answer = gradio.HTML(HINT, elem_id="answer")
        inputs, ask = [text, picture, *switches], _asset("annotate.js")
        run.click(None, inputs, answer, js=ask)
        text.submit(None, inputs, answer, js=ask)
        for button, example in zip(examples, EXAMPLES, strict=True):
            given = json.dumps([example["text"], [_data_url(example["picture"])]])
            button.click(
                None,
                switches,
                [text, picture, answer],
                js=f"async (...on) => [...{given}, ...await ({ask})(...{given}, ...on)]",
            )
    return page


def page_settings() -> dict[str, Any]:
    """Return the settings of `mount_gradio_app`, which load nothing from another server."""
    return {
        "css": _asset("page.css") + _thumbnails(),
        "theme": gradio.themes.Default(font=FONTS, font_mono=MONO_FONTS),
        "footer_links": [],
        "ssr_mode": False,
        "enable_monitoring": False,
    }


def _thumbnails() -> str:
    """Return the CSS that shows each example's picture on its button."""
    return "".join(
        f".example:nth-of-type({number}) {{ background-image: url({_data_url(shown['picture'])}) }}"
        for number, shown in enumerate(EXAMPLES, start=2)
    )


def _asset(name: str) -> str:
    return (ASSETS / name).read_text(encoding="utf8")


def _data_url(name: str) -> str:
    return "data:image/jpeg;base64," + base64.b64encode((ASSETS / name).read_bytes()).decode()


EXAMPLES: list[dict[str, str]] = json.loads(_asset("examples.json"))
