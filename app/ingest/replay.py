"""Takes a quarantined message again, the same way it would come over MQTT."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.scope import Caller
from app.ingest.intake import Intake
from app.ingest.partitions import Partitions
from app.ingest.source import Message
from models.errors import NotFound, NotReplayable
from models.reading import Quarantined

if TYPE_CHECKING:
    from app.context import Context


async def replay(
    context: "Context", session: AsyncSession, quarantine_id: int, *, caller: Caller
) -> dict[str, Any]:
    """Stores what can be taken by now and marks the message; what still cannot is told and leaves it waiting.

    Raises NotFound, or NotReplayable when the message was cut or has been replayed already.
    """
    row = await session.scalar(select(Quarantined).where(Quarantined.id == quarantine_id).with_for_update())
    if row is None:
        raise NotFound("nothing in quarantine under this id")
    if row.truncated:
        raise NotReplayable("the message was over the limit and only its beginning was kept")
    if row.replayed_at is not None:
        raise NotReplayable("the message was replayed already")
    now = context.clock.now()
    retention = timedelta(days=context.settings.ingest.retention_days)
    intake = Intake(context.directory, retention=retention)
    batch = intake.sort([Message(row.topic, row.payload, 0, 0)], now=now)
    await Partitions(context.sessions).ensure(batch.days())
    await intake.join(session, batch, now=now)
    rejected = [
        {"reason": item.rejected.reason.value, "detail": item.rejected.detail} for item in batch.refused
    ]
    batch.refused.clear()
    outcome = await intake.write(session, batch, now=now)
    if not rejected:
        await _mark(session, quarantine_id, caller, now)
    return {
        "stored": outcome.stored,
        "duplicates": outcome.duplicates,
        "corrected": outcome.corrected,
        "rejected": rejected,
    }


async def _mark(session: AsyncSession, quarantine_id: int, caller: Caller, now: datetime) -> None:
    await session.execute(
        update(Quarantined)
        .where(Quarantined.id == quarantine_id)
        .values(replayed_at=now, replayed_by=caller.id)
        .execution_options(synchronize_session=False)
    )
