"""The time of the device on which somebody acted: bounded, kept as claimed, and gone by for nothing.

Somebody on site without a network acts when they act, and the service hears of it later. What counts is when it
heard; what the device claims stands beside it on the record.
"""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import Depends, Header
from pydantic import AwareDatetime, TypeAdapter, ValidationError

from app.api.route import Shared
from models.errors import Invalid

HEADER = "X-Client-Time"
AHEAD = timedelta(minutes=10)
BEHIND = timedelta(days=7)
LONGEST = 40
_read = TypeAdapter(AwareDatetime).validate_python


def claimed(text: str, now: datetime) -> datetime:
    """The instant that an RFC 3339 text names; raises Invalid for none, and outside the bounds around `now`."""
    if len(text) > LONGEST or "T" not in text.upper():
        raise Invalid(f"{HEADER} wants an RFC 3339 time with its offset", field=HEADER)
    try:
        at = _read(text).astimezone(UTC)
    except (ValidationError, OverflowError) as error:
        raise Invalid(f"{HEADER} wants an RFC 3339 time with its offset", field=HEADER) from error
    if at > now + AHEAD:
        raise Invalid(
            f"{HEADER} is more than 10 min ahead of the service: set the device's clock", field=HEADER
        )
    if at < now - BEHIND:
        raise Invalid(f"{HEADER} is more than 7 days ago", field=HEADER)
    return at


async def client_time(
    context: Shared,
    text: Annotated[
        str | None,
        Header(
            alias=HEADER,
            description="When it was done by the device's clock (RFC 3339), at most 10 min ahead and 7 days back. "
            "Kept on the record as claimed; no deadline goes by it.",
        ),
    ] = None,
) -> datetime | None:
    return None if text is None else claimed(text, context.clock.now())


ClientTime = Annotated[datetime | None, Depends(client_time)]
