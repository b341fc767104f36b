"""`spacy ita serve`: a pipeline as a browser page and an HTTP API."""

from typing import Annotated

import spacy
import typer
from spacy.cli._util import import_code, setup_gpu

from ..extras import optional
from ..serve.limits import Limits
from .shared.engine import CodeOption, GpuIdOption
from .shared.files import one_line_errors


def serve(
    pipeline: Annotated[
        str, typer.Argument(help="The pipeline's name or folder, with a crf_ner component")
    ],
    *,
    host: Annotated[str, typer.Option(help="0.0.0.0 lets other machines in")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the server")] = 8000,
    max_megabytes: Annotated[
        int, typer.Option(min=1, help="Most bytes of a request's pictures, in units of 2^20")
    ] = 8,
    max_megapixels: Annotated[
        int, typer.Option(min=1, help="Most pixels of a request's pictures, in units of 2^20")
    ] = 16,
    max_characters: Annotated[int, typer.Option(min=1, help="Longest text, in characters")] = 2000,
    max_seconds: Annotated[
        float, typer.Option(min=0, help="Seconds to receive a request, and again to answer it")
    ] = 30.0,
    max_waiting: Annotated[
        int, typer.Option(min=0, help="Requests that may wait while one is answered")
    ] = 8,
    max_pictures: Annotated[int, typer.Option(min=1, help="Most pictures of a request")] = 4,
    gpu_id: GpuIdOption = -1,
    code: CodeOption = None,
) -> None:
    """Serve a pipeline as a browser page at / and as an HTTP API."""
    with one_line_errors():
        setup_gpu(gpu_id)
        import_code(code)
        uvicorn = optional("uvicorn", extra="serve")
        create_app = optional("spacy_ita.serve.app", extra="serve").create_app
        limits = Limits(
            max_megabytes * 2**20,
            max_megapixels * 2**20,
            max_characters,
            max_seconds,
            max_waiting,
            max_pictures,
        )
        app = create_app(spacy.load(pipeline), limits)
        try:
            uvicorn.run(app, host=host, port=port, log_level="warning")
        # uvicorn exits with 3 if the port is taken
        except SystemExit as error:
            raise typer.Exit(1) from error
