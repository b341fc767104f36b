"""The HTTP API, and the page beside it."""

import gradio
from fastapi import FastAPI
from gradio.route_utils import API_PREFIX
from spacy.language import Language

from .api import create_api
from .limits import Limits
from .page import build_page, page_settings


def create_app(nlp: Language, limits: Limits | None = None) -> FastAPI:
    """Build the application that serves a pipeline: the API, and the page at `/`.

    Raises ValueError for a pipeline that has no `crf_ner`, or several.
    """
    limits = limits or Limits()
    # it takes uploads, paths and URLs, of which the page makes no use
    api = create_api(nlp, limits, closed=(API_PREFIX,))
    return gradio.mount_gradio_app(api, build_page(limits), path="/", **page_settings())
