"""The page of silences: what is quiet, who said so and until when; begun and ended by duty officers."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.requests import SmallId
from app.api.rule_requests import CancelIn, SilenceIn
from app.api.silences import begin_silence, end_silence
from app.auth.callers import context_of
from app.auth.scope import Caller
from app.console.admin_names import SILENCE_STATE
from app.console.administering import beijing_instant, checked, do_or_again, told
from app.console.air_names import ALERT, POLLUTANT
from app.console.filters import Whoever
from app.console.forms import typed
from app.console.once import new_token
from app.console.page_route import PageRoute, see
from app.console.pages import page, words_of
from app.console.texts import N_, Texts
from app.views.silences import State, list_silences
from models.enums import AlertKind, Role, SilenceKind

router = APIRouter(prefix="/admin/silences", route_class=PageRoute, include_in_schema=False)
ROWS = 50
DONE = {"begun": N_("The silence is set."), "ended": N_("The silence is ended.")}
REFUSED = {
    "from": N_("A silence cannot begin in the past."),
    "until": N_("A silence ends after it begins, and lasts 30 days at most; maintenance 90."),
}
WHOLE = {
    "wants either grid or station": N_("Choose either a station or a grid."),
    "maintenance concerns readings, not kinds of alert": N_(
        "Maintenance concerns what a station says: kinds of alert cannot be chosen for it."
    ),
}


def silence_of(fields: dict[str, str], words: Texts) -> SilenceIn:
    """The silence that a form asks for, as the API would take it."""
    until = beijing_instant(fields, "until", words)
    if until is None:
        raise told(words.say("Please fill in: %(field)s.", field=words.say("Until")))
    pollutants = [name for name in POLLUTANT if f"pollutant_{name}" in fields]
    kinds = [kind for kind in AlertKind if f"kind_{kind.value}" in fields]
    values = {name: fields.get(name) for name in ("kind", "grid", "station", "reason")}
    more: dict[str, Any] = {
        "pollutants": pollutants or None, "kinds": kinds or None, "until": until,
        "from": beijing_instant(fields, "from", words),
    }  # fmt: skip
    return checked(SilenceIn, values | more, words, WHOLE)


@router.get("")
async def silences(
    request: Request,
    caller: Whoever,
    state: State = "active",
    station: Annotated[str, Query(max_length=64)] = "",
    cursor: Annotated[str | None, Query(max_length=100)] = None,
    done: str = "",
) -> Response:
    """Silences of one state, the newest made first, and the form for another one."""
    return await _shown(
        request, caller, state=state, cursor=cursor, done=DONE.get(done), fields={"station": station} if station else {}
    )  # fmt: skip


@router.post("/new")
async def begin(request: Request, caller: Whoever) -> Response:
    """A new silence."""
    context, words = context_of(request), words_of(request)
    fields = typed(await request.form(max_files=1, max_fields=60))

    async def work(session: AsyncSession) -> dict[str, Any]:
        body = silence_of(fields, words)
        now = context.clock.now()
        silence_id = await begin_silence(session, body, caller=caller, context=context, now=now)
        return {"id": silence_id, "state": "active" if body.since is None or body.since <= now else "planned"}

    async def again(message: str, status: int) -> Response:
        return await _shown(request, caller, fields=fields, message=message, status=status)

    return await do_or_again(
        request, caller, fields, work, then=lambda said: f"/admin/silences?state={said['state']}&done=begun",
        again=again, own=REFUSED,
    )  # fmt: skip


@router.get("/{silence_id}")
async def one(silence_id: SmallId, caller: Whoever) -> Response:
    """A silence stands in its list; the links of a refused form lead here."""
    return see("/admin/silences")


@router.post("/{silence_id}/end")
async def end(request: Request, silence_id: SmallId, caller: Whoever) -> Response:
    """Ends a silence before its time."""
    context, words = context_of(request), words_of(request)
    fields = typed(await request.form(max_files=1, max_fields=10))

    async def work(session: AsyncSession) -> dict[str, Any]:
        body = checked(CancelIn, {"reason": fields.get("reason")}, words)
        await end_silence(session, silence_id, body, caller=caller, context=context)
        return {"id": silence_id}

    async def again(message: str, status: int) -> Response:
        return await _shown(request, caller, message=message, status=status)

    return await do_or_again(
        request, caller, fields, work, then=lambda _: "/admin/silences?state=cancelled&done=ended", again=again
    )  # fmt: skip


async def _shown(
    request: Request,
    caller: Caller,
    *,
    state: State = "active",
    cursor: str | None = None,
    fields: Mapping[str, str] = {},
    message: str = "",
    done: str | None = None,
    status: int = 200,
) -> Response:
    context = context_of(request)
    now = context.clock.now()
    async with context.sessions() as session:
        found = await list_silences(
            session, scope=caller.scope, now=now, state=state, cursor=cursor, limit=ROWS
        )
    over = [grid for role, grid in caller.duties if role is Role.DUTY_OFFICER]
    mine = {grid for duty in over for grid in context.directory.subtree(duty)}
    return page(
        request, "silences.html", status, caller=caller, now=now, silences=found["items"],
        next_cursor=found["next_cursor"], state=state, states=SILENCE_STATE, fields=fields, message=message, done=done,
        grids=[grid for grid in context.directory.grids if grid.id in mine],
        stations=[one for one in context.directory.stations if one.grid_id in mine],
        kinds=list(SilenceKind), alerts=ALERT, pollutants=POLLUTANT, token=new_token(),
    )  # fmt: skip
