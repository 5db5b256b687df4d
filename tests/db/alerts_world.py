"""Stations, stored readings and the rules in force, for the database tests of detection."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, text, update

from alerts.service import Detection, Observation, ensure_default_rules
from app.database import Sessions, transaction
from models.alert import Alert
from models.enums import MET, POLLUTANTS, StationKind
from models.facts import Fact, Reading, StationInfo
from models.ids import GridId, StationId
from models.reading import ReadingRow
from models.registry import Grid, Station
from tests.fakes import START
from tests.unit.alerts.streams import Item, Values

MAX_ORDER_AGE = timedelta(minutes=30)
DAYS = 3


class World:
    """A prefecture with one county and the stations made in it."""

    def __init__(self, sessions: Sessions) -> None:
        self.sessions = sessions
        self._made = 0

    async def begin(self) -> "World":
        async with transaction(self.sessions) as session:
            for day in range(-1, DAYS):
                first = (START + timedelta(days=day)).date()
                await session.execute(
                    text(
                        f"CREATE TABLE reading_{first:%Y%m%d} PARTITION OF reading "
                        f"FOR VALUES FROM ('{first}') TO ('{first + timedelta(days=1)}')"
                    )
                )
            await session.execute(text("CREATE TABLE reading_rest PARTITION OF reading DEFAULT"))
            await session.execute(insert(Grid).values(id=1, code="652300", name="昌吉州", level=1))
            await session.execute(
                insert(Grid).values(id=2, code="652301", name="昌吉市", level=2, parent_id=1)
            )
            await ensure_default_rules(session, now=START)
        return self

    async def station(self, cadence_s: int = 60, *, last_received_at: datetime | None = None) -> StationInfo:
        self._made += 1
        code = f"WZ-652301-{self._made:03d}"
        async with transaction(self.sessions) as session:
            station_id = await session.scalar(
                insert(Station)
                .values(
                    code=code,
                    name=code,
                    grid_id=2,
                    kind=StationKind.MICRO.value,
                    lon=87.3,
                    lat=44.0,
                    cadence_s=cadence_s,
                    last_received_at=last_received_at,
                )
                .returning(Station.id)
            )
        assert station_id is not None
        kind = StationKind.MICRO.value
        return StationInfo(StationId(station_id), code, code, GridId(2), "652301", kind, cadence_s)

    async def heard(self, station: StationInfo, at: datetime) -> None:
        async with transaction(self.sessions) as session:
            await session.execute(update(Station).where(Station.id == station.id).values(last_received_at=at))

    async def alerts(self, station: StationInfo) -> list[Alert]:
        async with self.sessions() as session:
            found = await session.scalars(
                select(Alert)
                .where(Alert.station_id == station.id)
                .order_by(Alert.detected_at, Alert.kind, Alert.pollutant)
            )
            return list(found)

    async def said_offline_at(self, station: StationInfo) -> datetime | None:
        async with self.sessions() as session:
            return await session.scalar(select(Station.said_offline_at).where(Station.id == station.id))

    async def arrive(
        self,
        detection: Detection,
        station: StationInfo,
        items: Sequence[Item],
        *,
        delay: timedelta = timedelta(seconds=2),
        correction: bool = False,
        fail: bool = False,
    ) -> list[Fact]:
        """One batch of the consumer: stored, observed, committed; with `fail` killed just before the commit."""
        session = self.sessions()
        async with session:
            await session.begin()
            await self.store(session, station, items, delay=delay, correction=correction)
            batch = [observation(station, item, delay=delay, correction=correction) for item in items]
            facts = await detection.observe(session, batch, now=items[-1][0] + delay)
            if fail:
                await session.rollback()
                return []
            await session.commit()
            return facts

    async def store(
        self, session: Any, station: StationInfo, items: Sequence[Item], *, delay: timedelta, correction: bool
    ) -> None:
        for at, values in items:
            known = dict(zip(POLLUTANTS, values, strict=True))
            if correction:
                await session.execute(
                    update(ReadingRow)
                    .where(ReadingRow.station_id == station.id, ReadingRow.observed_at == at)
                    .values(version=ReadingRow.version + 1, **known)
                )
            else:
                await session.execute(
                    insert(ReadingRow).values(
                        station_id=station.id, observed_at=at, received_at=at + delay, **known
                    )
                )


def observation(
    station: StationInfo,
    item: tuple[datetime, Values],
    *,
    delay: timedelta = timedelta(seconds=2),
    correction: bool = False,
) -> Observation:
    at, values = item
    reading = Reading(station.code, at, values, (None,) * len(MET))
    return Observation(station, reading, at + delay, correction)


def outcome(alerts: Sequence[Alert]) -> list[tuple[object, ...]]:
    """What two runs must agree on; `peak` and `last_at` are written now and then only."""
    return [
        (
            alert.kind,
            alert.pollutant,
            alert.severity,
            alert.state,
            alert.started_at,
            alert.detected_at,
            alert.cleared_at,
            alert.why,
        )
        for alert in alerts
    ]
