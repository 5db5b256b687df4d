"""The page of what could not be taken in: why, what it said, and taking it in again."""

import base64
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.requests import SmallId
from app.api.rights import demand
from app.auth.callers import context_of, storable
from app.auth.scope import Caller
from app.console.admin_names import QUARANTINE
from app.console.administering import do_or_again, told
from app.console.filters import Whoever
from app.console.forms import typed
from app.console.once import new_token
from app.console.page_route import PageRoute
from app.console.pages import page, words_of
from app.console.texts import N_
from app.ingest import replay
from app.views.quarantine import list_quarantine, quarantine_document
from models.enums import QuarantineReason, Role
from models.errors import NotFound, NotReplayable

router = APIRouter(prefix="/admin/quarantine", route_class=PageRoute, include_in_schema=False)
ROWS = 50
MOST = 20
"""Messages that one press takes in again: each may hold a thousand readings."""
SHOWN = 16 * 1024
"""Bytes of a payload on the page."""
COUNTS = ("stored", "duplicates", "corrected", "rejected", "skipped")
RESULT = {
    "stored": N_("stored"),
    "duplicates": N_("there already"),
    "corrected": N_("corrected"),
    "rejected": N_("still cannot be taken"),
    "skipped": N_("cannot be taken in again"),
}
Count = Annotated[int, Query(ge=0, le=1_000_000)]


def readable(found: dict[str, Any]) -> tuple[str, bool, bool]:
    """What a payload says, cut to what a page bears; whether it is bytes in hex, and whether it was cut."""
    said = str(found["payload"])
    if found["encoding"] == "utf-8":
        return said[:SHOWN], False, len(said) > SHOWN
    octets = base64.b64decode(said)
    lines = [octets[at : at + 16].hex(" ") for at in range(0, min(len(octets), SHOWN), 16)]
    return "\n".join(lines), True, len(octets) > SHOWN


@router.get("")
async def messages(
    request: Request,
    caller: Whoever,
    reason: str = "",
    station: Annotated[str, Query(max_length=64)] = "",
    replayed: str = "no",
    cursor: Annotated[str | None, Query(max_length=100)] = None,
    done: str = "",
    stored: Count = 0,
    duplicates: Count = 0,
    corrected: Count = 0,
    rejected: Count = 0,
    skipped: Count = 0,
) -> Response:
    """Messages that could not be taken, the newest first, without their payloads."""
    counts = dict(zip(COUNTS, (stored, duplicates, corrected, rejected, skipped), strict=True))
    return await _shown(
        request, caller, reason=reason, station=station, replayed=replayed, cursor=cursor,
        counts=counts if done else {},
    )  # fmt: skip


@router.get("/{quarantine_id}")
async def message(request: Request, quarantine_id: SmallId, caller: Whoever) -> Response:
    """One message with its payload, as text or in hex, cut where it is long."""
    demand(caller, Role.ADMINISTRATOR)
    async with context_of(request).sessions() as session:
        found = await quarantine_document(session, quarantine_id)
    text, in_hex, cut = readable(found)
    return page(
        request, "quarantined.html", caller=caller, one=found, text=text, in_hex=in_hex, cut=cut, shown=SHOWN,
        token=new_token(),
    )  # fmt: skip


@router.post("/replay")
async def replay_chosen(request: Request, caller: Whoever) -> Response:
    """Takes the chosen messages in again, through the same decoding as when they came."""
    context, words = context_of(request), words_of(request)
    fields = typed(await request.form(max_files=1, max_fields=100))
    said = [name.removeprefix("pick_") for name in fields if name.startswith("pick_")]
    chosen = sorted(int(one) for one in said if one.isascii() and one.isdigit() and len(one) < 10)

    async def work(session: AsyncSession) -> dict[str, Any]:
        demand(caller, Role.ADMINISTRATOR)
        if not 1 <= len(chosen) <= MOST:
            raise told(words.say("Choose 1 to %(most)s messages.", most=MOST))
        total = dict.fromkeys(COUNTS, 0)
        for one in chosen:
            try:
                outcome = await replay.replay(context, session, one, caller=caller)
            except (NotReplayable, NotFound):
                if len(chosen) == 1:
                    raise
                total["skipped"] += 1
                continue
            for name in ("stored", "duplicates", "corrected"):
                total[name] += outcome[name]
            total["rejected"] += len(outcome["rejected"])
        return total

    async def again(text: str, status: int) -> Response:
        return await _shown(request, caller, message=text, status=status)

    return await do_or_again(
        request, caller, fields, work, again=again,
        then=lambda total: f"/admin/quarantine?done=1&{urlencode([(name, total[name]) for name in COUNTS])}",
    )  # fmt: skip


async def _shown(
    request: Request,
    caller: Caller,
    *,
    reason: str = "",
    station: str = "",
    replayed: str = "no",
    cursor: str | None = None,
    counts: dict[str, int] | None = None,
    message: str = "",
    status: int = 200,
) -> Response:
    demand(caller, Role.ADMINISTRATOR)
    if not storable(station):
        raise NotFound("no station is called that")
    async with context_of(request).sessions() as session:
        found = await list_quarantine(
            session, reason=next((one for one in QuarantineReason if one.value == reason), None),
            station=station or None, replayed={"yes": True, "no": False}.get(replayed), cursor=cursor, limit=ROWS,
        )  # fmt: skip
    return page(
        request, "quarantine.html", status, caller=caller, messages=found["items"],
        next_cursor=found["next_cursor"], reason=reason, station=station, replayed=replayed, reasons=QUARANTINE,
        counts={RESULT[name]: number for name, number in (counts or {}).items() if number or name == "stored"},
        message=message, token=new_token(), most=MOST,
    )  # fmt: skip
