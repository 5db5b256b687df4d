"""Alarms of the duty board: what rings, and who has muted what, for how long and why.

Each browser rings by itself, so a mute concerns one screen; that somebody muted one is everybody's business and goes
to the journal of the person's grid.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.callers import context_of
from app.auth.scope import Caller
from app.console.filters import Whoever
from app.console.forms import typed
from app.console.once import do_once, new_token
from app.console.page_route import PageRoute
from app.console.pages import FRESH
from app.console.texts import N_
from app.context import Context
from app.registry.directory import GridInfo
from app.views.paging import instant
from models.bulk import fetch
from models.enums import EventKind
from models.errors import Forbidden, Invalid, NotFound
from models.facts import Told
from models.ids import GridId, PersonId

router = APIRouter(prefix="/board", route_class=PageRoute, include_in_schema=False)


class Alarm(StrEnum):
    """What may ring, from the quietest."""

    DUE_SOON = "due_soon"
    BREACHED = "breached"
    ESCALATED = "escalated"


ALARM_NAMES: dict[str, str] = {
    Alarm.DUE_SOON: N_("Nearly due"),
    Alarm.BREACHED: N_("Breaches"),
    Alarm.ESCALATED: N_("Escalations"),
}
ALARM_WORDS: dict[str, str] = {
    "on": N_("Alarms ring"),
    "off": N_("Let alarms ring"),
    "muted": N_("muted until"),
    "due_soon": N_("Nearly due"),
    "breached": N_("Breach"),
    "escalated": N_("Escalation"),
    "drill": N_("Drill"),
    "more": N_("and more on the board"),
    "failed": N_("It was not muted; please try again."),
    "lift": N_("Lift the mute"),
    "lift_failed": N_("The mute was not lifted; please try again."),
}
MINUTES = (15, 30, 60)
"""A mute ends by itself: nobody sits long before a board that says nothing."""
LONGEST_REASON = 200
_MUTED = """
SELECT m.id FROM (SELECT * FROM journal WHERE kind = 'board.muted' AND grid_id = $1 ORDER BY id DESC LIMIT 500) m
 WHERE m.actor_id = $2 AND m.data ->> 'alarm' = $3 AND m.data ->> 'until' = $4 LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Mute:
    """One alarm of one screen, silent for so many minutes."""

    alarm: Alarm
    minutes: int
    reason: str

    def until(self, now: datetime) -> datetime:
        return now + timedelta(minutes=self.minutes)


def mute_of(fields: dict[str, str]) -> Mute:
    """The mute a form asks for; raises Invalid unless alarm, time and reason are among those that can be taken."""
    reason = fields.get("reason", "").strip()
    alarm, minutes = fields.get("alarm", ""), fields.get("minutes", "")
    if alarm not in list(Alarm):
        raise Invalid("no such alarm", field="alarm")
    if minutes not in [str(one) for one in MINUTES]:
        raise Invalid("an alarm is muted for 15, 30 or 60 minutes", field="minutes")
    if not reason or len(reason) > LONGEST_REASON:
        raise Invalid(f"say why, in at most {LONGEST_REASON} characters", field="reason")
    return Mute(Alarm(alarm), int(minutes), reason)


@router.post("/mute")
async def mute_alarm(request: Request, caller: Whoever) -> Response:
    """Silences one alarm on one screen for a while; who did and why goes to the journal, once for a form."""
    context = context_of(request)
    fields = typed(await request.form(max_files=1, max_fields=10))
    mute = mute_of(fields)
    grid = _grid(caller, context)
    now = context.clock.now()
    said: dict[str, Any] = {
        "alarm": mute.alarm.value,
        "until": instant(mute.until(now)),
        "reason": mute.reason,
    }
    fact = Told(
        EventKind.BOARD_MUTED, GridId(grid.id), grid.code, now, PersonId(caller.id), caller.name, said
    )

    async def mute_it(session: AsyncSession) -> dict[str, Any]:
        await context.pipeline.told(session, [fact], now=now)
        return said

    said = await do_once(request, caller, fields, mute_it)
    # The form may be used again on the same page, so it gets a token for that.
    return JSONResponse(said | {"once": new_token()}, headers={"Cache-Control": FRESH})


@router.post("/unmute")
async def lift_mute(request: Request, caller: Whoever) -> Response:
    """Ends a mute of the caller before its time, on the record too; NotFound where there is none that still holds."""
    context = context_of(request)
    fields = typed(await request.form(max_files=1, max_fields=10))
    alarm, until = lifted_of(fields)
    grid = _grid(caller, context)
    now = context.clock.now()
    said: dict[str, Any] = {"alarm": alarm.value, "until": instant(until)}
    fact = Told(
        EventKind.BOARD_UNMUTED, GridId(grid.id), grid.code, now, PersonId(caller.id), caller.name, said
    )

    async def lift_it(session: AsyncSession) -> dict[str, Any]:
        found = await fetch(session, _MUTED, grid.id, caller.id, alarm.value, said["until"])
        if not found or until <= now:
            raise NotFound("no such mute")
        await context.pipeline.told(session, [fact], now=now)
        return said

    said = await do_once(request, caller, fields, lift_it)
    return JSONResponse(said | {"once": new_token()}, headers={"Cache-Control": FRESH})


def lifted_of(fields: dict[str, str]) -> tuple[Alarm, datetime]:
    """Which mute a form wants lifted: its alarm, and until when it was to hold. Raises Invalid."""
    alarm = fields.get("alarm", "")
    if alarm not in list(Alarm):
        raise Invalid("no such alarm", field="alarm")
    try:
        until = datetime.fromisoformat(fields.get("until", "")[:40])
    except ValueError:
        raise Invalid("no such time", field="until") from None
    if until.tzinfo is None:
        raise Invalid("no such time", field="until")
    return Alarm(alarm), until


def _grid(caller: Caller, context: Context) -> GridInfo:
    """Of whose journal it is; raises Forbidden for whoever has no duty."""
    grid = context.directory.grid(caller.duties[0][1]) if caller.duties else None
    if grid is None:
        raise Forbidden("who has no duty has no alarms")
    return grid
