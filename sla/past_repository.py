"""All SQL of what-if runs: clocks as they were, and the runs themselves."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from models.bulk import fetch
from models.enums import ClockKind, ClockState, OrderAct, ResponseLevel
from models.sla import SlaTrial
from sla.policy_overlay import Traits
from sla.what_if import PastClock

# Clocks of earlier releases have no traits: for these the order as it is now, and the response of the time.
_PAST = """
SELECT coalesce(o.number, c.label), g.code, c.kind, c.round, c.state, c.started_at, c.due_at, c.stopped_at,
       c.stopped_by, c.policy_version, c.traits::text, o.severity, g.kind,
       array_remove(ARRAY[g3.code, g2.code, g1.code, g.code], NULL),
       CASE WHEN c.subject_id IS NULL THEN o.dispatched_at END, o.acknowledged_at, o.feedback_at
  FROM sla_clock c
  JOIN grid g ON g.id = c.grid_id
  LEFT JOIN grid g1 ON g1.id = g.parent_id
  LEFT JOIN grid g2 ON g2.id = g1.parent_id
  LEFT JOIN grid g3 ON g3.id = g2.parent_id
  LEFT JOIN work_order o ON o.id = c.order_id
 WHERE c.started_at >= $1 AND c.started_at < $2 AND ($3::int[] IS NULL OR c.grid_id = ANY($3::int[]))
 ORDER BY c.id LIMIT $4
"""
_LEVELS = """
SELECT level, valid_from, valid_to FROM response_level
 WHERE valid_from < $2 AND (valid_to IS NULL OR valid_to > $1) ORDER BY valid_from, id
"""
_decode = msgspec.json.Decoder(dict[str, Any]).decode


async def past(
    session: AsyncSession, since: datetime, until: datetime, grid_ids: Sequence[int] | None, limit: int
) -> list[PastClock]:
    """Up to `limit` clocks that were started in [since, until), in the order of their start."""
    rows = await fetch(session, _PAST, since, until, None if grid_ids is None else sorted(grid_ids), limit)
    levels = await fetch(session, _LEVELS, since, until) if rows else []
    return [_past(row, levels) for row in rows]


def _past(row: Sequence[Any], levels: Sequence[Any]) -> PastClock:
    if row[10] is not None:
        traits = Traits.read(_decode(row[10]))
    else:
        level = next(
            (r[0] for r in levels if r[1] <= row[5] and (r[2] is None or row[5] < r[2])),
            ResponseLevel.NONE.value,
        )
        traits = Traits(row[11], row[12], level, tuple(row[13]))
    acts: dict[OrderAct, datetime] = {}
    if row[14] is not None:
        named = zip((OrderAct.DISPATCH, OrderAct.ACKNOWLEDGE, OrderAct.FEEDBACK), row[14:17], strict=True)
        acts = {act: at.astimezone(UTC) for act, at in named if at is not None}
    return PastClock(
        row[0], row[1], ClockKind(row[2]), row[3], ClockState(row[4]), row[5].astimezone(UTC), row[6].astimezone(UTC),
        None if row[7] is None else row[7].astimezone(UTC), row[8], row[9], traits, acts,
    )  # fmt: skip


async def add_trial(session: AsyncSession, **values: Any) -> int:
    done = await session.execute(insert(SlaTrial).values(**values).returning(SlaTrial.id))
    return int(done.scalar_one())
