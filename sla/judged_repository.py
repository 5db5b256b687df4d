"""What a pass over the clocks has judged, and what is recorded of an order: SQL of the service."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from models.bulk import bulk_insert, fetch
from models.facts import Breach, EscalationDue
from models.ids import OrderId
from models.sla import Escalation, SlaBreach


async def has_breach(session: AsyncSession, order_id: OrderId, now: datetime) -> bool:
    rows = await fetch(
        session,
        # A township's late task, or the prefecture's late decision, is no breach of the order's own.
        "SELECT 1 FROM sla_clock WHERE order_id = $1 AND kind NOT IN ('task', 'decision')"
        " AND (state = 'breached' OR (state = 'running' AND due_at < $2)) LIMIT 1",
        order_id,
        now,
    )
    return bool(rows)


async def record_breaches(session: AsyncSession, breaches: Sequence[Breach]) -> None:
    """One row per clock, for ever: the unique constraint makes a second one impossible."""
    if not breaches:
        return
    columns = ("clock_id", "order_id", "subject_id", "grid_id", "kind", "round", "breached_at", "detected_at")
    arrays: list[list[Any]] = [
        [b.clock.clock_id for b in breaches],
        [b.clock.order_id for b in breaches],
        [b.clock.subject_id for b in breaches],
        [b.clock.grid_id for b in breaches],
        [b.clock.kind.value for b in breaches],
        [b.clock.round for b in breaches],
        [b.breached_at for b in breaches],
        [b.detected_at for b in breaches],
    ]
    await bulk_insert(session, SlaBreach, columns, arrays)


async def record_escalations(session: AsyncSession, due_now: Sequence[EscalationDue]) -> None:
    if not due_now:
        return
    columns = ("clock_id", "order_id", "level", "repeat", "role", "planned_at", "detected_at")
    arrays: list[list[Any]] = [
        [e.clock.clock_id for e in due_now],
        [e.clock.order_id for e in due_now],
        [e.level for e in due_now],
        [e.repeat for e in due_now],
        [e.role for e in due_now],
        [e.at for e in due_now],
        [e.detected_at for e in due_now],
    ]
    await bulk_insert(session, Escalation, columns, arrays)


# Most acts start or stop a clock; what else may happen leaves its time on the row of the order or of the task.
_LATEST = """
SELECT greatest(
    (SELECT greatest(max(started_at), max(stopped_at)) FROM sla_clock WHERE order_id = $1),
    (SELECT greatest(acknowledged_at, feedback_at, reported_at, closed_at, transfer_locked_at)
       FROM work_order WHERE id = $1),
    (SELECT max(taken_at) FROM task WHERE order_id = $1))
"""


async def hold(session: AsyncSession, order_id: OrderId) -> None:
    """Locks the order's unstopped clocks."""
    await fetch(
        session,
        "SELECT id FROM sla_clock WHERE order_id = $1 AND stopped_at IS NULL ORDER BY id FOR UPDATE",
        order_id,
    )


async def latest_act(session: AsyncSession, order_id: OrderId) -> datetime | None:
    """When the newest act on the order, or on a task of it, was recorded."""
    rows = await fetch(session, _LATEST, order_id)
    found: datetime | None = rows[0][0]
    return None if found is None else found.astimezone(UTC)


async def overdue_without_breach(session: AsyncSession, before: datetime) -> int:
    """Self-audit: clocks past due by `before` with no breach; anything but 0 means the engine fell behind."""
    return int(
        await session.scalar(
            text(
                "SELECT count(*) FROM sla_clock WHERE next_at < :before AND due_at < :before AND state = 'running'"
            ),
            {"before": before},
        )
        or 0
    )
