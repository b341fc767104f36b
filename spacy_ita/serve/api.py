"""The HTTP API."""

from functools import partial
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from spacy.language import Language

from .guard import Guard
from .limits import Limits
from .request_body import Post, body_schema, read_post
from .schema import Annotation, Health, Problem
from .service import AnnotationService, Question
from .uploads import RefusedError
from .work_queue import BusyError, LateError, WorkQueue

RETRY_AFTER = 2
"""Value of the header `Retry-After` when the queue is full, in seconds."""
REFUSALS: dict[int, str] = {
    400: "The form or the JSON can't be parsed",
    408: "The body came too slowly",
    413: "Too many bytes or pixels",
    415: "Not a picture",
    422: "A field is missing, unknown, wrong or too long, or no picture can be decoded",
    500: "The pipeline failed, by no fault of the request",
    503: "The queue is full: try again after `Retry-After` seconds",
    504: "Not annotated in time",
}


def create_api(
    nlp: Language, limits: Limits | None = None, closed: tuple[str, ...] = ()
) -> FastAPI:
    """Build the application that serves a pipeline by `POST /annotate` and `GET /health`.

    Args:
        nlp: A pipeline with one `crf_ner`.
        limits: What requests may cost; the usual limits by default.
        closed: How the paths begin that are not served, whatever is mounted there.

    Raises:
        ValueError: The pipeline has no `crf_ner`, or several.
    """
    limits = limits or Limits()
    service = AnnotationService(nlp, limits)
    queue = WorkQueue(limits.waiting)
    app = FastAPI(
        title="spacy_ita",
        description="Named entities of a text, read with and without its picture.",
        # their pages come from another server; the document itself is /openapi.json
        docs_url=None,
        redoc_url=None,
    )
    app.add_middleware(Guard, limits=limits, posts=frozenset({"/annotate"}), closed=closed)
    _explain_errors(app)
    refusals: dict[int | str, dict[str, Any]] = {
        status: {"model": Problem, "description": why} for status, why in REFUSALS.items()
    }

    @app.get("/health")
    def health() -> Health:
        """Report the loaded pipeline."""
        return Health(
            status="ok",
            pipeline=f"{nlp.lang}_{nlp.meta['name']}",
            alignments=list(service.aligners),
            labels=list(service.tagger.labels),
        )

    @app.post(
        "/annotate",
        responses=refusals,
        openapi_extra={"requestBody": body_schema(limits.characters)},
    )
    async def annotate(post: Annotated[Post, Depends(read_post)]) -> Annotation:
        """Annotate a text with its pictures, in one view or both."""
        if len(post.text) > limits.characters:
            raise RefusedError(422, f"text: it has more than {limits.characters} characters")
        attrs = service.tagger.attrs
        switches = {
            attrs.image_objects: post.la,
            attrs.image_captions: post.ga,
            attrs.image_ocr: post.oca,
        }
        wanted = frozenset(name for name in attrs.alignments if switches.get(name, True))
        question = Question(post.text, post.picture, post.view, wanted, post.draw)
        # it checks the pictures: a header can be made so that it takes minutes to read
        return await queue.run(partial(service, question), limits.seconds)

    return app


def _explain_errors(app: FastAPI) -> None:
    """Answer every error with JSON that has one line of `detail`."""

    def refuse(status: int, detail: str, headers: dict[str, str] | None = None) -> JSONResponse:
        return JSONResponse({"detail": detail}, status, headers)

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        lines = [f"{found['loc'][-1]}: {found['msg']}" for found in error.errors()]
        return refuse(422, "; ".join(lines))

    @app.exception_handler(RefusedError)
    def refused(request: Request, error: RefusedError) -> JSONResponse:
        return refuse(error.status, str(error))

    @app.exception_handler(BusyError)
    def busy(request: Request, error: BusyError) -> JSONResponse:
        return refuse(503, "the queue is full", {"Retry-After": str(RETRY_AFTER)})

    @app.exception_handler(LateError)
    def late(request: Request, error: LateError) -> JSONResponse:
        return refuse(504, "the text was not annotated in time")

    # which raises the error again, so that the server's log has it
    @app.exception_handler(Exception)
    def broken(request: Request, error: Exception) -> JSONResponse:
        return refuse(500, "the pipeline failed: the server's log says why")
