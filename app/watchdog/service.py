"""One pass of the watchdog: looks, keeps what it found, and tells what began and what is over."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.context import Context
from app.database import transaction
from app.watchdog.looks import Turns, look
from app.watchdog.verdicts import IN_TURNS, Seen
from models.bulk import fetch
from models.enums import EventKind, WatchdogCode
from models.facts import Told

log = structlog.get_logger()
LOCK = 0x6765_7368_77
_OPEN = "SELECT id, code, subject, examples::text FROM watchdog_finding WHERE ended_at IS NULL"
_KEEP = """
INSERT INTO watchdog_finding AS w (code, subject, since, last_seen, count, examples)
VALUES ($1, $2, $3, $4, $5, $6::jsonb)
ON CONFLICT (code, subject) WHERE ended_at IS NULL DO UPDATE
   SET last_seen = greatest(w.last_seen, excluded.last_seen), count = excluded.count, examples = excluded.examples
RETURNING id, xmax = 0
"""
_END = """
UPDATE watchdog_finding SET ended_at = greatest($2, since) WHERE id = ANY($1::bigint[]) AND ended_at IS NULL
RETURNING code, subject, count, examples::text, since
"""
# So little of it that no index is worth it.
_FORGET = "DELETE FROM watchdog_finding WHERE ended_at < $1::timestamptz - interval '90 days'"
_COUNTS = "SELECT code, sum(count) FROM watchdog_finding WHERE ended_at IS NULL GROUP BY 1"


class Watchdog:
    """Of one engine. Any number may run: one looks at a time, and the others pass by."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._turns = Turns()

    async def look(self) -> list[Told]:
        """One pass in one transaction; gives what was told."""
        context = self._context
        facts: list[Told] = []
        async with transaction(context.sessions) as session:
            now = context.clock.now()
            await fetch(session, "SET LOCAL statement_timeout = 10000")
            if (await fetch(session, "SELECT pg_try_advisory_xact_lock($1)", LOCK))[0][0]:
                facts = await self._pass(session, now)
            counts = {row[0]: int(row[1]) for row in await fetch(session, _COUNTS)}
            if facts:
                await context.pipeline.told(session, facts, now=now)
        for code in WatchdogCode:
            context.metrics.watchdog_findings.labels(code.value).set(counts.get(code.value, 0))
        for fact in facts:
            began = fact.kind is EventKind.WATCHDOG_FOUND
            log.warning(
                "watchdog.found" if began else "watchdog.cleared",
                code=fact.detail["code"],
                subject=fact.detail["subject"],
            )
        return facts

    async def _pass(self, session: AsyncSession, now: datetime) -> list[Told]:
        open_ = await fetch(session, _OPEN)
        known = {
            WatchdogCode(row[1]): msgspec.json.decode(row[3], type=list[int])
            for row in open_
            if WatchdogCode(row[1]) in IN_TURNS
        }
        found = await look(session, self._turns, known, now=now)
        facts = [fact for one in found if (fact := await self._keep(session, one, now)) is not None]
        still = {(one.code.value, one.subject) for one in found}
        over = [row[0] for row in open_ if (row[1], row[2]) not in still]
        if over:
            facts += [
                self._told(EventKind.WATCHDOG_CLEARED, row, now)
                for row in await fetch(session, _END, over, now)
            ]
        await fetch(session, _FORGET, now)
        return facts

    async def _keep(self, session: AsyncSession, one: Seen, now: datetime) -> Told | None:
        """Notes that it was seen; a fact when it is new."""
        examples = msgspec.json.encode(one.examples).decode()
        rows = await fetch(session, _KEEP, one.code.value, one.subject, one.since, now, one.count, examples)
        if not rows[0][1]:
            return None
        return self._told(
            EventKind.WATCHDOG_FOUND, (one.code.value, one.subject, one.count, examples, one.since), now
        )

    def _told(self, kind: EventKind, row: Sequence[Any], now: datetime) -> Told:
        directory = self._context.directory
        prefecture = directory.prefecture
        grid = None if prefecture is None else directory.grid(prefecture)
        detail = {
            "code": row[0],
            "subject": row[1],
            "count": row[2],
            "examples": msgspec.json.decode(row[3]),
            "since": row[4].isoformat(),
        }
        return Told(kind, prefecture, None if grid is None else grid.code, now, detail=detail)
