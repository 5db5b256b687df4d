"""Shifts at the desk: what a note tells is read in the very transaction that leaves it."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.desks import Desk, demand_seat
from app.auth.scope import Caller
from app.pipeline import Pipeline
from app.views.desk_risks import open_risks
from dispatch.actor import Actor
from dispatch.desk import service
from models.clock import Clock
from models.ids import PersonId


async def sign_in(
    pipeline: Pipeline, session: AsyncSession, desk: Desk, *, caller: Caller, clock: Clock
) -> int:
    """The caller sits at the desk from now on; gives the shift's id."""
    demand_seat(desk)
    now = clock.now()
    shift_id, told = await service.sign_in(session, _place(desk), _actor(caller), now=now)
    await pipeline.told(session, [told], now=now)
    return shift_id


async def sign_out(
    pipeline: Pipeline,
    session: AsyncSession,
    desk: Desk,
    *,
    remarks: str | None,
    silence: timedelta,
    caller: Caller,
    clock: Clock,
) -> int:
    """The caller leaves the desk, and a note of what is open; gives the note's id. `silence`: of any station."""
    demand_seat(desk)
    place, actor = _place(desk), _actor(caller)
    # The time is taken once the shift is held: the note tells what is open then.
    shift = await service.hold(session, place, actor)
    now = clock.now()
    risks = await open_risks(session, desk, silence=silence, now=now)
    note_id, told = await service.sign_out(
        session, place, shift, actor, risks=risks, remarks=remarks, now=now
    )
    await pipeline.told(session, [told], now=now)
    return note_id


async def end_forgotten(
    pipeline: Pipeline, session: AsyncSession, desk: Desk, shift_id: int, *, caller: Caller, clock: Clock
) -> None:
    """The caller, who sits there, ends the shift of somebody who forgot to sign out."""
    demand_seat(desk)
    now = clock.now()
    told = await service.end_forgotten(session, _place(desk), shift_id, _actor(caller), now=now)
    await pipeline.told(session, [told], now=now)


async def confirm(
    pipeline: Pipeline,
    session: AsyncSession,
    desk: Desk,
    note_id: int,
    *,
    remark: str | None,
    caller: Caller,
    clock: Clock,
) -> None:
    """The caller, who has taken over, has read the note."""
    demand_seat(desk)
    now = clock.now()
    told = await service.confirm(session, _place(desk), note_id, _actor(caller), remark=remark, now=now)
    await pipeline.told(session, [told], now=now)


def _place(desk: Desk) -> service.Place:
    return service.Place(desk.grid.id, desk.grid.code)


def _actor(caller: Caller) -> Actor:
    return Actor(PersonId(caller.id), caller.name)
