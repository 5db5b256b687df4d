"""The looks at the database: each bounded, each by an index of its own; what they find is judged in `verdicts`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from app.watchdog import verdicts
from app.watchdog.verdicts import Bad, OpenOrder, Seen, missing_rung, seen, without_clocks, without_holder
from models.bulk import fetch
from models.enums import ClockKind, OrderState, WatchdogCode
from sla.deadlines import read_plan

MOST = 1000
"""Counted at most."""
TURN = 2000
"""Orders or clocks looked at in one pass, where all of them are too many; the next pass goes on."""

UNJUDGED = "SELECT id, due_at FROM sla_clock WHERE state = 'running' AND due_at < $1 ORDER BY due_at LIMIT $2"
_LATE_COLUMNS = "id, plan, due_at"
LATE = f"""
SELECT c.id, c.plan::text, ARRAY(SELECT level FROM escalation e WHERE e.clock_id = c.id) FROM (
    (SELECT {_LATE_COLUMNS} FROM sla_clock
      WHERE state = 'breached' AND stopped_at IS NULL AND id > $1 ORDER BY id LIMIT $2)
    UNION
    (SELECT {_LATE_COLUMNS} FROM sla_clock
      WHERE state = 'breached' AND stopped_at IS NULL AND id = ANY($3::bigint[]))) c
 ORDER BY c.id
"""
_ORDER_COLUMNS = "id, state, greatest(dispatched_at, reported_at) AS since, suspended_until, policy_version"
ORDERS = f"""
SELECT o.id, o.state, o.since,
       ARRAY(SELECT kind FROM sla_clock c WHERE c.order_id = o.id AND c.stopped_at IS NULL),
       (SELECT true FROM holder_segment h WHERE h.order_id = o.id AND h.held_to IS NULL) IS NOT NULL,
       o.suspended_until IS NOT NULL,
       coalesce((SELECT p.body->'starts'->'report'->>'at' FROM sla_policy p
                  WHERE p.version = o.policy_version), '') = 'feedback' FROM (
    (SELECT {_ORDER_COLUMNS} FROM work_order
      WHERE state NOT IN ('closed', 'void') AND id > $1 ORDER BY id LIMIT $2)
    UNION
    (SELECT {_ORDER_COLUMNS} FROM work_order
      WHERE state NOT IN ('closed', 'void') AND id = ANY($3::bigint[]))) o
 ORDER BY o.id
"""
# A silence that lasts is a reason, and so is waiting for somebody to answer; a retired station asks for nobody.
ALERTS = """
SELECT a.id, coalesce(a.released_at, a.created_at) FROM alert a
 WHERE a.state = 'open' AND a.scope = 'local' AND a.order_due AND a.order_id IS NULL
   AND coalesce(a.released_at, a.created_at) < $1 AND (a.suppressed_by IS NULL OR a.released_at IS NOT NULL)
   AND NOT EXISTS (SELECT 1 FROM unrouted u WHERE u.alert_id = a.id AND u.resolved_at IS NULL)
   AND NOT EXISTS (SELECT 1 FROM station s WHERE s.id = a.station_id AND s.retired_at IS NOT NULL)
 ORDER BY a.id LIMIT $2
"""
UNROUTED = """
SELECT u.id, u.created_at FROM unrouted u
 WHERE u.resolved_at IS NULL AND u.created_at < $1
   AND EXISTS (SELECT 1 FROM alert a WHERE a.id = u.alert_id
                  AND (a.suppressed_by IS NULL OR a.released_at IS NOT NULL))
 ORDER BY u.created_at LIMIT $2
"""
# From channel to channel by the index, and of each only what is old; not what is held back on purpose.
OUTBOX = """
WITH RECURSIVE c(channel) AS (
    (SELECT channel FROM outbox WHERE next_at IS NOT NULL ORDER BY channel LIMIT 1)
    UNION ALL
    SELECT (SELECT o.channel FROM outbox o WHERE o.next_at IS NOT NULL AND o.channel > c.channel
             ORDER BY o.channel LIMIT 1) FROM c WHERE c.channel IS NOT NULL
)
SELECT c.channel, old.id, old.created_at FROM c CROSS JOIN LATERAL (
    SELECT o.id, o.created_at FROM outbox o
     WHERE o.channel = c.channel AND o.next_at IS NOT NULL AND o.held IS NULL AND o.created_at < $1
     ORDER BY o.created_at LIMIT $2) old
"""
ENGINES = (
    "SELECT name, passed_at FROM engine_beat WHERE passed_at < $1 AND passed_at > $2 ORDER BY 1 LIMIT $3"
)
DETECTION = """
SELECT i.seq, i.created_at, (SELECT max(seq) FROM detection_inbox) FROM detection_inbox i
 WHERE i.seq > coalesce((SELECT seq FROM detection_cursor), 0) ORDER BY i.seq LIMIT 1
"""
_decode = msgspec.json.Decoder(list[dict[str, Any]]).decode


@dataclass(slots=True)
class Turns:
    """How far an engine has come with what is looked at in turns."""

    order: int = 0
    clock: int = 0


async def look(
    session: AsyncSession, turns: Turns, known: dict[WatchdogCode, list[int]], *, now: datetime
) -> list[Seen]:
    """Everything that is wrong now. What is `known` to be wrong is looked at again beside the present turn."""
    found = await _plain(session, WatchdogCode.CLOCK_UNJUDGED, UNJUDGED, now - verdicts.JUDGED_WITHIN, now)
    found += await _plain(
        session, WatchdogCode.ALERT_WITHOUT_ORDER, ALERTS, now - verdicts.JUDGED_WITHIN, now
    )
    found += await _plain(session, WatchdogCode.UNROUTED_WAITING, UNROUTED, now - verdicts.ROUTED_WITHIN, now)
    found += await _late_clocks(session, turns, known.get(WatchdogCode.ESCALATION_MISSING, []), now)
    found += await _orders(session, turns, known, now)
    found += await _outbox(session, now)
    found += await _engines(session, now)
    return found + await _detection(session, now)


async def _plain(
    session: AsyncSession, code: WatchdogCode, statement: str, before: datetime, now: datetime
) -> list[Seen]:
    rows = await fetch(session, statement, before, MOST)
    return seen(code, [(row[0], row[1]) for row in rows], now)


async def _late_clocks(
    session: AsyncSession, turns: Turns, known: Sequence[int], now: datetime
) -> list[Seen]:
    rows = await fetch(session, LATE, turns.clock, TURN, list(known))
    turns.clock = _next(rows, turns.clock)
    bad: list[Bad] = []
    for id_, plan, climbed in rows:
        since = missing_rung(read_plan(_decode(plan)), climbed, now)
        if since is not None:
            bad.append((id_, since))
    return seen(WatchdogCode.ESCALATION_MISSING, bad, now)


async def _orders(
    session: AsyncSession, turns: Turns, known: dict[WatchdogCode, list[int]], now: datetime
) -> list[Seen]:
    codes = (WatchdogCode.ORDER_WITHOUT_CLOCKS, WatchdogCode.ORDER_WITHOUT_HOLDER)
    again = sorted({id_ for code in codes for id_ in known.get(code, [])})
    rows = await fetch(session, ORDERS, turns.order, TURN, again)
    turns.order = _next(rows, turns.order)
    orders = [
        OpenOrder(row[0], OrderState(row[1]), row[2], frozenset(ClockKind(k) for k in row[3]), *row[4:7])
        for row in rows
    ]
    return seen(codes[0], without_clocks(orders), now) + seen(codes[1], without_holder(orders), now)


def _next(rows: Sequence[Any], place: int) -> int:
    """Where the next turn begins: behind the last row, or from the start when this one came to the end."""
    turn = [row[0] for row in rows if row[0] > place]
    return turn[TURN - 1] if len(turn) >= TURN else 0


async def _outbox(session: AsyncSession, now: datetime) -> list[Seen]:
    channels: dict[str, list[Bad]] = {}
    for channel, id_, created_at in await fetch(session, OUTBOX, now - verdicts.SENT_WITHIN, MOST):
        channels.setdefault(channel, []).append((id_, created_at))
    code = WatchdogCode.OUTBOX_OLD
    return [one for channel, bad in sorted(channels.items()) for one in seen(code, bad, now, channel)]


async def _engines(session: AsyncSession, now: datetime) -> list[Seen]:
    before, after = now - verdicts.BEATS_WITHIN, now - verdicts.REMEMBERED
    rows = await fetch(session, ENGINES, before, after, MOST)
    return seen(WatchdogCode.ENGINE_STOPPED, [(row[0], row[1]) for row in rows], now)


async def _detection(session: AsyncSession, now: datetime) -> list[Seen]:
    for seq, created_at, newest in await fetch(session, DETECTION):
        if created_at < now - verdicts.DETECTED_WITHIN:
            return [Seen(WatchdogCode.DETECTION_BEHIND, "", newest - seq + 1, (seq,), created_at)]
    return []
