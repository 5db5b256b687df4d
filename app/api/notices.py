"""How people are told: their contacts and rules, the robots and webhooks of grids, and whether the ways work."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.answers import API, answer, problem
from app.api.described import Cursor, GridFilter, Limit, problems
from app.api.errors import request_id
from app.api.notice_requests import CodeIn, ContactIn, NoticesIn, TargetIn
from app.api.notice_shapes import ContactShape, NoticesShape, QueuedShape, TargetShape, WayShape
from app.api.requests import SmallId
from app.api.rights import demand, grid_in_scope, subtree_filter
from app.api.route import ONCE, SIGN_IN, ActRoute, Session, Shared, Whoever
from app.api.shapes import Page
from app.auth.callers import storable
from app.auth.scope import Caller
from app.context import Context
from app.flows.told_contacts import contact_changed, target_changed
from app.notices.ways import personal
from app.views import notices as view
from models.enums import Channel, Role
from models.errors import Invalid, NotFound
from models.notice import Contact
from notify import contacts
from notify.rules import Quiet, Rule
from notify.seal import Address, Seal

_SET_BY = {Channel.EMAIL: "GESHAO_SMTP__HOST", Channel.SMS: "GESHAO_SMS__URL"}
router = APIRouter(tags=["notices"], route_class=ActRoute, dependencies=SIGN_IN)
_READ = problems(403, 404)
_ACT = problems(400, 403, 404, 409, 413)
Username = Annotated[str, Path(max_length=64)]


@router.get("/me/contacts", summary="My contacts", response_model=Page[ContactShape], responses=problems())
async def list_own(session: Session, caller: Whoever) -> Response:
    """Every address masked; only verified ones are told anything."""
    return _contacts(await contacts.of(session, caller.id))


@router.post(
    "/me/contacts",
    summary="Add a contact",
    status_code=201,
    response_model=ContactShape,
    responses=_ACT,
    dependencies=ONCE,
)
async def add_own(body: ContactIn, session: Session, caller: Whoever, context: Shared) -> Response:
    """A telephone number or a mail address. Ask for a code next, and confirm it."""
    now = context.clock.now()
    row = await contacts.add(
        session, caller.id, body.channel, _address(body), seal=Seal(context.secret_key), by_administrator=False,
        now=now,
    )  # fmt: skip
    await _changed(session, context, caller, caller.username, row.channel, "made", now)
    return answer(view.contact_document(row), 201)


@router.delete("/me/contacts/{contact_id}", summary="Delete a contact", status_code=204, responses=_READ)
async def remove_own(contact_id: SmallId, session: Session, caller: Whoever, context: Shared) -> Response:
    """Nothing goes there any more."""
    channel = await contacts.remove(session, caller.id, contact_id)
    await _changed(session, context, caller, caller.username, channel, "ended", context.clock.now())
    return Response(status_code=204)


@router.post(
    "/me/contacts/{contact_id}/test",
    summary="Send a code to a contact",
    response_model=QueuedShape,
    responses=problems(400, 403, 404, 409, 413, 429),
    dependencies=ONCE,
)
async def test_own(
    contact_id: SmallId, request: Request, session: Session, caller: Whoever, context: Shared
) -> Response:
    """By the way notices will go. Ten codes within five minutes are enough for anybody (429)."""
    now = context.clock.now()
    request.app.state.codes.attempt(f"person {caller.id}", _origin(request), now=now)
    row = await contacts.challenge(session, caller.id, contact_id, seal=Seal(context.secret_key), now=now)
    _demand_way(Channel(row.channel), context)
    return answer({"queued": True})


@router.post(
    "/me/contacts/{contact_id}/verify",
    summary="Confirm a contact with the code it got",
    response_model=ContactShape,
    responses=_ACT,
    dependencies=ONCE,
)
async def verify_own(
    contact_id: SmallId,
    body: CodeIn,
    request: Request,
    session: Session,
    caller: Whoever,
    context: Shared,
) -> Response:
    """Five wrong codes, and a new one has to be asked for."""
    now = context.clock.now()
    row, right = await contacts.verify(
        session, caller.id, contact_id, body.code, seal=Seal(context.secret_key), now=now
    )
    if not right:
        # Answered and not raised: the wrong try counts, so it has to be committed.
        return problem(422, Invalid.code, "this is not the code", request_id=request_id(request))
    await _changed(session, context, caller, caller.username, row.channel, "verified", now)
    return answer(view.contact_document(row))


@router.get("/me/notices", summary="How I am told", response_model=NoticesShape, responses=problems())
async def own_rules(session: Session, caller: Whoever) -> Response:
    """Rules of one's own, or those of the role; and the quiet hours (Beijing time)."""
    return answer(view.notices_document(*await contacts.rules_of(session, caller.id)))


@router.put("/me/notices", summary="Say how I am told", response_model=NoticesShape, responses=_ACT)
async def set_own_rules(body: NoticesIn, session: Session, caller: Whoever) -> Response:
    """All of it at once. Dispatch, breach and escalation reach a person whatever the rules say."""
    return await _set_rules(session, caller.id, body)


@router.get(
    "/people/{username}/contacts",
    summary="Somebody's contacts",
    response_model=Page[ContactShape],
    responses=_READ,
)
async def list_others(username: Username, session: Session, caller: Whoever) -> Response:
    """For administrators; masked for them too."""
    return _contacts(await contacts.of(session, await _person(session, caller, username)))


@router.post(
    "/people/{username}/contacts",
    summary="Add a contact for somebody",
    status_code=201,
    response_model=ContactShape,
    responses=_ACT,
    dependencies=ONCE,
)
async def add_for(
    username: Username, body: ContactIn, session: Session, caller: Whoever, context: Shared
) -> Response:
    """By an administrator, who answers for it: it counts as verified. May be a robot of the person's own too."""
    person_id = await _person(session, caller, username)
    now = context.clock.now()
    row = await contacts.add(
        session, person_id, body.channel, _address(body), seal=Seal(context.secret_key), by_administrator=True,
        now=now,
    )  # fmt: skip
    await _changed(session, context, caller, username, row.channel, "made", now)
    return answer(view.contact_document(row), 201)


@router.delete(
    "/people/{username}/contacts/{contact_id}",
    summary="Delete somebody's contact",
    status_code=204,
    responses=_READ,
)
async def remove_for(
    username: Username, contact_id: SmallId, session: Session, caller: Whoever, context: Shared
) -> Response:
    """By an administrator."""
    channel = await contacts.remove(session, await _person(session, caller, username), contact_id)
    await _changed(session, context, caller, username, channel, "ended", context.clock.now())
    return Response(status_code=204)


@router.get(
    "/people/{username}/notices",
    summary="How somebody is told",
    response_model=NoticesShape,
    responses=_READ,
)
async def rules_of(username: Username, session: Session, caller: Whoever) -> Response:
    """For administrators."""
    person_id = await _person(session, caller, username)
    return answer(view.notices_document(*await contacts.rules_of(session, person_id)))


@router.put(
    "/people/{username}/notices",
    summary="Say how somebody is told",
    response_model=NoticesShape,
    responses=_ACT,
)
async def set_rules_of(username: Username, body: NoticesIn, session: Session, caller: Whoever) -> Response:
    """By an administrator; all of it at once."""
    return await _set_rules(session, await _person(session, caller, username), body)


@router.get(
    "/notice-targets",
    summary="Robots and webhooks of grids",
    response_model=Page[TargetShape],
    responses=_READ,
)
async def list_targets(
    session: Session,
    caller: Whoever,
    context: Shared,
    grid: GridFilter = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response:
    """For administrators; newest first."""
    demand(caller, Role.ADMINISTRATOR)
    page = await view.list_targets(
        session, scope=caller.scope, seal=Seal(context.secret_key), grid_ids=subtree_filter(grid, caller, context),
        cursor=cursor, limit=limit,
    )  # fmt: skip
    return answer(page)


@router.post(
    "/notice-targets",
    summary="Add a robot or a webhook to a grid",
    status_code=201,
    response_model=TargetShape,
    responses=_ACT,
    dependencies=ONCE,
)
async def add_target(body: TargetIn, session: Session, caller: Whoever, context: Shared) -> Response:
    """It hears of the grid and of everything below it: robots of `classes`, webhooks of what every webhook gets."""
    demand(caller, Role.ADMINISTRATOR)
    grid = grid_in_scope(body.grid, caller, context)
    seal = Seal(context.secret_key)
    secret = None if body.secret is None else body.secret.get_secret_value()
    now = context.clock.now()
    row = await contacts.add_target(
        session, grid.id, body.channel, body.name, Address(body.url.get_secret_value(), secret), body.classes,
        seal=seal, author=caller.id, now=now,
    )  # fmt: skip
    await target_changed(
        session, context, caller, grid_id=grid.id, target=row.id, channel=row.channel, change="made", now=now
    )
    location = {"Location": f"{API}/notice-targets/{row.id}"}
    return answer(view.target_document(row, grid.code, seal), 201, location)


@router.delete(
    "/notice-targets/{target_id}", summary="End a robot or a webhook", status_code=204, responses=_READ
)
async def end_target(target_id: SmallId, session: Session, caller: Whoever, context: Shared) -> Response:
    """What still waits for it is listed as failed."""
    demand(caller, Role.ADMINISTRATOR)
    row, _ = await view.target_of(session, target_id, caller.scope)
    now = context.clock.now()
    await contacts.end_target(session, row.id, now=now)
    await target_changed(
        session,
        context,
        caller,
        grid_id=row.grid_id,
        target=row.id,
        channel=row.channel,
        change="ended",
        now=now,
    )
    return Response(status_code=204)


@router.post(
    "/notice-targets/{target_id}/test",
    summary="Send a test message to a target",
    response_model=QueuedShape,
    responses=_ACT,
    dependencies=ONCE,
)
async def test_target(target_id: SmallId, session: Session, caller: Whoever, context: Shared) -> Response:
    """What became of it is in the outbox."""
    demand(caller, Role.ADMINISTRATOR)
    row, _ = await view.target_of(session, target_id, caller.scope)
    _demand_way(Channel(row.channel), context)
    await contacts.test_target(session, row, now=context.clock.now())
    return answer({"queued": True})


@router.get("/ways", summary="Whether the ways out work", response_model=Page[WayShape], responses=_READ)
async def list_ways(session: Session, caller: Whoever) -> Response:
    """For administrators and the duty desk: every channel, and every target, that was tried."""
    demand(caller, Role.ADMINISTRATOR, Role.DUTY_OFFICER)
    return answer(await view.list_ways(session))


def _demand_way(channel: Channel, context: Context) -> None:
    """Raises Invalid where nothing could go out that way: a test that waits for good tells nobody anything."""
    if channel in _SET_BY and channel not in personal(context.settings):
        raise Invalid(f"{channel.value} is not set up: {_SET_BY[channel]}", field="channel")


async def _person(session: AsyncSession, caller: Caller, username: str) -> int:
    demand(caller, Role.ADMINISTRATOR)
    if not storable(username):
        raise NotFound("nobody is called that")
    return await view.person_id_of(session, username)


async def _changed(
    session: AsyncSession,
    context: Context,
    caller: Caller,
    owner: str,
    channel: str,
    change: str,
    now: datetime,
) -> None:
    await contact_changed(session, context, caller, owner=owner, channel=channel, change=change, now=now)


async def _set_rules(session: AsyncSession, person_id: int, body: NoticesIn) -> Response:
    quiet = None if body.quiet is None else Quiet(*body.quiet.span)
    rules = [Rule(r.about, r.channel, timedelta(minutes=r.after_minutes), r.min_level) for r in body.rules]
    await contacts.set_rules(session, person_id, rules, quiet)
    return answer(view.notices_document(*await contacts.rules_of(session, person_id)))


def _address(body: ContactIn) -> Address:
    return Address(
        body.address.get_secret_value(), None if body.secret is None else body.secret.get_secret_value()
    )


def _contacts(rows: Sequence[Contact]) -> Response:
    return answer({"items": [view.contact_document(row) for row in rows], "next_cursor": None})


def _origin(request: Request) -> str:
    return request.client.host if request.client else ""
