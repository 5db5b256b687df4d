"""Who has to keep out of what 回避, in the caller's transaction (annex 1 art. 11)."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from dispatch import conflict_repository as repository
from dispatch.conflicts import Concern, in_conflict
from dispatch.evidence import likely
from dispatch.requests import request_repository
from models.errors import ConflictOfInterest, Recused
from models.ids import OrderId, PersonId


async def conflicts(
    session: AsyncSession, order_id: OrderId, person_ids: Collection[PersonId], at: datetime
) -> frozenset[PersonId]:
    """Those of the people who have an interest in what the order is about, at `at`."""
    declared = await repository.interests(session, person_ids, at)
    if not declared:
        return frozenset()
    place = await repository.order_place(session, order_id)
    if place is None:
        return frozenset()
    grid, station, alerts = place
    stands = await repository.places(session, [] if station is None else [station])
    named = await repository.named_sources(session, alerts)
    sources = frozenset(code for found in named.values() for code, _ in likely(found))
    grids = frozenset({grid}).union(*stands.values())
    return in_conflict(declared, Concern(station, sources, grids))


async def refuse(session: AsyncSession, order_id: OrderId, person_id: PersonId, at: datetime) -> None:
    """Raises ConflictOfInterest when this person has to keep out of the order; it never says why."""
    if await conflicts(session, order_id, [person_id], at):
        raise ConflictOfInterest("you are entered in the register of conflicts for what this order is about")


async def demand_neither(session: AsyncSession, order_id: OrderId, person_id: PersonId, at: datetime) -> None:
    """Raises for whoever keeps out of the order: by a declaration of their own, or by the register of conflicts."""
    await check(session, order_id, person_id)
    await refuse(session, order_id, person_id, at)


async def warnings(
    session: AsyncSession, people: Collection[PersonId], grids: Collection[int], at: datetime
) -> list[tuple[str, str, str]]:
    """User name, kind and code of each interest within these grids, for who assigns a duty; without its reason."""
    return await repository.within(session, people, grids, at)


async def declare(
    session: AsyncSession,
    *,
    person: PersonId,
    source_id: int | None,
    station_id: int | None,
    grid_id: int | None,
    reason: str,
    since: datetime,
    until: datetime | None,
    by: PersonId,
    now: datetime,
) -> int:
    """Enters a conflict; gives its id."""
    return await repository.add(
        session, person_id=person, source_id=source_id, station_id=station_id, grid_id=grid_id, reason=reason,
        valid_from=since, valid_to=until, declared_by=by, declared_at=now,
    )  # fmt: skip


async def end(session: AsyncSession, id_: int, *, by: PersonId, reason: str, now: datetime) -> bool:
    return await repository.end(session, id_, by=by, reason=reason, now=now)


async def barred(session: AsyncSession, order_id: OrderId, person_id: PersonId) -> bool:
    """Whether the person has declared an interest in the order that nobody has lifted since."""
    return person_id in await request_repository.barred(session, order_id)


async def check(session: AsyncSession, order_id: OrderId, person_id: PersonId) -> None:
    """Raises Recused for somebody who keeps out of the order."""
    check_barred(await barred(session, order_id, person_id))


def check_barred(barred: bool) -> None:
    """Raises Recused where the person keeps out."""
    if barred:
        raise Recused("you have declared an interest in this order: you neither handle nor review it")
