"""The duty desk 值班席: who sits there, and how one shift takes over from another 交接班."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from app.api.answers import API, answer
from app.api.described import Cursor, Limit, problems
from app.api.desk_requests import ConfirmIn, SignInIn, SignOutIn
from app.api.desk_shapes import DeskShape, DeskShiftShape, NoteBrief, NoteShape
from app.api.requests import Code, Id
from app.api.route import ONCE, SIGN_IN, ActRoute, Session, Shared, Whoever
from app.api.shapes import Page
from app.auth.desks import desk_of
from app.flows import desk as flow
from app.views import desk as views
from app.views.desk_risks import open_risks

router = APIRouter(prefix="/desk", tags=["desk"], route_class=ActRoute, dependencies=SIGN_IN)
_READ = problems(403, 404)
_ACT = problems(400, 403, 404, 409, 413)
WhoseDesk = Annotated[
    Code | None, Query(alias="grid", description="Whose desk; the caller's own without it.")
]


@router.get("", summary="The duty desk 值班席", response_model=DeskShape, responses=_READ)
async def get_desk(session: Session, caller: Whoever, context: Shared, grid: WhoseDesk = None) -> Response:
    """Who sits there, the notes that wait, and what is open now.

    For duty officers and administrators of the grid and of those above it, chiefs and viewers of the prefecture.
    """
    desk = desk_of(caller, context.directory, grid)
    now = context.clock.now()
    silence = context.settings.engine.offline_after
    found = {
        "grid": desk.grid.code,
        "grid_name": desk.grid.name,
        "may_sit": desk.acts,
        "on_turn": await views.on_turn(session, desk, now),
        "sitting": await views.sitting(session, desk.grid.id, now),
        "waiting": await views.waiting(session, desk.grid.id),
        "last_note": await views.last_note(session, desk.grid.id),
        "risks": await open_risks(session, desk, silence=silence, now=now),
    }
    return answer(found)


@router.post(
    "/sign-in",
    summary="Sign in at the desk 接班",
    status_code=201,
    response_model=DeskShiftShape,
    responses=_ACT,
    dependencies=ONCE,
)
async def sign_in(
    session: Session, caller: Whoever, context: Shared, body: SignInIn = SignInIn()
) -> Response:
    """By a duty officer or administrator of the grid; several may sit there, nobody twice."""
    desk = desk_of(caller, context.directory, body.grid)
    shift_id = await flow.sign_in(context.pipeline, session, desk, caller=caller, clock=context.clock)
    return answer(await views.shift_document(session, shift_id, context.clock.now()), 201)


@router.post(
    "/sign-out",
    summary="Sign out of the desk 交班",
    status_code=201,
    response_model=NoteShape,
    responses=_ACT,
    dependencies=ONCE,
)
async def sign_out(
    session: Session, caller: Whoever, context: Shared, body: SignOutIn = SignOutIn()
) -> Response:
    """Leaves a note: what is open at this moment, and the remarks. It waits until somebody else confirms it."""
    desk = desk_of(caller, context.directory, body.grid)
    note_id = await flow.sign_out(
        context.pipeline,
        session,
        desk,
        remarks=body.remarks,
        silence=context.settings.engine.offline_after,
        caller=caller,
        clock=context.clock,
    )
    note = await views.note_document(session, note_id, caller, context.directory)
    return answer(note, 201, {"Location": f"{API}/desk/notes/{note_id}"})


@router.post(
    "/shifts/{shift_id}/end",
    summary="End a forgotten shift",
    response_model=DeskShiftShape,
    responses=_ACT,
    dependencies=ONCE,
)
async def end_forgotten(shift_id: Id, session: Session, caller: Whoever, context: Shared) -> Response:
    """Of somebody else who did not sign out for 24 h; by whoever sits at the desk. It leaves no note."""
    code = await views.shift_grid(session, shift_id, caller, context.directory)
    desk = desk_of(caller, context.directory, code)
    await flow.end_forgotten(context.pipeline, session, desk, shift_id, caller=caller, clock=context.clock)
    return answer(await views.shift_document(session, shift_id, context.clock.now()))


@router.get(
    "/notes", summary="Notes left at the desk", response_model=Page[NoteBrief], responses=problems(403, 404)
)
async def list_notes(
    session: Session,
    caller: Whoever,
    context: Shared,
    grid: WhoseDesk = None,
    confirmed: Annotated[bool | None, Query(description="False for those that wait.")] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response:
    """Newest first, without their risks."""
    desk = desk_of(caller, context.directory, grid)
    return answer(
        await views.list_notes(session, desk.grid.id, confirmed=confirmed, cursor=cursor, limit=limit)
    )


@router.get("/notes/{note_id}", summary="One note", response_model=NoteShape, responses=problems(404))
async def get_note(note_id: Id, session: Session, caller: Whoever, context: Shared) -> Response:
    """As it was signed, and who has confirmed it."""
    return answer(await views.note_document(session, note_id, caller, context.directory))


@router.post(
    "/notes/{note_id}/confirm",
    summary="Confirm a note",
    response_model=NoteShape,
    responses=_ACT,
    dependencies=ONCE,
)
async def confirm(
    note_id: Id, session: Session, caller: Whoever, context: Shared, body: ConfirmIn = ConfirmIn()
) -> Response:
    """By somebody who sits at the desk and did not write it, once and for good."""
    note = await views.note_document(session, note_id, caller, context.directory)
    desk = desk_of(caller, context.directory, note["grid"])
    await flow.confirm(
        context.pipeline, session, desk, note_id, remark=body.remark, caller=caller, clock=context.clock
    )
    return answer(await views.note_document(session, note_id, caller, context.directory))
