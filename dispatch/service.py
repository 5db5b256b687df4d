"""Turns alerts into orders, inside the caller's transaction; returns facts."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from dispatch import repository, unit_repository
from dispatch.addresses import Asked, addresses
from dispatch.addressing import Address
from dispatch.registry import DutyRow, Roster, addressed, with_role
from dispatch.repository import Waiting
from dispatch.roster import service as turns
from dispatch.routing import NoRoute, Route, reason_text, route
from models.clock import BEIJING
from models.enums import HoldReason, OrderState, Role, Severity
from models.errors import Invalid, NotFound
from models.facts import (
    AlertDue,
    AlertOpened,
    AlertRaised,
    OrderAttached,
    OrderDispatched,
    OrderUnrouted,
    Recipient,
)
from models.ids import AlertId, GridId, OrderId, PersonId, StationId

Placed = OrderDispatched | OrderAttached
Dispatched = Placed | OrderUnrouted
DRILL_SUFFIX = "-DRILL"
"""Of the number of a drill: nobody takes it for real, wherever the number is read alone."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """An order somebody or something wants, before it is known who answers."""

    grid_id: GridId
    station_id: StationId | None
    station: str | None
    alert_id: AlertId | None
    severity: Severity
    reason: str
    created_by: PersonId | None = None
    drill: bool = False
    """演练: given by hand, never for an alert."""
    category: str | None = None
    """Of the likely source, where somebody says it; else it is read off the alert's evidence."""


async def dispatch_alerts(
    session: AsyncSession,
    alerts: Sequence[AlertOpened | AlertDue],
    *,
    policy_version: int,
    now: datetime,
    raised: Sequence[AlertRaised] = (),
) -> list[Dispatched]:
    """Every alert becomes an order, joins the one its station has, or waits in the unrouted queue.

    The orders of `raised` alerts that somebody still works on become as grave as these. They are held together
    with those that are joined: order rows are locked once, by their ids.
    """
    wanted = [
        Wanted(a.station.grid_id, a.station.id, a.station.code, a.alert_id, a.severity, reason_text(a))
        for a in alerts
        if a.order
    ]
    held = [a.station.id for a in raised]
    facts = await _dispatch(session, wanted, held=held, policy_version=policy_version, now=now)
    for alert in raised:
        await repository.raise_severity_of(session, alert.alert_id, alert.severity)
    return facts


async def dispatch_by_hand(
    session: AsyncSession, wanted: Wanted, *, policy_version: int, now: datetime
) -> OrderDispatched:
    """One order by a duty officer; raises Invalid when nobody answers for the grid."""
    (fact,) = await _dispatch(session, [wanted], policy_version=policy_version, now=now)
    if not isinstance(fact, OrderDispatched):
        raise Invalid(
            "nobody answers for this grid: it is not a county or park, or no supervisor is on duty",
            field="grid",
        )
    return fact


async def retry_unrouted(session: AsyncSession, *, policy_version: int, now: datetime) -> list[Placed]:
    """Dispatches what waited, where somebody answers by now; clocks run from this dispatch."""
    rows = await repository.waiting(session)
    facts = await _dispatch(session, _wanted(rows), policy_version=policy_version, now=now)
    return await _settle(session, rows, facts, now)


async def route_by_hand(
    session: AsyncSession, unrouted_id: int, grid_id: GridId, *, policy_version: int, now: datetime
) -> list[Placed]:
    """A person says which grid answers for a waiting alert."""
    rows = await repository.waiting(session, only=unrouted_id)
    if not rows:
        raise NotFound("nothing waits in the unrouted queue under this id")
    facts = await _dispatch(session, _wanted(rows, grid_id), policy_version=policy_version, now=now)
    if isinstance(facts[0], OrderUnrouted):
        raise Invalid(
            "nobody answers for this grid: it is not a county or park, or no supervisor is on duty",
            field="grid",
        )
    return await _settle(session, rows, facts, now)


async def recipients(
    session: AsyncSession, wanted: Sequence[tuple[GridId, Role]], at: datetime
) -> dict[tuple[GridId, Role], tuple[Recipient, ...]]:
    """Who has the role for the grid at `at`: in the grid itself, or in the one above it (`registry.addressed`).

    The responsible one first, by the roster where the post has one.
    """
    known = await repository.grids(session, [g for g, _ in wanted])
    above = {g: parent if parent is not None else g for g, (_, _, parent) in known.items()}
    rows = await repository.duties(session, [*known, *above.values()], at)
    roster = await turns.on_turn(session, [*known, *above.values()], at)
    meant = {(g, role): addressed(role, known[g][1]) if g in known else (role, False) for g, role in wanted}
    return {
        (g, role): with_role(rows, above.get(g, g) if up else g, who, at, roster)
        for (g, role), (who, up) in meant.items()
    }


async def _dispatch(
    session: AsyncSession,
    wanted: Sequence[Wanted],
    *,
    policy_version: int,
    now: datetime,
    held: Sequence[StationId] = (),
) -> list[Dispatched]:
    """One fact for each thing wanted, in order. Holds the working orders of their stations, and of those `held`."""
    stations = [w.station_id for w in wanted if w.station_id is not None and w.alert_id is not None]
    stations += held
    working = await repository.working_orders(session, stations) if stations else {}
    if not wanted:
        return []
    grids = await repository.grids(session, [w.grid_id for w in wanted])
    duties = await repository.duties(session, list(grids), now)
    roster = await turns.on_turn(session, list(grids), now)
    routes = {g: route(g, level, duties, now, roster) for g, (_, level, _) in grids.items()}
    # The first alert of a station makes the order; the others of the batch join it.
    leaders: dict[StationId, int] = {}
    for index, want in enumerate(wanted):
        if want.alert_id is None or want.station_id is None or want.station_id in working:
            continue
        if isinstance(routes[want.grid_id], Route):
            leaders.setdefault(want.station_id, index)
    fresh = [
        i
        for i, w in enumerate(wanted)
        if isinstance(routes[w.grid_id], Route)
        and (w.alert_id is None or w.station_id is None or leaders.get(w.station_id) == i)
    ]
    going = [wanted[i] for i in fresh]
    sent_to = await addressed_to(session, going, routes, grids, duties, roster, now)
    made = await _insert(session, going, sent_to, grids, policy_version, now)
    by_index = dict(zip(fresh, made, strict=True))
    addressed = dict(zip(fresh, sent_to, strict=True))
    for station_id, index in leaders.items():
        order = by_index[index]
        if order is not None:
            working[station_id] = order
    if any(order is None for order in made):
        # Another process was quicker for that station: its order is there by now, and these alerts join it.
        working |= await repository.working_orders(session, stations)
    facts = []
    for index, want in enumerate(wanted):
        code = grids[want.grid_id][0]
        facts.append(
            await _fact(
                session,
                want,
                code,
                routes[want.grid_id],
                by_index.get(index),
                addressed.get(index),
                working,
                now,
            )
        )
    links = [
        (f.alert_id, f.order_id) for f in facts if not isinstance(f, OrderUnrouted) and f.alert_id is not None
    ]
    await repository.link_alerts(session, links)
    return facts


async def addressed_to(
    session: AsyncSession,
    going: Sequence[Wanted],
    routes: Mapping[GridId, Route | NoRoute],
    grids: dict[GridId, tuple[str, int, GridId | None]],
    duties: Sequence[DutyRow],
    roster: Roster,
    now: datetime,
) -> list[Address]:
    """To whom each of these goes; the prefecture's desk too, where a whole unit is in conflict."""
    asked = []
    for want in going:
        answer = routes[want.grid_id]
        people = answer.recipients if isinstance(answer, Route) else ()
        asked.append(Asked(want.grid_id, want.station_id, want.alert_id, want.category, people))
    above = {g: parent for g, (_, _, parent) in grids.items()}
    found = await addresses(session, asked, above, duties, roster, {}, now)
    lost = {one.grid_id for one, sent in zip(asked, found, strict=True) if sent.conflicted}
    if lost:
        desks = await recipients(session, [(g, Role.DUTY_OFFICER) for g in sorted(lost)], now)
        by_grid = {g: desk for (g, _), desk in desks.items()}
        found = await addresses(session, asked, above, duties, roster, by_grid, now)
    return found


async def _fact(
    session: AsyncSession,
    want: Wanted,
    grid_code: str,
    answer: Route | NoRoute,
    made: tuple[OrderId, str] | None,
    sent: Address | None,
    working: dict[StationId, tuple[OrderId, str]],
    now: datetime,
) -> Dispatched:
    if made is not None and sent is not None:
        return OrderDispatched(
            made[0], made[1], want.grid_id, grid_code, want.station, want.alert_id, want.severity, want.reason,
            now, sent.recipients, drill=want.drill, roster_gap=sent.gap, conflicted=sent.conflicted,
            category=sent.category, lead=sent.lead, co_handlers=sent.co_handlers,
        )  # fmt: skip
    joined = working.get(want.station_id) if want.station_id is not None else None
    if joined is not None and want.alert_id is not None and want.station is not None:
        await repository.raise_severity(session, joined[0], want.severity)
        return OrderAttached(joined[0], joined[1], want.grid_id, grid_code, want.station, want.alert_id, now)
    reason = answer.reason if isinstance(answer, NoRoute) else "overtaken"
    if want.alert_id is not None:
        await repository.add_unrouted(session, want.alert_id, want.grid_id, reason, now)
    return OrderUnrouted(
        want.alert_id or AlertId(0), want.station or "", want.grid_id, grid_code, reason, now
    )


async def _insert(
    session: AsyncSession,
    wanted: Sequence[Wanted],
    sent_to: Sequence[Address],
    grids: dict[GridId, tuple[str, int, GridId | None]],
    policy_version: int,
    now: datetime,
) -> list[tuple[OrderId, str] | None]:
    """Numbers and inserts orders; None where another process already has one for the station."""
    if not wanted:
        return []
    year = now.astimezone(BEIJING).year
    following_number = await repository.next_numbers(session, year, Counter(w.grid_id for w in wanted))
    rows: list[dict[str, Any]] = []
    for want, sent in zip(wanted, sent_to, strict=True):
        sequence = following_number[want.grid_id]
        following_number[want.grid_id] += 1
        rows.append(
            {
                "number": f"{year}-{grids[want.grid_id][0]}-{sequence:06d}{DRILL_SUFFIX if want.drill else ''}",
                "grid_id": want.grid_id,
                "station_id": want.station_id,
                "alert_id": want.alert_id,
                "state": OrderState.DISPATCHED.value,
                "severity": want.severity.value,
                "reason": want.reason[:500],
                "policy_version": policy_version,
                "created_by": want.created_by,
                "category": sent.category,
                "dispatched_at": now,
                "drill": want.drill,
            }
        )
    ids = await repository.add_orders(session, rows)
    holders = [(ids[row["number"]], GridId(row["grid_id"])) for row in rows if row["number"] in ids]
    await repository.add_holders(session, holders, why=HoldReason.DISPATCH, now=now)
    led = [
        (ids[row["number"]], sent.units)
        for row, sent in zip(rows, sent_to, strict=True)
        if row["number"] in ids and sent.units
    ]
    if led:
        await unit_repository.set_units(session, led, now=now)
    return [(ids[row["number"]], row["number"]) if row["number"] in ids else None for row in rows]


def _wanted(rows: Sequence[Waiting], grid_id: GridId | None = None) -> list[Wanted]:
    return [
        Wanted(
            grid_id or r.grid_id, r.station_id, r.station, r.alert_id, r.severity, f"{r.station} {r.reason}"
        )
        for r in rows
    ]


async def _settle(
    session: AsyncSession, rows: Sequence[Waiting], facts: Sequence[Dispatched], now: datetime
) -> list[Placed]:
    """Takes out of the queue what found its order; what still waits is no news."""
    done = {
        row.id: fact.order_id
        for row, fact in zip(rows, facts, strict=True)
        if not isinstance(fact, OrderUnrouted)
    }
    await repository.resolve_unrouted(session, done, now)
    return [fact for fact in facts if not isinstance(fact, OrderUnrouted)]
