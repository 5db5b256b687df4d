"""What stands in a pack, before it is written: plain values, read at one instant."""

from dataclasses import dataclass
from typing import Any

from app.chain import Row

SUFFIXES = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "image/heic": ".heic",
    "application/pdf": ".pdf",
    "application/zip": ".zip",
}


@dataclass(frozen=True, slots=True)
class Linked:
    """A row of the journal with the link that it follows from in the chain of all events."""

    row: Row
    previous: bytes


@dataclass(frozen=True, slots=True)
class Contents:
    """Everything about one order. Instants in the documents are RFC 3339 text."""

    grid_id: int
    order: dict[str, Any]
    timeline: list[dict[str, Any]]
    alerts: list[dict[str, Any]]
    policy: dict[str, Any]
    clocks: dict[str, Any]
    chain: list[Linked]
    head: tuple[int, bytes]
    """Of the chain of all events, at that instant."""

    @property
    def number(self) -> str:
        return str(self.order["number"])


def media_name(digest: str, media_type: str) -> str:
    """A file's name in the pack: its SHA-256, so that the same file twice is one."""
    docx = media_type.endswith("wordprocessingml.document")
    return f"media/{digest}{'.docx' if docx else SUFFIXES.get(media_type, '')}"
