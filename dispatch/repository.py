"""All SQL of orders and of who answers."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.registry import DutyRow
from models.alert import Alert
from models.bulk import bulk_insert, fetch
from models.enums import HoldReason, JointRole, OrderState, Role, Severity
from models.facts import Recipient
from models.ids import AlertId, GridId, OrderId, PersonId, StationId
from models.order import (
    DisposalReport,
    Evidence,
    Feedback,
    OrderCounter,
    OrderHandler,
    Review,
    Unrouted,
    WorkOrder,
)
from models.registry import Station

# Kept in step with the partial unique index uq_work_order_working.
WORKING_SQL = "state IN ('dispatched', 'acknowledged', 'on_site') AND alert_id IS NOT NULL"
_RANK = case({s.value: s.rank for s in Severity}, value=WorkOrder.severity)


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order as locked for an act."""

    id: OrderId
    number: str
    grid_id: GridId
    grid_code: str
    station: str | None
    state: OrderState
    round: int
    version: int
    policy_version: int
    drill: bool
    alert_id: AlertId | None
    joint_role: JointRole | None


# Grid and station are looked up for the row as it is once held: a join would lose one that was handed to another
# grid while this statement waited. Not against keys: rows that refer to the order may be written meanwhile.
# What follows in an act is always the same dozen statements about one order, each by its key: from here to the end of
# the transaction they are planned once a connection and not once an act, which had cost as much as carrying them out.
_LOCK = """
SELECT o.id, o.number, o.grid_id, (SELECT code FROM grid WHERE id = o.grid_id),
       (SELECT code FROM station WHERE id = o.station_id), o.state, o.round, o.version, o.policy_version, o.drill,
       o.alert_id, o.joint_role, set_config('plan_cache_mode', 'force_generic_plan', true)
  FROM work_order o WHERE o.id = $1 FOR NO KEY UPDATE
"""


async def lock(session: AsyncSession, order_id: OrderId) -> OrderRow | None:
    """The order, held until the transaction ends: acts on one order happen one after the other."""
    rows = await fetch(session, _LOCK, order_id)
    if not rows:
        return None
    (
        id_,
        number,
        grid_id,
        grid,
        station,
        state,
        round_,
        version,
        policy_version,
        drill,
        alert_id,
        joint_role,
        _,
    ) = rows[0]
    return OrderRow(
        OrderId(id_), number, GridId(grid_id), grid, station, OrderState(state), round_, version, policy_version,
        drill, None if alert_id is None else AlertId(alert_id), None if joint_role is None else JointRole(joint_role),
    )  # fmt: skip


_DUTIES = """
SELECT d.grid_id, d.role, d.valid_from, d.valid_to, p.id, p.username, p.name
  FROM duty d JOIN person p ON p.id = d.person_id
 WHERE d.grid_id = ANY($1::int[]) AND d.valid_from <= $2 AND (d.valid_to IS NULL OR d.valid_to > $2)
   AND p.disabled_at IS NULL
"""


async def duties(session: AsyncSession, grid_ids: Sequence[GridId], at: datetime) -> list[DutyRow]:
    """Duties in force at `at` in those grids, of people who may still sign in."""
    return [
        DutyRow(
            GridId(grid), Role(role), since, until, Recipient(PersonId(person), username, name, Role(role))
        )
        for grid, role, since, until, person, username, name in await fetch(
            session, _DUTIES, sorted(set(grid_ids)), at
        )
    ]


async def grids(
    session: AsyncSession, grid_ids: Sequence[GridId]
) -> dict[GridId, tuple[str, int, GridId | None]]:
    """code, level and parent of some grids."""
    rows = await fetch(
        session,
        "SELECT id, code, level, parent_id FROM grid WHERE id = ANY($1::int[])",
        sorted(set(grid_ids)),
    )
    return {GridId(r[0]): (r[1], r[2], None if r[3] is None else GridId(r[3])) for r in rows}


async def working_orders(
    session: AsyncSession, station_ids: Sequence[StationId]
) -> dict[StationId, tuple[OrderId, str]]:
    """Orders that absorb further alerts at their station, held so that none is reported meanwhile."""
    rows = await session.execute(
        select(WorkOrder.station_id, WorkOrder.id, WorkOrder.number)
        .where(WorkOrder.station_id.in_(sorted(set(station_ids))), text(WORKING_SQL))
        .order_by(WorkOrder.id)
        .with_for_update(key_share=True)
    )
    return {StationId(s): (OrderId(o), number) for s, o, number in rows if s is not None}


async def next_numbers(session: AsyncSession, year: int, wanted: dict[GridId, int]) -> dict[GridId, int]:
    """Reserves `wanted[grid]` numbers for each grid; gives the first of each."""
    grids = sorted(wanted)
    rows = await bulk_insert(
        session,
        OrderCounter,
        ("year", "grid_id", "last"),
        ([year] * len(grids), grids, [wanted[grid] for grid in grids]),
        "ON CONFLICT (year, grid_id) DO UPDATE SET last = order_counter.last + excluded.last RETURNING grid_id, last",
    )
    return {GridId(g): last - wanted[GridId(g)] + 1 for g, last in rows}


async def add_orders(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> dict[str, OrderId]:
    """Inserts orders; gives id by number. A row that another process got ahead of is left out."""
    if not rows:
        return {}
    columns = tuple(rows[0])
    arrays = [[row[column] for row in rows] for column in columns]
    added = await bulk_insert(
        session, WorkOrder, columns, arrays, "ON CONFLICT DO NOTHING RETURNING number, id"
    )
    return {number: OrderId(id_) for number, id_ in added}


async def add_holders(
    session: AsyncSession, orders: Sequence[tuple[OrderId, GridId]], *, why: HoldReason, now: datetime
) -> None:
    """The first holder of each of these new orders."""
    if not orders:
        return
    await fetch(
        session,
        "INSERT INTO holder_segment (order_id, grid_id, held_from, why)"
        " SELECT o, g, $3, $4 FROM unnest($1::bigint[], $2::int[]) AS t(o, g)",
        [o for o, _ in orders],
        [g for _, g in orders],
        now,
        why.value,
    )


async def end_holder(session: AsyncSession, order_id: OrderId, now: datetime) -> None:
    """Nobody holds the order from `now` on."""
    await fetch(
        session,
        # A moment at least for whoever it was handed to: no two segments end together, whatever a clock does.
        "UPDATE holder_segment SET held_to = greatest($2, held_from"
        " + CASE WHEN follows_at IS NULL THEN interval '0' ELSE interval '1 microsecond' END)"
        " WHERE order_id = $1 AND held_to IS NULL",
        order_id,
        now,
    )


async def link_alerts(session: AsyncSession, links: Sequence[tuple[AlertId, OrderId]]) -> None:
    if links:
        await fetch(
            session,
            "UPDATE alert a SET order_id = n.order_id FROM unnest($1::bigint[], $2::bigint[]) AS n(id, order_id)"
            " WHERE a.id = n.id",
            [a for a, _ in links],
            [o for _, o in links],
        )


async def raise_severity(session: AsyncSession, order_id: OrderId, severity: Severity) -> None:
    """Severity rises while an order is open and never falls."""
    await session.execute(
        update(WorkOrder)
        .where(WorkOrder.id == order_id, severity.rank > _RANK)
        .values(severity=severity.value)
    )


async def raise_severity_of(session: AsyncSession, alert_id: AlertId, severity: Severity) -> None:
    """The same for the order of an alert, while that order is worked on; without one nothing happens."""
    await session.execute(
        update(WorkOrder)
        .where(
            WorkOrder.id == select(Alert.order_id).where(Alert.id == alert_id).scalar_subquery(),
            text(WORKING_SQL),
            severity.rank > _RANK,
        )
        .values(severity=severity.value)
    )


async def add_unrouted(
    session: AsyncSession, alert_id: AlertId, grid_id: GridId | None, reason: str, now: datetime
) -> bool:
    """False when the alert waits there already."""
    statement = pg_insert(Unrouted).values(alert_id=alert_id, grid_id=grid_id, reason=reason, created_at=now)
    done = await session.execute(statement.on_conflict_do_nothing().returning(Unrouted.id))
    return done.first() is not None


@dataclass(frozen=True, slots=True)
class Waiting:
    """An alert in the unrouted queue, with what a dispatch needs to know of it."""

    id: int
    alert_id: AlertId
    grid_id: GridId
    station_id: StationId
    station: str
    severity: Severity
    reason: str
    alert_open: bool


async def waiting(session: AsyncSession, *, limit: int = 100, only: int | None = None) -> list[Waiting]:
    """Claims unrouted alerts, oldest first; what another engine holds is passed over."""
    statement = (
        select(Unrouted, Alert, Station)
        .join(Alert, Alert.id == Unrouted.alert_id)
        .join(Station, Station.id == Alert.station_id)
        .where(Unrouted.resolved_at.is_(None))
        .order_by(Unrouted.id)
        .limit(limit)
        .with_for_update(of=Unrouted, skip_locked=only is None)
    )
    if only is None:
        # What a silence holds waits for its end; a person may still say who answers.
        statement = statement.where(Alert.suppressed_by.is_(None) | Alert.released_at.is_not(None))
    else:
        statement = statement.where(Unrouted.id == only)
    return [
        Waiting(
            u.id, AlertId(a.id), GridId(s.grid_id if u.grid_id is None else u.grid_id), StationId(s.id), s.code,
            Severity(a.severity), str(a.why.get("reason", a.kind)), a.state == "open",
        )
        for u, a, s in await session.execute(statement)
    ]  # fmt: skip


async def resolve_unrouted(session: AsyncSession, ids: dict[int, OrderId], now: datetime) -> None:
    for id_, order_id in sorted(ids.items()):
        await session.execute(
            update(Unrouted).where(Unrouted.id == id_).values(resolved_at=now, order_id=order_id)
        )


async def save_state(
    session: AsyncSession, order: OrderRow, *, handler: PersonId | None = None, **changed: Any
) -> None:
    """Writes these columns of a held order, and who handles it by that; its version rises."""
    columns = ["version", *changed]
    values: list[Any] = [order.id, order.version + 1, *changed.values()]
    handled = ""
    if handler is not None:
        values.append(handler)
        handled = (
            "WITH handled AS (INSERT INTO order_handler (order_id, person_id)"
            f" VALUES ($1, ${len(values)}) ON CONFLICT DO NOTHING) "
        )
    set_ = ", ".join(f"{column} = ${n}" for n, column in enumerate(columns, start=2))
    await fetch(session, f"{handled}UPDATE work_order SET {set_} WHERE id = $1", *values)


async def is_handler(session: AsyncSession, order_id: OrderId, person_id: PersonId) -> bool:
    found = await session.scalar(
        select(OrderHandler.person_id).where(
            OrderHandler.order_id == order_id, OrderHandler.person_id == person_id
        )
    )
    return found is not None


async def add_handler(session: AsyncSession, order_id: OrderId, person_id: PersonId) -> None:
    await session.execute(
        pg_insert(OrderHandler).values(order_id=order_id, person_id=person_id).on_conflict_do_nothing()
    )


async def add_statement(
    session: AsyncSession, table: type[Feedback] | type[DisposalReport] | type[Review], **values: Any
) -> None:
    """Feedback, report or review of a round: written once, never changed."""
    await session.execute(insert(table).values(**values))


async def take_evidence(
    session: AsyncSession, ids: Sequence[uuid.UUID], *, order: OrderRow, person_id: PersonId, used_for: str
) -> list[bytes]:
    """Ties uploads of this person to the order for good; gives the SHA-256 of each that could be taken."""
    taken = await session.execute(
        update(Evidence)
        .where(
            Evidence.id.in_(ids),
            Evidence.order_id.is_(None),
            Evidence.report_id.is_(None),
            Evidence.uploaded_by == person_id,
        )
        .values(order_id=order.id, used_for=used_for, round=order.round)
        .returning(Evidence.digest)
    )
    return list(taken.scalars())
