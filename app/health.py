"""What readiness knows: the database answers, the broker is connected, an engine finished a pass lately."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from app.database import Sessions
from app.ingest.source import MessageSource
from models.journal import EngineBeat


@dataclass(slots=True)
class Health:
    """Filled by whoever runs; asked by `/readyz`."""

    sessions: Sessions
    allowed_silence: timedelta
    """An engine that finished no pass for this long has stalled."""
    reads: bool = False
    """Whether this process has the role of reading the broker."""
    in_charge: bool | None = None
    """Of the intake; False while another process is and this one stands by, None until that is known."""
    source: MessageSource | None = None
    """The reader, while in charge."""
    notes: dict[str, str] = field(default_factory=dict)

    def database_lost(self) -> None:
        self.notes["database"] = "away"

    async def check(self, now: datetime) -> dict[str, str]:
        """Faults by name; empty when ready. Takes a second at most."""
        faults: dict[str, str] = {}
        try:
            async with self.sessions() as session:
                await session.execute(text("SET LOCAL statement_timeout = 1000"))
                passed = await session.scalar(select(func.max(EngineBeat.passed_at)))
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            faults["database"] = type(error).__name__
        else:
            self.notes.pop("database", None)
            if passed is None:
                faults["engine"] = "no engine has finished a pass yet"
            elif now - passed > self.allowed_silence:
                faults["engine"] = f"no pass for {(now - passed).total_seconds():.0f} s"
        connected = self.source is not None and self.source.connected
        if self.reads and self.in_charge is not False and not connected:
            faults["broker"] = "not connected"
        return faults


async def beat(session: AsyncSession, name: str, now: datetime) -> None:
    """Leaves word that this engine has just finished a pass."""
    statement = pg_insert(EngineBeat).values(name=name, passed_at=now)
    await session.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"passed_at": now}))
