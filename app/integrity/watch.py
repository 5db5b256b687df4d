"""The recurring search: bounded passes, each in its own transaction; any number of engines share it."""

from datetime import timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from alerts.integrity import cases, evidence
from alerts.integrity.rules import IntegrityRules
from alerts.integrity.rules_file import KEPT_DAYS
from alerts.integrity.sign import Sign
from app.context import Context
from app.database import transaction
from app.integrity import days, looks
from app.integrity.rulings import in_force
from app.integrity.surroundings import Surroundings
from app.integrity.work import Work
from app.integrity.written import written
from models.facts import CaseSigned, StationInfo

log = structlog.get_logger()
GRACE = timedelta(hours=3)
"""After midnight: what was held back for a while has come by then; what comes later is not gathered."""
PART = 100
"""Stations: some seconds of work in one transaction."""
LOOKS = 10
"""Alerts: each may read a week of nine stations."""
PASSES = 20
"""Of one beat; the next one goes on."""


class Watch:
    """The duties of one engine; nothing correct depends on how often they are called."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._surroundings = Surroundings(context.directory)

    async def follow(self) -> int:
        """Looks at the alerts whose time has come; gives how many signs were found."""
        context, found = self._context, 0
        for _ in range(PASSES):
            now = context.clock.now()
            async with transaction(context.sessions) as session:
                await self._surroundings.refresh(session)
                due = await cases.due(session, now=now, limit=LOOKS)
                rulings = await in_force(session, context.directory, evidence.day_of(now)) if due else None
                told: list[CaseSigned] = []
                # In the order of the stations, whose cases are held one after the other.
                for seen in sorted(due, key=lambda look: (look.station_id, look.alert_id)):
                    station = context.directory.station_by_id(seen.station_id)
                    if station is None or seen.station_id not in self._surroundings.sites or rulings is None:
                        await cases.settled(session, seen.alert_id)
                        continue
                    rules = rulings.of(station.code)
                    sign, working = await looks.look(
                        session, seen, station, rules=rules, surroundings=self._surroundings,
                        directory=context.directory, now=now,
                    )  # fmt: skip
                    if sign is not None:
                        told += await self._raise(session, sign, station, rules, rulings.version, working)
                await context.pipeline.told(session, told, now=now)
            found += len(told)
            if len(due) < LOOKS:
                break
        return found

    async def gather(self) -> int:
        """Gathers the days that are over; gives how many parts."""
        context = self._context
        now = context.clock.now()
        async with transaction(context.sessions) as session:
            await self._surroundings.refresh(session)
            await evidence.plan(
                session,
                now=now,
                after=GRACE,
                back=KEPT_DAYS,
                stations=len(self._surroundings.sites),
                size=PART,
            )
        for done in range(PASSES):
            async with transaction(context.sessions) as session:
                part = await evidence.claim_to_gather(session)
                if part is None:
                    return done
                await evidence.gather(
                    session, part, sorted(self._surroundings.sites), now=context.clock.now()
                )
        return PASSES

    async def judge(self) -> int:
        """Judges what is gathered, day by day; gives how many signs were found."""
        context, found = self._context, 0
        for _ in range(PASSES):
            now = context.clock.now()
            async with transaction(context.sessions) as session:
                await self._surroundings.refresh(session)
                part = await evidence.claim_to_judge(session)
                if part is None:
                    break
                rulings = await in_force(session, context.directory, part.day)
                seen, working = await days.judge(
                    session,
                    part,
                    rulings=rulings,
                    surroundings=self._surroundings,
                    directory=context.directory,
                )
                told: list[CaseSigned] = []
                for one in seen:
                    told += await self._raise(
                        session, one.sign, one.station, one.rules, rulings.version, working
                    )
                await evidence.judged(session, part, now=now)
                await context.pipeline.told(session, told, now=now)
            found += len(told)
        return found

    async def forget(self) -> None:
        """Drops the days that no rule looks back at."""
        async with transaction(self._context.sessions) as session:
            await evidence.forget(session, now=self._context.clock.now())

    async def _raise(
        self,
        session: AsyncSession,
        sign: Sign,
        station: StationInfo,
        rules: IntegrityRules,
        version: int,
        working: Work,
    ) -> list[CaseSigned]:
        context = self._context
        prefecture = context.directory.prefecture
        grid = None if prefecture is None else context.directory.grid(prefecture)
        if grid is None:
            return []
        body = written(
            sign,
            neighbours=self._surroundings.group(station.id)[1:],
            rules=rules,
            silences=working.over(station.code, sign.began_at, sign.until),
            directory=context.directory,
        )
        fact = await cases.sign(
            session,
            sign,
            station=station,
            prefecture=(grid.id, grid.code),
            evidence=body,
            rule_version=version,
            now=context.clock.now(),
        )
        return [] if fact is None else [fact]
