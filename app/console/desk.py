"""The page of the desk 交接班: who sits there, what is open, signing in and out, and the notes that were left."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.desk_requests import ConfirmIn, SignOutIn
from app.api.errors import STATUS
from app.api.requests import Id
from app.auth.callers import context_of
from app.auth.desks import Desk, demand_seat, desk_of
from app.auth.scope import Caller
from app.console.desk_words import risks_in_words
from app.console.filters import Whoever
from app.console.forms import checked_by, only, typed
from app.console.once import do_once, new_token
from app.console.page_route import PageRoute, message_of, see
from app.console.pages import page, words_of
from app.console.refusals import ERROR
from app.console.texts import N_, Texts
from app.context import Context
from app.flows import desk as flow
from app.views import desk as views
from app.views.desk import Presence
from app.views.desk_risks import open_risks
from dispatch.desk.rules import LONGEST_REMARK, LONGEST_REMARKS
from models.errors import DomainError, Forbidden

router = APIRouter(prefix="/desk", route_class=PageRoute, include_in_schema=False)
NOTES = 20
"""Notes on one page of the list."""
SHOWN = 5
"""Notes to confirm that stand on top, the oldest first; the list has the others."""
OPEN_LINES = 8
"""Lines of each kind that the page of the desk shows at once; a note's own page shows all of them."""
DONE = {
    "sign-in": N_("You are signed in at the desk."),
    "sign-out": N_("You are signed out; your note waits for whoever takes over."),
    "confirm": N_("The note is confirmed."),
    "end": N_("The forgotten shift is ended."),
}
_REFUSED = {
    ("sign-in", "overlap"): N_("You are signed in at the desk already."),
    ("sign-out", "forbidden_transition"): N_("You are not signed in at the desk."),
    ("end", "forbidden_transition"): N_("This shift is over, or has not been forgotten yet."),
    ("end", "forbidden"): N_("Sign in at the desk first: whoever sits there ends what was forgotten."),
    ("confirm", "forbidden_transition"): N_("This note has been confirmed already."),
    ("confirm", "may_not_decide"): N_("You wrote this note yourself: whoever takes over confirms it."),
    ("confirm", "forbidden"): N_("Sign in at the desk first: a note is confirmed by whoever takes over."),
}
SAID = {"remarks": N_("Remarks"), "remark": N_("Remark on the confirmation")}
"""What the fields are called in a fault."""


async def board_line(
    session: AsyncSession, caller: Caller, context: Context, now: datetime
) -> Presence | None:
    """What the duty board says of the caller's own desk; None for whoever knows of none."""
    try:
        desk = desk_of(caller, context.directory)
    except Forbidden:
        return None
    return await views.presence(session, desk.grid.id, now)


@router.get("")
async def desk_page(
    request: Request,
    caller: Whoever,
    grid: Annotated[str, Query(max_length=64)] = "",
    cursor: Annotated[str | None, Query(max_length=100)] = None,
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """Who sits at the desk, the notes to confirm, what is open now, and the forms the caller may use."""
    desk = desk_of(caller, context_of(request).directory, grid or None)
    return await _shown(request, caller, desk, cursor=cursor, done=done)


@router.get("/line")
async def line(request: Request, caller: Whoever) -> Response:
    """The line of the duty board alone."""
    context = context_of(request)
    async with context.sessions() as session:
        found = await board_line(session, caller, context, context.clock.now())
    if found is None:
        return Response(status_code=204)
    return page(request, "desk_line.html", caller=caller, desk=found)


@router.get("/notes/{note_id}")
async def note_page(request: Request, note_id: Id, caller: Whoever) -> Response:
    """One note as it was signed, to be read and to be printed."""
    return await _note(request, caller, note_id)


@router.post("/sign-in")
async def sign_in(request: Request, caller: Whoever) -> Response:
    """The caller sits at the desk from now on."""
    context = context_of(request)
    fields = typed(await request.form(max_files=1, max_fields=10))
    desk = desk_of(caller, context.directory, fields.get("grid"))

    async def work(session: AsyncSession) -> dict[str, Any]:
        return {
            "shift": await flow.sign_in(context.pipeline, session, desk, caller=caller, clock=context.clock)
        }

    return await _act(request, caller, desk, "sign-in", fields, work)


@router.post("/sign-out")
async def sign_out(request: Request, caller: Whoever) -> Response:
    """The caller leaves the desk and a note."""
    context = context_of(request)
    fields = typed(await request.form(max_files=1, max_fields=10))
    desk = desk_of(caller, context.directory, fields.get("grid"))

    async def work(session: AsyncSession) -> dict[str, Any]:
        remarks = checked_by(SignOutIn, only(fields, "remarks"), words_of(request), SAID).remarks
        note_id = await flow.sign_out(
            context.pipeline, session, desk, remarks=remarks, silence=context.settings.engine.offline_after,
            caller=caller, clock=context.clock,
        )  # fmt: skip
        return {"note": note_id}

    return await _act(request, caller, desk, "sign-out", fields, work)


@router.post("/shifts/{shift_id}/end")
async def end_forgotten(request: Request, shift_id: Id, caller: Whoever) -> Response:
    """Somebody else forgot to sign out, and the caller, who sits there, ends that shift."""
    context = context_of(request)
    fields = typed(await request.form(max_files=1, max_fields=10))
    async with context.sessions() as session:
        code = await views.shift_grid(session, shift_id, caller, context.directory)
    desk = desk_of(caller, context.directory, code)

    async def work(session: AsyncSession) -> dict[str, Any]:
        await flow.end_forgotten(
            context.pipeline, session, desk, shift_id, caller=caller, clock=context.clock
        )
        return {"shift": shift_id}

    return await _act(request, caller, desk, "end", fields, work)


@router.post("/notes/{note_id}/confirm")
async def confirm(request: Request, note_id: Id, caller: Whoever) -> Response:
    """The caller has taken over and read the note."""
    context = context_of(request)
    fields = typed(await request.form(max_files=1, max_fields=10))
    async with context.sessions() as session:
        note = await views.note_document(session, note_id, caller, context.directory)
    desk = desk_of(caller, context.directory, note["grid"])

    async def work(session: AsyncSession) -> dict[str, Any]:
        remark = checked_by(ConfirmIn, only(fields, "remark"), words_of(request), SAID).remark
        await flow.confirm(
            context.pipeline, session, desk, note_id, remark=remark, caller=caller, clock=context.clock
        )
        return {"note": note_id}

    return await _act(request, caller, desk, "confirm", fields, work, note_id=note_id)


async def _act(
    request: Request,
    caller: Caller,
    desk: Desk,
    act: str,
    fields: dict[str, str],
    work: Callable[[AsyncSession], Awaitable[dict[str, Any]]],
    *,
    note_id: int | None = None,
) -> Response:
    """Acts once, and shows the desk by GET; a refused act gives the page again, with what was typed."""
    demand_seat(desk)
    try:
        await do_once(request, caller, fields, work)
    except DomainError as error:
        message = _message(words_of(request), act, error)
        status = STATUS.get(error.code, 400)
        if note_id is not None:
            return await _note(request, caller, note_id, message=message, status=status, fields=fields)
        return await _shown(request, caller, desk, message=message, status=status, fields=fields)
    own = desk_of(caller, context_of(request).directory)
    return see(
        f"/desk?done={act}" if own.grid.id == desk.grid.id else f"/desk?grid={desk.grid.code}&done={act}"
    )


def _message(words: Texts, act: str, error: DomainError) -> str:
    if (msgid := _REFUSED.get((act, error.code))) is not None:
        return words.say(msgid)
    return message_of(words, error, megabytes=0) if error.code in ERROR or error.extra else error.detail


async def _shown(
    request: Request,
    caller: Caller,
    desk: Desk,
    *,
    cursor: str | None = None,
    done: str = "",
    message: str = "",
    status: int = 200,
    fields: Mapping[str, str] | None = None,
) -> Response:
    context, words = context_of(request), words_of(request)
    now = context.clock.now()
    silence = context.settings.engine.offline_after
    async with context.sessions() as session:
        seated = await views.sitting(session, desk.grid.id, now)
        planned = await views.on_turn(session, desk, now)
        top = await views.waiting(session, desk.grid.id, SHOWN)
        all_waiting = (await views.presence(session, desk.grid.id, now)).waiting
        notes = await views.list_notes(session, desk.grid.id, cursor=cursor, limit=NOTES)
        risks = await open_risks(session, desk, silence=silence, now=now)
    return page(
        request, "desk.html", status, caller=caller, now=now, desk=desk, seated=seated, planned=planned,
        mine=_mine(seated, caller), waiting=[note | _in_words(words, note) for note in top],
        further=all_waiting - len(top),
        notes=[note | {"total": sum(note["counts"].values())} for note in notes["items"]],
        next_cursor=notes["next_cursor"], risks=risks_in_words(words, risks), most=OPEN_LINES,
        message=message, fields=fields or {}, done=words.say(DONE[done]) if done in DONE else "",
        remarks_most=LONGEST_REMARKS, remark_most=LONGEST_REMARK, once=new_token(),
    )  # fmt: skip


async def _note(
    request: Request,
    caller: Caller,
    note_id: int,
    *,
    message: str = "",
    status: int = 200,
    fields: Mapping[str, str] | None = None,
) -> Response:
    context, words = context_of(request), words_of(request)
    now = context.clock.now()
    async with context.sessions() as session:
        note = await views.note_document(session, note_id, caller, context.directory)
        desk = desk_of(caller, context.directory, note["grid"])
        seated = await views.sitting(session, desk.grid.id, now)
    return page(
        request, "desk_note.html", status, caller=caller, now=now, desk=desk, mine=_mine(seated, caller),
        note=note | _in_words(words, note), message=message, fields=fields or {}, remark_most=LONGEST_REMARK,
        once=new_token(),
    )  # fmt: skip


def _mine(seated: list[dict[str, Any]], caller: Caller) -> dict[str, Any] | None:
    """The caller's own open shift at this desk."""
    return next((one for one in seated if one["person"]["username"] == caller.username), None)


def _in_words(words: Texts, note: Mapping[str, Any]) -> dict[str, Any]:
    return {"told": risks_in_words(words, note["risks"])}
