"""People of the registry, and registry files: what administrators change, by the same services as the pages."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.answers import answer
from app.api.described import Cursor, GridFilter, Limit, problems
from app.api.people_shapes import (
    DutyEndIn,
    DutyIn,
    NewPassword,
    PersonIn,
    PersonRow,
    PersonShape,
    ReasonIn,
    RegistryCheck,
    RegistryFileIn,
    RegistryLoaded,
    TermsIn,
)
from app.api.registry import made_secret
from app.api.requests import SmallId
from app.api.rights import demand, demand_prefecture, subtree_filter
from app.api.route import ONCE, SIGN_IN, ActRoute, Session, Shared, Whoever
from app.api.shapes import Page
from app.auth import callers
from app.auth.callers import storable
from app.auth.scope import Caller
from app.context import Context
from app.idempotency import Answer
from app.registry import importing, permits, rights, serving, staff
from app.registry.editor import Author
from app.registry.load import LoadResult
from app.views.paging import instant
from app.views.staff import list_people, person_document
from models.enums import Role
from models.errors import Invalid

_DESK = (Role.ADMINISTRATOR, Role.DUTY_OFFICER)
_MADE = problems(400, 403, 404, 409, 412, 413)


class PasswordRoute(ActRoute):
    """Keeps the answer without the password, and derives it again for a repeated request."""

    def kept(self, body: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in body.items() if name != "password"}

    def repeat(self, request: Request, first: Answer) -> Response:
        if "issued_at" not in first.body:
            return super().repeat(request, first)
        context = callers.context_of(request)
        password = _password(context, request.state.caller, first.body["username"], first.body["issued_at"])
        return super().repeat(request, Answer(first.status, first.body | {"password": password}))


router = APIRouter(tags=["registry"], route_class=PasswordRoute, dependencies=SIGN_IN)


def _password(context: Context, caller: Caller, username: str, issued_at: str | None) -> str:
    return made_secret(context, caller, f"password:{username}", issued_at)


def _author(caller: Caller, reason: str | None) -> Author:
    return Author(caller.id, caller.name, reason)


@router.get("/people", summary="People", response_model=Page[PersonRow], responses=problems(403, 404))
async def get_people(
    session: Session,
    caller: Whoever,
    context: Shared,
    q: Annotated[str, Query(max_length=100, description="Part of the name or user name.")] = "",
    grid: GridFilter = None,
    role: Role | None = None,
    disabled: bool | None = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response:
    """For administrators and duty officers; in the order they came."""
    demand(caller, *_DESK)
    if not storable(q):
        raise Invalid("holds a character that cannot be stored", field="q")
    page = await list_people(
        session, scope=caller.scope, now=context.clock.now(), text=q, role=role or "", disabled=disabled,
        grid_ids=subtree_filter(grid, caller, context), cursor=cursor, limit=limit,
    )  # fmt: skip
    return answer(page)


@router.get(
    "/people/{person_id}", summary="One person", response_model=PersonShape, responses=problems(403, 404)
)
async def get_person(person_id: SmallId, session: Session, caller: Whoever, context: Shared) -> Response:
    """Every duty there was, and the API keys that work."""
    demand(caller, *_DESK)
    return answer(await _document(session, person_id, caller, context.clock.now()))


async def _document(session: AsyncSession, person_id: int, caller: Caller, now: datetime) -> dict[str, Any]:
    found = await person_document(session, person_id, scope=caller.scope, now=now)
    return found | {"mark": (await staff.known(session, person_id, now=now)).mark}


@router.post(
    "/people", summary="Add a person", status_code=201, response_model=NewPassword, responses=_MADE,
    dependencies=ONCE,
)  # fmt: skip
async def add_person(body: PersonIn, session: Session, caller: Whoever, context: Shared) -> Response:
    """By an administrator, with one duty. The password is made here, and shown only in this answer."""
    demand(caller, Role.ADMINISTRATOR)
    now = context.clock.now()
    await permits.demand_giving(session, caller, body.role, body.grid, context.directory)
    issued_at = instant(now)
    password = _password(context, caller, body.username, issued_at)
    person_id = await staff.add(
        session, username=body.username, name=body.name, phone=body.phone, password=password, grid=body.grid,
        role=body.role.value, since=body.since, until=body.until, by=_author(caller, body.reason), now=now,
        terms=body.said(),
    )  # fmt: skip
    made = {"id": person_id, "username": body.username, "issued_at": issued_at, "password": password}
    return answer(made, 201)


@router.post(
    "/people/{person_id}/password", summary="Give a person another password", response_model=NewPassword,
    responses=_MADE, dependencies=ONCE,
)  # fmt: skip
async def new_password(
    person_id: SmallId, body: ReasonIn, session: Session, caller: Whoever, context: Shared
) -> Response:
    """Every session of the person ends. The password is shown only in this answer."""
    return await _with_password(person_id, body, session, caller, context, enable=False)


@router.post(
    "/people/{person_id}/enable", summary="Let a disabled person sign in again", response_model=NewPassword,
    responses=_MADE, dependencies=ONCE,
)  # fmt: skip
async def enable(
    person_id: SmallId, body: ReasonIn, session: Session, caller: Whoever, context: Shared
) -> Response:
    """With a new password, shown only in this answer; sessions and API keys from before stay ended."""
    return await _with_password(person_id, body, session, caller, context, enable=True)


async def _with_password(
    person_id: int, body: ReasonIn, session: AsyncSession, caller: Caller, context: Context, *, enable: bool
) -> Response:
    now, by = context.clock.now(), _author(caller, body.reason)
    person = await _held(session, person_id, caller, context, mark=body.mark)
    username, issued_at = person.row.username, instant(now)
    password = _password(context, caller, username, issued_at)
    give = staff.enable if enable else staff.give_password
    await give(session, person_id, password, seen=None, by=by, now=now)
    return answer({"id": person_id, "username": username, "issued_at": issued_at, "password": password})


@router.post(
    "/people/{person_id}/disable", summary="Disable a person", response_model=PersonShape, responses=_MADE,
    dependencies=ONCE,
)  # fmt: skip
async def disable(
    person_id: SmallId, body: ReasonIn, session: Session, caller: Whoever, context: Shared
) -> Response:
    """Sessions and API keys end at once; nobody disables themselves or the last administrator of the prefecture."""
    now = context.clock.now()
    await _held(session, person_id, caller, context, mark=body.mark)
    await staff.disable(session, person_id, seen=None, by=_author(caller, body.reason), now=now)
    return answer(await _document(session, person_id, caller, now))


@router.post(
    "/people/{person_id}/duties", summary="A further duty", status_code=201, response_model=PersonShape,
    responses=_MADE, dependencies=ONCE,
)  # fmt: skip
async def begin_duty(
    person_id: SmallId, body: DutyIn, session: Session, caller: Whoever, context: Shared
) -> Response:
    """By an administrator of the grid; roles that reach beyond it are given by the prefecture's."""
    demand(caller, Role.ADMINISTRATOR)
    now = context.clock.now()
    await permits.demand_giving(session, caller, body.role, body.grid, context.directory)
    await staff.begin_duty(
        session, person_id, grid=body.grid, role=body.role.value, since=body.since, until=body.until,
        seen=body.mark, by=_author(caller, body.reason), now=now, terms=body.said(),
    )  # fmt: skip
    return answer(await _document(session, person_id, caller, now), 201)


@router.post(
    "/people/{person_id}/duties/{duty_id}/terms", summary="Say more of a duty", response_model=PersonShape,
    responses=_MADE, dependencies=ONCE,
)  # fmt: skip
async def change_terms(
    person_id: SmallId, duty_id: SmallId, body: TermsIn, session: Session, caller: Whoever, context: Shared
) -> Response:
    """Post, full time, grids covered. What was not recorded is filled in; else the duty ends and begins anew."""
    demand(caller, Role.ADMINISTRATOR)
    now = context.clock.now()
    await _demand_duty(session, person_id, duty_id, caller, context, mark=body.mark)
    await serving.change_terms(
        session, person_id, duty_id, terms=body.said(), seen=None, by=_author(caller, body.reason), now=now
    )
    return answer(await _document(session, person_id, caller, now))


@router.post(
    "/people/{person_id}/duties/{duty_id}/end", summary="End a duty", response_model=PersonShape,
    responses=_MADE, dependencies=ONCE,
)  # fmt: skip
async def end_duty(
    person_id: SmallId, duty_id: SmallId, body: DutyEndIn, session: Session, caller: Whoever, context: Shared
) -> Response:
    """Now or later; one that is still to come and is ended now never begins. Nothing is deleted that has been."""
    demand(caller, Role.ADMINISTRATOR)
    now = context.clock.now()
    await _demand_duty(session, person_id, duty_id, caller, context, mark=body.mark)
    await staff.end_duty(
        session, person_id, duty_id, at=body.at, seen=None, by=_author(caller, body.reason), now=now
    )
    return answer(await _document(session, person_id, caller, now))


@router.post(
    "/registry/check", summary="Check a registry file", response_model=RegistryCheck, responses=_MADE,
    dependencies=ONCE,
)  # fmt: skip
async def check_registry(body: RegistryFileIn, caller: Whoever, context: Shared) -> Response:
    """By an administrator of the prefecture: faults with their lines, or what a load would change; changes nothing."""
    demand_prefecture(caller, context, Role.ADMINISTRATOR)
    async with context.sessions() as session:
        found = await importing.rehearse(
            session, importing.text_of(body.text.encode()), "registry.yaml", by=_author(caller, None),
            now=context.clock.now(),
        )  # fmt: skip
    shown = found.faults[: importing.MOST_FAULTS]
    return answer(
        {
            "mark": found.mark,
            "faults": [{"line": one.line, "path": one.path, "message": one.message} for one in shown],
            "fault_count": len(found.faults),
            "changes": None if found.result is None else _changes(found.result),
            "notices": [notice.shown() for notice in found.notices],
        }
    )


@router.post(
    "/registry/load", summary="Load a registry file", response_model=RegistryLoaded, responses=_MADE,
    dependencies=ONCE,
)  # fmt: skip
async def load_registry(body: RegistryFileIn, session: Session, caller: Whoever, context: Shared) -> Response:
    """By an administrator of the prefecture: whole or not at all; with a `mark`, only where nothing changed since."""
    demand_prefecture(caller, context, Role.ADMINISTRATOR)
    result = await importing.load_rehearsed(
        session, importing.text_of(body.text.encode()), "registry.yaml", seen=body.mark,
        by=_author(caller, body.reason), now=context.clock.now(),
    )  # fmt: skip
    return answer({"changes": _changes(result)})


def _changes(result: LoadResult) -> dict[str, dict[str, int]]:
    kinds = ("added", "changed", "ended", "unchanged")
    return {kind: {name: getattr(tally, name) for name in kinds} for kind, tally in result.tallies().items()}


async def _demand_duty(
    session: AsyncSession, person_id: int, duty_id: int, caller: Caller, context: Context, *, mark: str | None
) -> None:
    """Raises Forbidden where the duty is not the caller's to give; the registry is locked then."""
    person = await staff.hold(session, person_id, seen=mark, now=context.clock.now())
    rights.demand_duty(caller, person.duties, duty_id, context.directory)


async def _held(
    session: AsyncSession, person_id: int, caller: Caller, context: Context, *, mark: str | None
) -> staff.Known:
    """The person, locked, whom the caller may change."""
    demand(caller, Role.ADMINISTRATOR)
    person = await staff.hold(session, person_id, seen=mark, now=context.clock.now())
    held = [(duty.role, duty.grid_id) for duty in person.duties]
    rights.demand(rights.may_change_person(caller, held, context.directory))
    return person
