"""All SQL of the clocks. Rows go in and out in bulk: a pass over 500 clocks is five statements."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.bulk import bulk_insert, fetch
from models.enums import ClockKind, ClockState
from models.ids import ClockId, GridId, OrderId
from models.sla import SlaClock
from sla import changes
from sla.changes import Change, ClockChange
from sla.deadlines import Act, Running, plan_document, read_plan, read_stops
from sla.extension import Deadline
from sla.policy import Policy
from sla.policy_overlay import PLAIN, Traits
from sla.traits_repository import traits_of


@dataclass(frozen=True, slots=True)
class Start:
    """A clock to be started, of an order (and perhaps of something beside it), or of something without one."""

    kind: ClockKind
    grid_id: GridId
    order_id: OrderId | None = None
    round: int = 1
    subject_id: int | None = None
    label: str | None = None
    """The number of what it is about, demanded where that is no order."""
    due_at: datetime | None = None
    """Demanded for the kinds in DUE_GIVEN, whose deadline no policy knows."""


_CLOCK = """
SELECT c.id, c.order_id, coalesce(o.number, c.label), c.grid_id, g.code, c.kind, c.round, c.state, c.due_at,
       c.plan::text, c.step, c.breached_at, c.subject_id, coalesce(o.drill, false), c.stops::text
  FROM sla_clock c LEFT JOIN work_order o ON o.id = c.order_id JOIN grid g ON g.id = c.grid_id
"""
_DEADLINE = _CLOCK.replace(
    "\n  FROM",
    ", c.started_at, c.original_due_at,\n       c.policy_version, c.stopped_at, c.traits::text\n  FROM",
)
# Which clocks are due is the index's business alone; the joins come after the limit. The columns are those of the row
# as it was locked: the table once more would show what it was before whoever held it meanwhile.
_DUE = """
WITH due AS (
    SELECT id, order_id, label, grid_id, kind, round, state, due_at, plan, step, breached_at, subject_id, stops, next_at
      FROM sla_clock WHERE next_at < $1 ORDER BY next_at LIMIT $2 FOR UPDATE SKIP LOCKED
)
SELECT c.id, c.order_id, coalesce(o.number, c.label), c.grid_id, g.code, c.kind, c.round, c.state, c.due_at,
       c.plan::text, c.step, c.breached_at, c.subject_id, coalesce(o.drill, false), c.stops::text
  FROM due c
  LEFT JOIN work_order o ON o.id = c.order_id JOIN grid g ON g.id = c.grid_id
 ORDER BY c.next_at, c.id
"""
_SAVE = """
UPDATE sla_clock c
   SET state = n.state, step = n.step, next_at = n.next_at, breached_at = n.breached_at,
       stopped_at = n.stopped_at, stopped_by = n.stopped_by
  FROM unnest($1::bigint[], $2::text[], $3::int[], $4::timestamptz[], $5::timestamptz[], $6::timestamptz[],
              $7::text[]) AS n(id, state, step, next_at, breached_at, stopped_at, stopped_by)
 WHERE c.id = n.id
"""
_decode = msgspec.json.Decoder(list[dict[str, Any]]).decode
_decode_one = msgspec.json.Decoder(dict[str, Any]).decode
_decode_names = msgspec.json.Decoder(list[str]).decode


def _running(row: Sequence[Any]) -> Running:
    return Running(
        id=ClockId(row[0]),
        order_id=None if row[1] is None else OrderId(row[1]),
        order_number=row[2],
        grid_id=GridId(row[3]),
        grid_code=row[4],
        kind=ClockKind(row[5]),
        round=row[6],
        state=ClockState(row[7]),
        due_at=row[8].astimezone(UTC),
        plan=read_plan(_decode(row[9])),
        step=row[10],
        breached_at=row[11],
        subject_id=row[12],
        drill=row[13],
        stops=None if row[14] is None else read_stops(ClockKind(row[5]), _decode_names(row[14])),
    )


async def due(session: AsyncSession, now: datetime, limit: int) -> list[Running]:
    """Claims up to `limit` clocks whose next step is past; what another engine holds is passed over."""
    return [_running(row) for row in await fetch(session, _DUE, now, limit)]


async def of_orders(
    session: AsyncSession, order_ids: Sequence[OrderId], *, lock: bool = True
) -> list[Running]:
    """The unstopped clocks of some orders; locked, unless they are only looked at."""
    held = "FOR UPDATE OF c" if lock else ""
    rows = await fetch(
        session,
        f"{_CLOCK} WHERE c.order_id = ANY($1::bigint[]) AND c.stopped_at IS NULL ORDER BY c.id {held}",
        list(order_ids),
    )
    return [_running(row) for row in rows]


async def of_subject(session: AsyncSession, kind: ClockKind, subject_id: int) -> list[Running]:
    """The unstopped clocks of one request, task or report, locked."""
    rows = await fetch(
        session,
        f"{_CLOCK} WHERE c.kind = $1 AND c.subject_id = $2 AND c.stopped_at IS NULL ORDER BY c.id FOR UPDATE OF c",
        kind.value,
        subject_id,
    )
    return [_running(row) for row in rows]


async def dues(session: AsyncSession, order_id: OrderId, kinds: Sequence[ClockKind]) -> list[datetime]:
    """The deadlines of an order's unstopped clocks of these kinds, the earliest first."""
    rows = await session.scalars(
        select(SlaClock.due_at)
        .where(
            SlaClock.order_id == order_id,
            SlaClock.kind.in_([kind.value for kind in kinds]),
            SlaClock.stopped_at.is_(None),
        )
        .order_by(SlaClock.due_at)
    )
    return list(rows)


async def deadline(session: AsyncSession, clock_id: ClockId) -> Deadline | None:
    """One clock, stopped or not, locked."""
    rows = await fetch(session, f"{_DEADLINE} WHERE c.id = $1 FOR UPDATE OF c", clock_id)
    if not rows:
        return None
    row = rows[0]
    clock = replace(_running(row), stopped_at=row[18])
    traits = PLAIN if row[19] is None else Traits.read(_decode_one(row[19]))
    return Deadline(clock, row[15].astimezone(UTC), row[16].astimezone(UTC), row[17], traits)


async def save_deadline(session: AsyncSession, clock: Running) -> None:
    """Another deadline and plan; `original_due_at` stays."""
    await fetch(
        session,
        "UPDATE sla_clock SET due_at = $2, plan = $3::jsonb, step = $4, next_at = $5 WHERE id = $1",
        clock.id,
        clock.due_at,
        msgspec.json.encode(plan_document(clock.plan)).decode(),
        clock.step,
        clock.next_at,
    )
    changes.note(session, changed(clock, Change.MOVED))


async def move_to_grid(session: AsyncSession, clocks: Sequence[Running], grid_id: GridId) -> None:
    """The clocks are told to another grid from now on."""
    leaving = [clock for clock in clocks if clock.grid_id != grid_id]
    await fetch(
        session,
        "UPDATE sla_clock SET grid_id = $2 WHERE id = ANY($1::bigint[])",
        [clock.id for clock in leaving],
        grid_id,
    )
    for clock in leaving:
        changes.note(
            session, changed(clock, Change.LEFT), changed(replace(clock, grid_id=grid_id), Change.CAME)
        )


async def save(session: AsyncSession, clocks: Sequence[Running]) -> None:
    if not clocks:
        return
    await fetch(
        session,
        _SAVE,
        [c.id for c in clocks],
        [c.state.value for c in clocks],
        [c.step for c in clocks],
        [c.next_at for c in clocks],
        [c.breached_at for c in clocks],
        [c.stopped_at for c in clocks],
        [None if c.stopped_by is None else c.stopped_by.value for c in clocks],
    )
    # What else can have become of them is on the feed as their breach, warning or rung.
    changes.note(session, *(changed(c, Change.STOPPED) for c in clocks if c.stopped_at is not None))


def changed(clock: Running, how: Change) -> ClockChange:
    """How the feed tells of a clock that was written: for `changes.note`, by whoever writes one."""
    return ClockChange(
        how, clock.id, clock.kind, clock.round, clock.grid_id, clock.order_id, clock.subject_id,
        clock.order_number if clock.order_id is None else None, clock.state, clock.due_at, clock.level,
        clock.stopped_at,
    )  # fmt: skip


async def add(
    session: AsyncSession, started: Sequence[Start], *, policy: Policy, started_at: datetime
) -> None:
    """Starts clocks: deadline and whole plan are stamped on the row here and never computed again.

    So is what the terms depended on: an order that becomes graver later changes no clock that has started.
    """
    if not started:
        return
    found = await traits_of(session, [(s.order_id, s.grid_id) for s in started])
    traits = [found[s.order_id, s.grid_id] for s in started]
    dues = [
        policy.due(s.kind, started_at, of) if s.due_at is None else s.due_at
        for s, of in zip(started, traits, strict=True)
    ]
    keys = list(zip([s.kind for s in started], dues, traits, strict=True))
    plans = {key: policy.plan(key[0], started_at, key[1], key[2]) for key in set(keys)}
    documents = {key: msgspec.json.encode(plan_document(plan)).decode() for key, plan in plans.items()}
    stamped = {of: msgspec.json.encode(of.document()).decode() for of in set(traits)}
    stops = {kind: names(policy.stops(kind)) for kind in {s.kind for s in started}}
    columns = (
        "order_id", "subject_id", "label", "grid_id", "kind", "round", "state", "started_at", "due_at",
        "original_due_at", "plan", "step", "next_at", "policy_version", "traits", "stops",
    )  # fmt: skip
    n = len(started)
    arrays: list[list[Any]] = [
        [s.order_id for s in started],
        [s.subject_id for s in started],
        [s.label for s in started],
        [s.grid_id for s in started],
        [s.kind.value for s in started],
        [s.round for s in started],
        [ClockState.RUNNING.value] * n,
        [started_at] * n,
        dues,
        dues,
        [documents[key] for key in keys],
        [0] * n,
        [plans[key][0].at for key in keys],
        [policy.version] * n,
        [stamped[of] for of in traits],
        [stops[s.kind] for s in started],
    ]
    rows = await bulk_insert(
        session,
        SlaClock,
        columns,
        arrays,
        "RETURNING id, order_id, kind, round, subject_id",
    )
    # The rows come back in any order; together these are unique.
    ids = {tuple(row[1:]): ClockId(row[0]) for row in rows}
    noted = (
        ClockChange(
            Change.STARTED, ids[(s.order_id, s.kind.value, s.round, s.subject_id)], s.kind, s.round, s.grid_id,
            s.order_id, s.subject_id, s.label if s.order_id is None else None, ClockState.RUNNING, due_at,
        )
        for s, due_at in zip(started, dues, strict=True)
    )  # fmt: skip
    changes.note(session, *noted)


def names(acts: Iterable[Act] | None) -> str | None:
    """Acts as stamped on a clock."""
    return None if acts is None else msgspec.json.encode(sorted(act.value for act in acts)).decode()
