"""What Open311 GeoReport v2 has its answers look like, as JSON and as XML. Pure.

JSON follows the XML by the specification's own convention: a list of `service` in `services` is a list.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from xml.etree.ElementTree import Element, SubElement, tostring

import msgspec

Format = Literal["json", "xml"]
MEDIA_TYPE = {"json": "application/json; charset=utf-8", "xml": "text/xml; charset=utf-8"}
SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
CHANGED = "2026-11-27T00:00:00+08:00"
"""When this end point last changed, as the discovery document says."""
_ITEM = {
    "services": "service",
    "service_requests": "request",
    "attributes": "attribute",
    "values": "value",
    "errors": "error",
    "endpoints": "endpoint",
    "formats": "format",
}
# XML 1.0 has no way to say these, escaped or not.
_UNSAYABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Open311Error(Exception):
    """A refusal in the specification's form; `code` is the status of HTTP as well."""

    code: int
    description: str


def asked_format(name: str, accept: str) -> tuple[str, Format]:
    """The name without its suffix and the format asked for; XML, which every server has, where nothing is asked."""
    stem, dot, suffix = name.rpartition(".")
    if dot and suffix in ("json", "xml"):
        return stem, "json" if suffix == "json" else "xml"
    return name, "json" if "json" in accept and "xml" not in accept else "xml"


def written(root: str, content: Any, fmt: Format) -> bytes:
    """A document: a list under a root that names its items, or one thing with fields."""
    if fmt == "json":
        return msgspec.json.encode(content)
    element = Element(root)
    _fill(element, root, content)
    text: bytes = tostring(element, encoding="utf-8", xml_declaration=False)
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + text


def error_document(error: Open311Error) -> list[dict[str, Any]]:
    return [{"code": error.code, "description": error.description}]


def service(code: str, name: str, keywords: Sequence[str], group: str) -> dict[str, Any]:
    """A kind of report; none of them asks for more than the specification's own fields."""
    return {
        "service_code": code,
        "service_name": name,
        "description": name,
        "metadata": False,
        "type": "realtime",
        "keywords": ", ".join(keywords),
        "group": group,
    }


def definition(code: str) -> dict[str, Any]:
    return {"service_code": code, "attributes": []}


def discovery(url: str, *, contact: str, key_service: str) -> dict[str, Any]:
    return {
        "changeset": CHANGED,
        "contact": contact,
        "key_service": key_service,
        "endpoints": [
            {
                "specification": SPECIFICATION,
                "url": url,
                "changeset": CHANGED,
                "type": "production",
                "formats": ["text/xml", "application/json"],
            }
        ],
    }


def request_document(
    report: Mapping[str, Any], *, own: bool, status: str, notes: str | None, name: str, agency: str | None
) -> dict[str, Any]:
    """A report as Open311 shows it. What somebody wrote, and where exactly, only its own sender reads."""
    return {
        "service_request_id": report["number"],
        "status": status,
        "status_notes": notes,
        "service_name": name,
        "service_code": report["category"],
        "description": report["text"] if own else None,
        "agency_responsible": agency,
        "service_notice": None,
        "requested_datetime": report["received_at"],
        "updated_datetime": report["closed_at"] or report["moved_at"],
        "expected_datetime": report["due_at"],
        "address": report["place"] if own else None,
        "address_id": None,
        "zipcode": None,
        "lat": _near(report["lat"], own),
        "long": _near(report["lon"], own),
        "media_url": report["media_url"] if own else None,
    }


def _near(degrees: float | None, own: bool) -> float | None:
    """To about 100 m for whoever did not send it."""
    return degrees if own or degrees is None else round(degrees, 3)


def _fill(element: Element, name: str, content: Any) -> None:
    if isinstance(content, Mapping):
        for key, value in content.items():
            _fill(SubElement(element, key), key, value)
    elif isinstance(content, Sequence) and not isinstance(content, str):
        item = _ITEM[name]
        for one in content:
            _fill(SubElement(element, item), item, one)
    elif isinstance(content, bool):
        element.text = "true" if content else "false"
    elif content is not None:
        element.text = _UNSAYABLE.sub("", str(content))
