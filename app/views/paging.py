"""Opaque cursors over ids, and instants as text."""

import base64
import binascii
from datetime import datetime
from typing import Any

from models.errors import Invalid

BIGINT_MAX = 2**63 - 1
INTEGER_MAX = 2**31 - 1


def instant(at: datetime | None) -> str | None:
    """RFC 3339 with the offset, `+00:00` for everything out of the database."""
    return None if at is None else at.isoformat()


def encode_cursor(last: int) -> str:
    return base64.urlsafe_b64encode(str(last).encode()).rstrip(b"=").decode()


def decode_cursor(cursor: str | None, *, top: int = BIGINT_MAX) -> int | None:
    """The id a cursor stands for; raises Invalid for what was never one of ours.

    `top` is the largest id the column can hold: the driver refuses to send more.
    """
    if cursor is None:
        return None
    try:
        text = base64.b64decode(cursor.encode() + b"=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        last = int(text.decode("ascii"))
    except (ValueError, binascii.Error) as error:
        raise Invalid("the cursor is not one of ours", field="cursor") from error
    if not 0 <= last <= top or encode_cursor(last) != cursor:
        raise Invalid("the cursor is not one of ours", field="cursor")
    return last


def page(rows: list[dict[str, Any]], limit: int, key: str = "id") -> dict[str, Any]:
    """A page out of up to `limit` + 1 rows: the one too many only tells that there is more."""
    items = rows[:limit]
    return {"items": items, "next_cursor": encode_cursor(items[-1][key]) if len(rows) > limit else None}
