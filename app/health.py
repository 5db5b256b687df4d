"""What readiness knows: the database answers, the broker is connected, an engine finished a pass lately."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from app.database import Sessions
from app.ingest.source import MessageSource
from models.journal import EngineBeat
from models.notice import WayHealth
from models.watchdog import WatchdogFinding

_FINDINGS = (
    select(WatchdogFinding.code, WatchdogFinding.subject, WatchdogFinding.count, WatchdogFinding.since)
    .where(WatchdogFinding.ended_at.is_(None))
    .order_by(WatchdogFinding.code, WatchdogFinding.subject)
    .limit(50)
)


class Progress(Protocol):
    """What is asked of the consumer of the stored stream here."""

    def fault(self, now: datetime) -> str | None: ...


@dataclass(slots=True)
class Health:
    """Filled by whoever runs; asked by `/readyz`."""

    sessions: Sessions
    allowed_silence: timedelta
    """An engine that finished no pass for this long has stalled."""
    reads: bool = False
    """Whether this process has the role of reading the broker."""
    in_charge: bool | None = None
    """Of some of the intake; False while others are and this one stands by, None until that is known."""
    sources: Mapping[int, MessageSource] = field(default_factory=dict)
    """The readers of the shards this process is in charge of."""
    detection: Progress | None = None
    """Of the stored stream, in a process that may consume it."""
    notes: dict[str, str] = field(default_factory=dict)
    findings: Sequence[Mapping[str, Any]] = ()
    """What the watchdog finds wrong, as the newest check read it: known and looked after, and the process is ready."""

    def database_lost(self) -> None:
        self.notes["database"] = "away"

    async def ways_down(self) -> list[dict[str, Any]]:
        """Ways out that are down. No fault of readiness: a restart would mend none of them."""
        try:
            async with self.sessions() as session:
                await session.execute(text("SET LOCAL statement_timeout = 1000"))
                found = await session.execute(
                    select(WayHealth.way, WayHealth.down_at)
                    .where(WayHealth.down_at.is_not(None))
                    .order_by(WayHealth.way)
                )
                return [
                    {"code": "way_down", "subject": row.way, "count": 1, "since": row.down_at.isoformat()}
                    for row in found
                ]
        except (SQLAlchemyError, OSError, TimeoutError):
            return []

    async def check(self, now: datetime) -> dict[str, str]:
        """Faults by name; empty when ready. Takes a second at most."""
        faults: dict[str, str] = {}
        try:
            async with self.sessions() as session:
                await session.execute(text("SET LOCAL statement_timeout = 1000"))
                passed = await session.scalar(select(func.max(EngineBeat.passed_at)))
                rows = await session.execute(_FINDINGS)
                self.findings = [
                    {"code": r.code, "subject": r.subject, "count": r.count, "since": r.since.isoformat()}
                    for r in rows
                ]
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            faults["database"] = type(error).__name__
        else:
            self.notes.pop("database", None)
            if passed is None:
                faults["engine"] = "no engine has finished a pass yet"
            elif now - passed > self.allowed_silence:
                faults["engine"] = f"no pass for {(now - passed).total_seconds():.0f} s"
        connected = bool(self.sources) and all(source.connected for source in self.sources.values())
        if self.reads and self.in_charge is not False and not connected:
            faults["broker"] = "not connected"
        stalled = self.detection.fault(now) if self.detection is not None else None
        if stalled is not None:
            faults["detection"] = stalled
        return faults


async def beat(session: AsyncSession, name: str, now: datetime) -> None:
    """Leaves word that this engine has just finished a pass."""
    heard = func.clock_timestamp()
    statement = pg_insert(EngineBeat).values(name=name, passed_at=now, heard_at=heard)
    await session.execute(
        statement.on_conflict_do_update(index_elements=["name"], set_={"passed_at": now, "heard_at": heard})
    )
