"""All SQL of outages and excuses, and of what they are judged by."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from models.bulk import fetch
from models.enums import ClockKind, ExcuseGround, ExcuseState, OutageKind
from models.ids import GridId, OrderId
from sla.fairness import Away, Segment

_LOCK = 0x6765_7368_6F  # any number; outages are written one after the other
# Its clock's span overlaps what was lost, and nobody has decided on that ground yet. Those still open are looked
# at again, since more may have been lost.
_SUSPECT = """
SELECT b.id FROM sla_breach b JOIN sla_clock c ON c.id = b.clock_id
 WHERE b.detected_at > $1 AND (
       EXISTS (SELECT 1 FROM outage o
                WHERE o.began_at < coalesce(c.stopped_at, $2) AND o.ended_at > c.started_at
                  AND NOT EXISTS (SELECT 1 FROM sla_excuse e WHERE e.breach_id = b.id AND e.ground = 'outage'
                                     AND (e.state <> 'proposed' OR e.proposed_at >= o.ended_at)))
    OR EXISTS (SELECT 1 FROM holder_segment h
                WHERE h.order_id = b.order_id AND h.misdispatched
                  AND h.held_from < coalesce(c.stopped_at, $2) AND coalesce(h.held_to, $2) > c.started_at
                  AND NOT EXISTS (SELECT 1 FROM sla_excuse e WHERE e.breach_id = b.id AND e.ground = 'wrong_dispatch')))
 ORDER BY b.id LIMIT $3
"""
_BREACHES = """
SELECT b.id, b.order_id, b.grid_id, g.code, coalesce(o.number, c.label), b.kind, b.round, c.started_at, b.breached_at,
       c.stopped_at
  FROM sla_breach b JOIN sla_clock c ON c.id = b.clock_id JOIN grid g ON g.id = b.grid_id
  LEFT JOIN work_order o ON o.id = b.order_id
"""
_SEGMENTS = """
SELECT h.order_id, g.code, g.name, h.held_from, h.held_to, h.misdispatched
  FROM holder_segment h JOIN grid g ON g.id = h.grid_id
 WHERE h.order_id = ANY($1::bigint[]) ORDER BY h.order_id, h.held_from
"""
_OUTAGES = """
SELECT kind, began_at, ended_at FROM outage WHERE began_at < $2 AND ended_at > $1 ORDER BY began_at
"""
# More may have been lost since it was proposed; what a person decided is left alone.
_PROPOSE = """
INSERT INTO sla_excuse (breach_id, ground, seconds, proposed_at, proposed_by, plea)
SELECT b, g, s, $1, $5, $6 FROM unnest($2::bigint[], $3::text[], $4::float8[]) AS t(b, g, s)
ON CONFLICT (breach_id, ground) DO UPDATE SET seconds = excluded.seconds, proposed_at = excluded.proposed_at
 WHERE sla_excuse.state = 'proposed' AND sla_excuse.proposed_by IS NULL AND excluded.proposed_by IS NULL
RETURNING id, breach_id, ground, seconds, xmax = 0
"""


@dataclass(frozen=True, slots=True)
class BreachRow:
    """A breach with the span of its clock."""

    id: int
    order_id: OrderId | None
    grid_id: GridId
    grid_code: str
    number: str
    kind: ClockKind
    round: int
    started_at: datetime
    breached_at: datetime
    stopped_at: datetime | None


@dataclass(frozen=True, slots=True)
class ExcuseRow:
    """An excuse as held for a decision."""

    id: int
    state: ExcuseState
    seconds: float
    proposed_by: int | None


def _utc(at: datetime | None) -> datetime | None:
    return None if at is None else at.astimezone(UTC)


def _breach(row: Sequence[Any]) -> BreachRow:
    return BreachRow(
        row[0], None if row[1] is None else OrderId(row[1]), GridId(row[2]), row[3], row[4], ClockKind(row[5]), row[6],
        row[7].astimezone(UTC), row[8].astimezone(UTC), _utc(row[9]),
    )  # fmt: skip


async def breaches(session: AsyncSession, ids: Sequence[int]) -> list[BreachRow]:
    rows = await fetch(session, f"{_BREACHES} WHERE b.id = ANY($1::bigint[]) ORDER BY b.id", list(ids))
    return [_breach(row) for row in rows]


async def breaches_of_clocks(session: AsyncSession, clock_ids: Sequence[int]) -> list[BreachRow]:
    rows = await fetch(
        session, f"{_BREACHES} WHERE b.clock_id = ANY($1::bigint[]) ORDER BY b.id", list(clock_ids)
    )
    return [_breach(row) for row in rows]


async def suspects(session: AsyncSession, *, since: datetime, now: datetime, limit: int) -> list[int]:
    """Breaches for which something may speak that was not proposed yet."""
    return [row[0] for row in await fetch(session, _SUSPECT, since, now, limit)]


async def segments(session: AsyncSession, order_ids: Sequence[int]) -> dict[int, list[Segment]]:
    found: dict[int, list[Segment]] = {}
    for row in await fetch(session, _SEGMENTS, sorted(set(order_ids))):
        held = Segment(row[1], row[2], row[3].astimezone(UTC), _utc(row[4]), row[5])
        found.setdefault(row[0], []).append(held)
    return found


async def outages(session: AsyncSession, since: datetime, until: datetime) -> list[Away]:
    """What was away at some instant of the span."""
    rows = await fetch(session, _OUTAGES, since, until)
    return [Away(OutageKind(r[0]), r[1].astimezone(UTC), r[2].astimezone(UTC)) for r in rows]


async def lock_outages(session: AsyncSession) -> None:
    """Holds the list of outages until the transaction ends."""
    await fetch(session, "SELECT pg_advisory_xact_lock($1)", _LOCK)


async def add_outage(
    session: AsyncSession, kind: OutageKind, began_at: datetime, ended_at: datetime, detected_by: str
) -> None:
    await fetch(
        session,
        "INSERT INTO outage (kind, began_at, ended_at, detected_by) VALUES ($1, $2, $3, $4)",
        kind.value,
        began_at,
        ended_at,
        detected_by[:120],
    )


@dataclass(frozen=True, slots=True)
class Proposed:
    id: int
    breach_id: int
    ground: ExcuseGround
    seconds: float
    new: bool


async def propose(
    session: AsyncSession,
    wanted: Sequence[tuple[int, ExcuseGround, float]],
    *,
    person_id: int | None,
    plea: str,
    now: datetime,
) -> list[Proposed]:
    """One excuse for each breach and ground; what stands proposed by the service is brought up to date."""
    if not wanted:
        return []
    rows = await fetch(
        session, _PROPOSE, now, [b for b, _, _ in wanted], [g.value for _, g, _ in wanted],
        [s for _, _, s in wanted], person_id, plea,
    )  # fmt: skip
    return [Proposed(r[0], r[1], ExcuseGround(r[2]), r[3], r[4]) for r in rows]


async def hold(session: AsyncSession, breach_id: int, ground: ExcuseGround) -> ExcuseRow | None:
    rows = await fetch(
        session,
        "SELECT id, state, seconds, proposed_by FROM sla_excuse WHERE breach_id = $1 AND ground = $2 FOR UPDATE",
        breach_id,
        ground.value,
    )
    return ExcuseRow(rows[0][0], ExcuseState(rows[0][1]), rows[0][2], rows[0][3]) if rows else None


async def decide(
    session: AsyncSession, excuse_id: int, state: ExcuseState, *, person_id: int, reason: str, now: datetime
) -> None:
    await fetch(
        session,
        "UPDATE sla_excuse SET state = $2, decided_by = $3, reason = $4, decided_at = $5 WHERE id = $1",
        excuse_id,
        state.value,
        person_id,
        reason,
        now,
    )


LOOK_BACK = timedelta(days=60)
"""A breach that is older is not looked at for what may speak for it."""
