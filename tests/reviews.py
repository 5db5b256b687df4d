"""Orders of alerts with something measured around them, for tests of what comes after a report."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from app.database import transaction
from app.engine import Engine
from app.ingest.partitions import Partitions
from dispatch.commands import Acknowledge, FileReport, GiveFeedback
from models.bulk import fetch
from models.enums import ReportClaim
from models.order import Unrouted
from models.registry import Grid
from tests.factories import COUNTY, World, make_station

NEIGHBOURS = ("WZ-7", "WZ-8", "WZ-9")
ANSWERS = (
    "seen_in_time", "cause_named", "measure_fits", "before_after", "people_named", "verdict_looked_at",
)  # fmt: skip


def checklist(**over: str) -> list[dict[str, str]]:
    """Every item of the default list, `yes` unless said otherwise."""
    return [
        {"item": key, "answer": over.get(key, "yes")} | ({"reason": "说明"} if over.get(key) == "no" else {})
        for key in ANSWERS
    ]


async def add_station(world: World, code: str, *, county: str = COUNTY, **over: Any) -> None:
    async with transaction(world.sessions) as session:
        grid = await session.get(Grid, world.grids[county].id)
        assert grid is not None
        world.stations[code] = await make_station(session, code, grid, **over)
        await world.context.directory.refresh(session)


async def neighbours(world: World) -> None:
    """Three further stations, some kilometres away."""
    for number, code in enumerate(NEIGHBOURS):
        await add_station(world, code, lon=87.36 + 0.02 * number, lat=44.03)


async def alert_order(world: World, station: str = "WZ-1", **alert: Any) -> int:
    """An order that came of an alert, dispatched now by the pipeline; gives its id."""
    alert_id = await world.alert(station, **alert)
    async with transaction(world.sessions) as session:
        session.add(
            Unrouted(alert_id=alert_id, grid_id=None, reason="no_supervisor", created_at=world.clock.now())
        )
    async with transaction(world.sessions) as session:
        await world.context.pipeline.retry_unrouted(session, now=world.clock.now())
    async with transaction(world.sessions) as session:
        ((order_id,),) = await fetch(session, "SELECT order_id FROM alert WHERE id = $1", alert_id)
    assert order_id is not None
    return int(order_id)


async def report(world: World, order_id: int, claims: ReportClaim | None = ReportClaim.RECOVERED) -> None:
    """Taken, seen and reported, all now."""
    await world.act(
        order_id,
        Acknowledge(),
        GiveFeedback("工地未覆盖", "扬尘"),
        FileReport("已洒水", "浓度下降", claims=claims),
    )


async def measured(
    world: World,
    station: str,
    start: datetime,
    levels: Sequence[float | None],
    *,
    every: timedelta = timedelta(minutes=1),
    flagged: bool = False,
) -> None:
    """PM2.5 of a station as stored, a value an interval, from `start` on."""
    ats = [start + every * n for n, level in enumerate(levels) if level is not None]
    values = [level for level in levels if level is not None]
    await Partitions(world.sessions).ensure({at.date() for at in ats})
    station_id = world.stations[station].id
    async with transaction(world.sessions) as session:
        await fetch(
            session,
            "INSERT INTO reading (station_id, observed_at, received_at, pm25)"
            " SELECT $1, at, at, v FROM unnest($2::timestamptz[], $3::float8[]) AS t(at, v)",
            station_id,
            ats,
            values,
        )
        if flagged:
            await fetch(
                session,
                "INSERT INTO reading_flag (station_id, observed_at, pollutant, level, test, rule_version)"
                " SELECT $1, at, 'pm25', 4, 'spike', 1 FROM unnest($2::timestamptz[]) AS t(at)",
                station_id,
                ats,
            )


async def around(world: World, start: datetime, level: float, minutes: int) -> None:
    for number, code in enumerate(NEIGHBOURS):
        await measured(world, code, start, [level + number] * minutes)


async def ask(world: World) -> None:
    """One beat of the engine's duty."""
    await Engine(world.context, {}).judge_verdicts()


async def events(world: World, *kinds: str) -> list[tuple[str, dict[str, Any]]]:
    async with world.sessions() as session:
        rows = await fetch(
            session, "SELECT kind, data::text FROM journal WHERE kind = ANY($1::text[]) ORDER BY id", kinds
        )
    return [(kind, json.loads(data)) for kind, data in rows]
