"""The application: the HTTP API and the page."""

import gradio
from fastapi import FastAPI
from gradio.route_utils import API_PREFIX
from spacy.language import Language

from .api import create_api
from .limits import Limits
from .page import build_page, page_settings


def create_app(nlp: Language, limits: Limits | None = None) -> FastAPI:
    """Build the application that serves a pipeline by the API, with the page at `/`.

    Args:
        nlp: A pipeline with one `crf_ner`.
        limits: Limits of a request; the defaults if None.

    Raises:
        ValueError: If the pipeline has no `crf_ner`, or several.
    """
    limits = limits or Limits()
    # Gradio's own API accepts uploads, paths and URLs, and the page doesn't use it
    api = create_api(nlp, limits, closed=(API_PREFIX,))
    return gradio.mount_gradio_app(api, build_page(limits), path="/", **page_settings())
