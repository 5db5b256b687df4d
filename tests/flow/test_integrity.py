"""From the stream to the decision: what is done to a station makes its case, and nothing else makes any.

Three weeks of made-up air over twelve stations: one is carried away, one gets a filter, one loses its power at three
every other night, one has its factor changed. The detector is the real one, fed from the stored stream.
"""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from app import silences
from app.api.integrity_shapes import CaseDetail
from app.database import Sessions, transaction
from app.detection import inbox
from app.detection.port import TIME
from app.engine import Engine
from app.ingest.partitions import Partitions
from app.journal import verify
from app.views.integrity import case_document, list_cases
from models.bulk import fetch
from models.enums import POLLUTANTS, CaseState, SilenceKind
from tests.factories import COUNTY, World, make_station, make_world, reading_payload
from tests.fakes import FakeClock
from tests.timeline import Story, make_worker
from tests.unit.alerts.network.streams import Stream, background, sites_at

T0 = datetime(2025, 1, 1, tzinfo=UTC)
CADENCE_S = 600.0
PLACES = [(2.0 * (n % 4), 2.0 * (n // 4)) for n in range(12)]
CODES = [f"SC-{n:02}" for n in range(12)]
MOVED, FILTERED, CUT, CHANGED = 1, 4, 6, 11
DAYS = 22
_INSERT = f"""
INSERT INTO reading (station_id, observed_at, received_at, version, lon, lat, {", ".join(POLLUTANTS)})
SELECT t.s, t.o, t.r, 1, t.x, t.y, {", ".join(f"t.{name}" for name in POLLUTANTS)}
  FROM unnest($1::int[], $2::timestamptz[], $3::timestamptz[], $4::float8[], $5::float8[],
              {", ".join(f"${n}::float8[]" for n in range(6, 12))})
       AS t(s, o, r, x, y, {", ".join(POLLUTANTS)})
"""


class Scene:
    """The stations, their stream, and the service that lives through it."""

    def __init__(self, world: World, stream: Stream) -> None:
        self.world = world
        self.stream = stream
        self.worker = make_worker(world.context)

    @property
    def sessions(self) -> Sessions:
        return self.world.sessions

    def engine(self) -> Engine:
        """A new one each time, as after a kill: it knows nothing but what is stored."""
        return Engine(self.world.context, {})

    async def live(self, first_h: float, last_h: float, *, step_h: float = 6.0) -> None:
        """Readings come, detection judges, the engine passes, `step_h` hours at a time."""
        hours = first_h
        while hours < last_h:
            await self.come(hours, min(hours + step_h, last_h))
            hours += step_h
            await self.engine().watch_integrity()

    async def come(self, first_h: float, last_h: float) -> None:
        samples = self.stream.samples(begin=first_h, end=last_h)
        ends = datetime.fromtimestamp(self.stream.at(last_h), UTC)
        self.world.clock.set(ends)
        await Partitions(self.sessions).ensure(
            {(ends - timedelta(hours=h)).date() for h in range(int(last_h - first_h) + 2)}
        )
        columns: list[list[Any]] = [
            [s.station for s in samples],
            [datetime.fromtimestamp(s.observed_at, UTC) for s in samples],
            [datetime.fromtimestamp(s.arrived_at, UTC) for s in samples],
            [s.lon for s in samples],
            [s.lat for s in samples],
            *([s.values[n] for s in samples] for n in range(len(POLLUTANTS))),
        ]
        packed = [
            (
                s.station,
                datetime.fromtimestamp(s.observed_at, UTC),
                s.arrived_at,
                s.values,
                s.met,
                s.lon,
                s.lat,
                s.correction,
            )
            for s in samples
        ]
        async with transaction(self.sessions) as session:
            await fetch(session, _INSERT, *columns)
            rows = [inbox.readings(packed), inbox.control(TIME, {"now": ends.timestamp()})]
            await inbox.append(session, rows, now=ends)
        while await self.worker.step():
            pass

    async def cases(self, *usernames: str) -> list[dict[str, Any]]:
        caller = self.world.caller(usernames[0] if usernames else "duty")
        async with self.sessions() as session:
            page = await list_cases(session, scope=caller.scope, directory=self.world.context.directory)
        return list(page["items"])

    async def signs(self) -> dict[str, list[str]]:
        """By station the kinds of the signs of its cases."""
        return {case["station"]: [sign["kind"] for sign in case["signs"]] for case in await self.cases()}

    async def document(self, case_id: int) -> dict[str, Any]:
        async with self.sessions() as session:
            found = await case_document(
                session, case_id, self.world.caller("duty").scope, directory=self.world.context.directory
            )
        CaseDetail.model_validate(found)
        return found

    async def told(self) -> list[dict[str, Any]]:
        async with self.sessions() as session:
            rows = await fetch(
                session, "SELECT kind, grid_id, data FROM journal WHERE kind LIKE 'integrity.%' ORDER BY id"
            )
        return [{"kind": kind, "grid_id": grid} | data for kind, grid, data in rows]

    async def orders(self) -> int:
        async with self.sessions() as session:
            ((count,),) = await fetch(session, "SELECT count(*) FROM work_order")
        return int(count)


@pytest_asyncio.fixture
async def scene(sessions: Sessions, tmp_path: Path) -> Scene:
    world = await make_world(sessions, FakeClock(T0), tmp_path)
    async with transaction(sessions) as session:
        await fetch(session, "UPDATE duty SET valid_from = $1", T0 - timedelta(days=1))
        for code, site in zip(CODES, sites_at(PLACES, CADENCE_S), strict=True):
            world.stations[code] = await make_station(
                session, code, world.grids[COUNTY], lon=site.lon, lat=site.lat, cadence_s=int(CADENCE_S)
            )
        await world.context.directory.refresh(session)
    sites = [
        site.__class__(world.stations[code].id, code, COUNTY, site.lon, site.lat, "micro", CADENCE_S)
        for code, site in zip(CODES, sites_at(PLACES, CADENCE_S), strict=True)
    ]
    return Scene(world, background(sites, warm=0.0, hours=24.0 * DAYS, zero=T0.timestamp()))


def damage(stream: Stream) -> Stream:
    """What is done to four of the stations; hours since the beginning."""
    stream.moved(MOVED, 18 * 24 + 5, 1e4, km=2.0)
    stream.filter(FILTERED, 18 * 24 + 9, 1e4)
    for day in range(3, 18, 2):
        stream.gap(CUT, 24 * day + 19 + 0.1, 24 * day + 21)  # 03:00 in Beijing
    index = stream.window(CHANGED, 12 * 24 - 8, 1e4)
    stream.values[CHANGED, index, :2] *= 0.6
    return stream


async def test_each_station_that_was_touched_has_its_case_and_no_other(scene: Scene) -> None:
    damage(scene.stream)
    await scene.live(0, 24.0 * DAYS)
    signs = await scene.signs()
    assert {station: set(kinds) for station, kinds in signs.items()} == {
        CODES[MOVED]: {"moved"},
        CODES[FILTERED]: {"muffled"},
        CODES[CUT]: {"cut"},
        CODES[CHANGED]: {"changed"},
    }
    assert await scene.orders() == 0
    told = await scene.told()
    prefecture = scene.world.context.directory.prefecture
    assert {event["grid_id"] for event in told} == {prefecture}
    assert [event["kind"] for event in told].count("integrity.opened") == 4
    for case in await scene.cases():
        found = await scene.document(case["id"])
        for sign in found["signs"]:
            evidence = sign["evidence"]
            assert evidence["values"]
            assert evidence["series"]["at"]
            assert evidence["rule"]["name"] == f"integrity.{sign['kind']}"
            assert (sign["kind"] == "moved") == ("away_km" in evidence["values"])
            assert sign["evidence_sha256"] in {event["evidence_sha256"] for event in told}
    by_station = {case["station"]: case for case in await scene.cases()}
    assert by_station[CODES[MOVED]]["signs"][0]["alerts"]
    assert by_station[CODES[FILTERED]]["signs"][0]["alerts"]


async def test_untouched_stations_have_none(scene: Scene) -> None:
    await scene.live(0, 24.0 * DAYS, step_h=24.0)
    assert await scene.cases() == []


async def test_what_goes_on_after_the_decision_stays_decided(scene: Scene) -> None:
    scene.stream.moved(MOVED, 30.0, 60.0, km=2.0)
    await scene.live(0, 42.0)
    (case,) = await scene.cases()
    assert (case["station"], case["state"]) == (CODES[MOVED], "open")
    await scene.world.decide(case["id"], CaseState.DISMISSED)
    # The detector begins anew and says again that it has moved, which everybody knows.
    async with transaction(scene.sessions) as session:
        for table in ("detection_state", "detection_cursor", "detection_inbox"):
            await fetch(session, f"DELETE FROM {table}")
    scene.worker = make_worker(scene.world.context)
    await scene.live(42.0, 58.0)
    assert [c["state"] for c in await scene.cases()] == ["dismissed"]
    async with scene.sessions() as session:
        ((alerts,),) = await fetch(session, "SELECT count(*) FROM alert WHERE kind = 'moved'")
    assert alerts == 2
    # It comes back, and goes again: that is another matter.
    index = scene.stream.window(MOVED, 72.0, 1e4)
    scene.stream.lat[MOVED, index] += 3.0 / 111.195
    await scene.live(58.0, 84.0)
    assert [c["state"] for c in await scene.cases()] == ["open", "dismissed"]


async def test_work_that_was_announced_is_no_sign(scene: Scene) -> None:
    for station in (MOVED, CUT):
        scene.stream.moved(station, 30.0, 34.0, km=2.0)
    await scene.live(0, 24.0)
    now = scene.world.clock.now()
    async with transaction(scene.sessions) as session:
        await silences.begin(
            session, kind=SilenceKind.MAINTENANCE, grid_id=scene.world.grids[COUNTY].id,
            station_id=scene.world.stations[CODES[MOVED]].id, pollutants=None, kinds=None, starts_at=now,
            ends_at=now + timedelta(hours=24), reason="更换传感器", caller=scene.world.caller("duty"), now=now,
        )  # fmt: skip
    await scene.live(24.0, 48.0)
    assert await scene.signs() == {CODES[CUT]: ["moved"]}


async def test_two_engines_at_once_open_one_case(scene: Scene) -> None:
    scene.stream.moved(MOVED, 30.0, 1e4, km=2.0)
    await scene.come(0, 36.0)
    await asyncio.gather(*(scene.engine().watch_integrity() for _ in range(4)))
    assert await scene.signs() == {CODES[MOVED]: ["moved"]}
    async with scene.sessions() as session:
        rows = await fetch(session, "SELECT day, count(*), count(judged_at) FROM integrity_part GROUP BY day")
    assert rows
    assert all(parts == judged for _, parts, judged in rows)


async def test_from_the_station_itself_to_the_decision(story: Story) -> None:
    """Over the intake, as a station sends it; one engine, one officer."""
    story.at("09:00")
    for _ in range(45):
        at = story.world.clock.now()
        body = json.loads(reading_payload(at, pm25=35.0 + at.minute % 5))
        body["location"] = {"lon": 87.3, "lat": 44.02}
        story.source.put(f"geshao/v1/{COUNTY}/WZ-1/reading", json.dumps(body).encode())
        await story.consumer.run_once()
        await story.judge()
        story.world.clock.advance(minutes=1)
    assert await story.said() == ["09:01:00 alert.opened"]
    await story.engine.watch_integrity()
    assert await story.said() == ["09:45:00 integrity.opened"]
    async with story.sessions() as session:
        ((case_id, began, until, values),) = await fetch(
            session, "SELECT case_id, began_at, until_at, evidence -> 'values' FROM integrity_sign"
        )
    assert (until - began).total_seconds() == 44 * 60
    assert values["away_km"] == pytest.approx(2.224, abs=0.01)
    story.at("10:30")
    await story.world.decide(case_id, CaseState.CONFIRMED)
    assert await story.said() == ["10:30:00 integrity.decided"]
    story.at("11:00")
    await story.engine.watch_integrity()
    assert await story.said() == []
    async with story.sessions() as session:
        assert (await verify(session)).fault is None
        assert await fetch(session, "SELECT 1 FROM work_order UNION ALL SELECT 1 FROM integrity_look") == []
