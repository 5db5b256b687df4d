"""Works out to whom each order goes: turns, conflicts, and the units of its category."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from dispatch import conflict_repository, unit_repository
from dispatch.addressing import Address, UnitRef, address
from dispatch.conflicts import Concern, in_conflict
from dispatch.evidence import category_of, likely
from dispatch.registry import DutyRow, OnTurn, Roster, serving
from models.enums import Role
from models.facts import Recipient
from models.ids import AlertId, GridId, StationId


@dataclass(frozen=True, slots=True)
class Asked:
    """An order that is to go out, and who answers for its grid."""

    grid_id: GridId
    station_id: StationId | None
    alert_id: AlertId | None
    category: str | None
    answering: tuple[Recipient, ...]


async def addresses(
    session: AsyncSession,
    asked: Sequence[Asked],
    above: Mapping[GridId, GridId | None],
    duties: Sequence[DutyRow],
    roster: Roster,
    desks: Mapping[GridId, Sequence[Recipient]],
    now: datetime,
) -> list[Address]:
    """One for each, in order. `desks`: by grid, who is at the duty desk above it."""
    if not asked:
        return []
    named = await conflict_repository.named_sources(
        session, [a.alert_id for a in asked if a.alert_id is not None]
    )
    evidence = [named.get(a.alert_id) if a.alert_id is not None else None for a in asked]
    categories = [a.category or category_of(found) for a, found in zip(asked, evidence, strict=True)]
    wanted = {(c, a.grid_id) for c, a in zip(categories, asked, strict=True) if c is not None}
    units = await unit_repository.units_for(session, wanted, dict(above), now)
    people = {d.person.id for d in duties} | {r.id for a in asked for r in a.answering}
    people |= {m.id for refs in units.values() for unit in refs for m in unit.members}
    people |= {r.id for desk in desks.values() for r in desk}
    declared = await conflict_repository.interests(session, people, now)
    stations = {a.station_id for a in asked if a.station_id is not None} if declared else set()
    places = await conflict_repository.places(session, stations)
    result = []
    for one, found, category in zip(asked, evidence, categories, strict=True):
        grids = {one.grid_id} | (places.get(one.station_id, frozenset()) if one.station_id else set())
        concern = Concern(one.station_id, frozenset(code for code, _ in likely(found)), frozenset(grids))
        turn = roster.get((one.grid_id, Role.SUPERVISOR))
        refs: tuple[UnitRef, ...] = units.get((category, one.grid_id), ()) if category is not None else ()
        result.append(
            address(
                one.answering,
                _unit(duties, one.grid_id, turn, now),
                in_conflict(declared, concern),
                desk=desks.get(one.grid_id, ()),
                category=category,
                units=refs,
                gap=None if turn is None or turn.gap is None else turn.gap.value,
            )
        )
    return result


def _unit(
    duties: Sequence[DutyRow], grid_id: GridId, turn: OnTurn | None, now: datetime
) -> tuple[Recipient, ...]:
    """Everybody who could handle an order of the grid: its supervisors, or its chiefs where it has none."""
    away = frozenset() if turn is None else turn.away
    found = serving(duties, grid_id, Role.SUPERVISOR, now) or serving(duties, grid_id, Role.CHIEF, now)
    return tuple(person for person in found if person.id not in away)
