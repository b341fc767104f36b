"""The body of a request: a form, or a JSON object with the same fields."""

import base64
import json
from collections.abc import Iterable
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from starlette.datastructures import UploadFile

from .schema import ViewChoice
from .uploads import RefusedError

FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
JSON = "application/json"


class Post(BaseModel):
    """A text with its pictures, and how to read them."""

    model_config = ConfigDict(extra="forbid")

    text: str
    picture: list[bytes] = Field([], description="JPEG, PNG, …; bytes only; can be repeated")
    view: ViewChoice = "both"
    la: bool = Field(True, description="objects as context")
    ga: bool = Field(True, description="captions as context")
    oca: bool = Field(True, description="OCR text as context")
    draw: bool = Field(False, description="add HTML and the drawn picture")

    @field_validator("text")
    @classmethod
    def is_utf8(cls, text: str) -> str:
        """Refuse half of a character, which JSON can hold and spaCy can't."""
        if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
            raise ValueError("it has half of a surrogate pair, which is not UTF-8")
        return text


ACCEPTED = f"send a form or a JSON object with some of the fields {', '.join(Post.model_fields)}"


def body_schema(characters: int) -> dict[str, Any]:
    """Describe the body for the OpenAPI document.

    Args:
        characters: Maximum length of the text.
    """
    form, posted = Post.model_json_schema(), Post.model_json_schema()
    for schema in (form, posted):
        schema["properties"]["text"]["maxLength"] = characters
    encoded = {"type": "string", "contentEncoding": "base64"}
    posted["properties"]["picture"] = {
        "anyOf": [encoded, {"type": "array", "items": encoded}, {"type": "null"}],
        "description": "JPEG, PNG, …: base64, or a data URL with base64; one or a list",
    }
    content = {**dict.fromkeys(FORMS, form), JSON: posted}
    return {
        "required": True,
        "content": {kind: {"schema": schema} for kind, schema in content.items()},
    }


async def read_post(request: Request) -> Post:
    """Read a form or a JSON object. In both, an empty or missing value is the default.

    Raises:
        RefusedError: If the body is neither, a field is unknown or repeated, or the picture is
            neither a file nor base64.
        RequestValidationError: If the text is missing, or a value is of another type.
    """
    for name in request.query_params:
        raise RefusedError(422, f"unknown query parameter {name[:80]!r}: {ACCEPTED}")
    kind = request.headers.get("content-type", FORMS[0]).partition(";")[0].strip().lower()
    if kind in FORMS:
        async with request.form() as form:
            items = form.multi_items()
            fields = _fields(item for item in items if item[0] != "picture")
            # browsers send "" for an empty field
            files = [value for name, value in items if name == "picture" and value != ""]
            fields["picture"] = [await _content(file) for file in files]
    elif kind == JSON:
        fields = _fields(_members(await request.body()))
        given = fields.pop("picture", None) or []
        fields["picture"] = [_decoded(p) for p in (given if isinstance(given, list) else [given])]
    else:
        raise RefusedError(422, f"the body is {kind[:80]!r}: {ACCEPTED}")
    try:
        return Post.model_validate({k: v for k, v in fields.items() if v is not None and v != ""})
    except ValidationError as error:
        raise RequestValidationError(error.errors()) from error


def _fields(items: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Collect fields; refuse unknown ones, which might hold a picture under another name."""
    fields: dict[str, Any] = {}
    for name, value in items:
        if name not in Post.model_fields:
            raise RefusedError(422, f"unknown field {name[:80]!r}: {ACCEPTED}")
        if name in fields:
            raise RefusedError(422, f"the field {name!r} is given more than once")
        fields[name] = value
    return fields


async def _content(file: Any) -> bytes:
    if not isinstance(file, UploadFile):
        raise RefusedError(422, "picture: it must be a file, not its name or its text")
    return await file.read()


def _members(body: bytes) -> Iterable[tuple[str, Any]]:
    try:
        # objects become tuples, so that names that occur twice are seen
        found = json.loads(body, object_pairs_hook=tuple)
    except (ValueError, RecursionError) as error:
        raise RefusedError(400, f"the JSON can't be parsed: {error}") from error
    if not isinstance(found, tuple):
        raise RefusedError(422, f"the JSON is not an object: {ACCEPTED}")
    return found


def _decoded(picture: Any) -> bytes:
    """Decode base64, alone or in a data URL, in one line or several."""
    try:
        encoded = picture.partition(",")[2] if picture.startswith("data:") else picture
        return base64.b64decode("".join(encoded.split()), validate=True)
    except (ValueError, AttributeError) as error:
        raise RefusedError(
            422, "picture: in JSON it must be the bytes of a file in base64, or a data URL"
        ) from error
