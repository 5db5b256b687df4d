"""Day partitions of readings: made ahead and on demand, dropped whole when retention is over."""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.database import Sessions, transaction
from models.bulk import fetch

log = structlog.get_logger()
_LOCK = 0x6765_7061
_NAME = re.compile(r"^reading_(\d{4})(\d{2})(\d{2})$")
AHEAD_DAYS = 3


def name_of(day: date) -> str:
    return f"reading_{day:%Y%m%d}"


class Partitions:
    """Knows which days have a partition, so that the usual batch asks nothing."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._known: set[date] = set()

    async def ensure(self, days: Iterable[date]) -> None:
        """Guarantees a partition for each UTC day; its own transaction, before the batch's."""
        missing = sorted(set(days) - self._known)
        if not missing:
            return
        async with transaction(self._sessions) as session:
            await fetch(session, "SELECT pg_advisory_xact_lock($1)", _LOCK)
            existing = await _existing(session)
            for day in missing:
                if day not in existing:
                    await _create(session, day)
        self._known.update(missing)

    async def ahead(self, now: datetime) -> None:
        today = now.astimezone(UTC).date()
        await self.ensure(today + timedelta(days=n) for n in range(-1, AHEAD_DAYS + 1))

    async def retire(self, now: datetime, retention_days: int) -> list[str]:
        """Drops partitions that lie wholly before the retention; gives their names."""
        # One day of grace: a reading accepted a moment ago may still be on its way.
        oldest = now.astimezone(UTC).date() - timedelta(days=retention_days + 1)
        async with transaction(self._sessions) as session:
            await fetch(session, "SELECT pg_advisory_xact_lock($1)", _LOCK)
            old = sorted(day for day in await _existing(session) if day < oldest)
            for day in old:
                await fetch(session, f"DROP TABLE {name_of(day)}")
            await fetch(
                session, "DELETE FROM reading_version WHERE observed_at < $1", now - timedelta(retention_days)
            )
        self._known.difference_update(old)
        if old:
            log.info("partitions.dropped", first=name_of(old[0]), last=name_of(old[-1]), count=len(old))
        return [name_of(day) for day in old]


async def _existing(session: AsyncSession) -> set[date]:
    rows = await fetch(
        session,
        "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
        " WHERE i.inhparent = 'reading'::regclass",
    )
    found = (_NAME.match(row[0]) for row in rows)
    return {date(int(m[1]), int(m[2]), int(m[3])) for m in found if m}


async def _create(session: AsyncSession, day: date) -> None:
    """Made beside the parent and attached: attaching does not block the writers, creating in place would."""
    name = name_of(day)
    start = f"{day.isoformat()} 00:00:00+00"
    end = f"{(day + timedelta(days=1)).isoformat()} 00:00:00+00"
    await fetch(session, f"CREATE TABLE {name} (LIKE reading INCLUDING ALL)")
    await fetch(
        session, f"ALTER TABLE reading ATTACH PARTITION {name} FOR VALUES FROM ('{start}') TO ('{end}')"
    )
