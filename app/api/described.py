"""What the OpenAPI description says of errors and paging, once for all routes."""

from http import HTTPStatus
from threading import Lock
from typing import Annotated, Any

from fastapi import FastAPI, Query
from fastapi.responses import JSONResponse

from app.api.answers import PROBLEM_TYPE
from app.api.requests import MAX_LIMIT
from app.api.shapes import Problem

Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Items on a page.")]
Cursor = Annotated[str | None, Query(max_length=64, description="`next_cursor` of the page before; opaque.")]
GridFilter = Annotated[
    str | None,
    Query(alias="grid", max_length=64, description="A grid's code; means everything below it too."),
]
StationFilter = Annotated[str | None, Query(alias="station", max_length=64, description="A station's code.")]

_MEANING = {
    400: "The body cannot be read at all.",
    401: "Not signed in.",
    403: "Seen, but not this caller's to do.",
    404: "Nothing there that this caller may see.",
    409: "Forbidden transition, or an Idempotency-Key used for another request.",
    412: "Changed since it was read.",
    413: "Too large.",
    415: "Not an accepted type of content.",
    422: "Malformed, or saying what cannot be.",
    429: "Too many failed attempts.",
    503: "The database cannot be reached; try again after `Retry-After`.",
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that can answer these errors, beside 401, 422 and 503, which all can."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        status: {
            "description": _MEANING.get(status, HTTPStatus(status).phrase),
            "content": {PROBLEM_TYPE: {"schema": schema}},
        }
        for status in sorted({401, 422, 503, *statuses})
    }


class Application(FastAPI):
    """Described by OpenAPI with every `Problem` defined; `problems` refers to it.

    Putting the description together takes seconds: it is done once, by a thread, while others are answered.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(openapi_url=None, docs_url=None, redoc_url=None, **options)
        self._describing = Lock()
        self.add_api_route("/openapi.json", self._described, include_in_schema=False)

    def _described(self) -> JSONResponse:
        return JSONResponse(self.openapi())

    def openapi(self) -> dict[str, Any]:
        with self._describing:
            described = self.openapi_schema
            if described is None:
                described = super().openapi()
                schemas = described.setdefault("components", {}).setdefault("schemas", {})
                schemas["Problem"] = Problem.model_json_schema()
            return described


UPLOAD: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                    "additionalProperties": {"type": "string"},
                }
            }
        },
    }
}
"""Of a route that takes a file, and what a form says beside it."""
