"""How answers are written: JSON, and problems after RFC 9457."""

from http import HTTPStatus
from typing import Any

import msgspec
from fastapi import Response

API = "/api/v1"
PROBLEM_TYPE = "application/problem+json"
_RESERVED = frozenset({"type", "title", "status", "detail", "code", "request_id", "errors"})


def answer(body: dict[str, Any], status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON answer out of plain values; views give exactly what is shown, nothing is re-validated."""
    # What one person may see must not stay in a shared browser's cache.
    headers = {"Cache-Control": "no-store"} | (headers or {})
    return Response(msgspec.json.encode(body, enc_hook=_plain), status, headers, "application/json")


def _plain(value: Any) -> str:
    """The text of a `Said`, which the encoder does not take for one."""
    if isinstance(value, str):
        return str(value)
    raise TypeError(f"an answer has plain values, not a {type(value).__name__}")


def order_answer(order: dict[str, Any], status: int = 200) -> Response:
    """An order with its version as ETag, ready for If-Match."""
    headers = {"ETag": etag(order["version"])}
    if status == HTTPStatus.CREATED:
        headers["Location"] = f"{API}/orders/{order['id']}"
    return answer(order, status, headers)


def etag(version: int) -> str:
    return f'"{version}"'


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    request_id: str | None = None,
    errors: list[dict[str, Any]] | None = None,
    extra: dict[str, Any] | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    """A problem document; `code` is stable, `detail` is for people."""
    body: dict[str, Any] = {
        "type": f"urn:geshao:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
    }
    if request_id is not None:
        body["request_id"] = request_id
    if errors is not None:
        body["errors"] = errors
    body |= {name: value for name, value in (extra or {}).items() if name not in _RESERVED}
    return Response(msgspec.json.encode(body, enc_hook=str), status, headers, PROBLEM_TYPE)
