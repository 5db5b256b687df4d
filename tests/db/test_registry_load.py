"""Loading a registry into PostgreSQL: all or nothing, idempotent, duties with their validity."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import func, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError

from app.auth.passwords import verify
from app.credentials import verify_secret
from app.database import Sessions, transaction
from app.registry import default_registry_text
from app.registry.check import loaded_state, notices
from app.registry.entries import Parsed
from app.registry.file import parse
from app.registry.load import CHANNEL, LoadResult, known_grids, load, load_text
from models.journal import JournalEvent
from models.registry import Duty, Grid, Person, Source, Station
from tests.fakes import START as NOW

SMALL = """
grids:
  - {code: "652300", name: 昌吉州, level: 1}
  - {code: "652301", name: 昌吉市, level: 2, parent: "652300", aliases: [昌吉]}
people:
  - {username: li, name: 李, phone: 123, password: li-password, duties: [{grid: "652301", role: supervisor}]}
stations:
  - {code: S1, name: 一, grid: "652301", lon: 87.3, lat: 44.0, kind: micro, secret: s1-secret-1}
sources:
  - {code: Q1, name: 源, grid: "652301", lon: 87.3, lat: 44.0, category: 工地, pollutants: [pm10]}
"""


async def put(sessions: Sessions, text: str, now: datetime = NOW) -> LoadResult:
    async with transaction(sessions) as session:
        parsed, result = await load_text(session, text, "r.yaml", now=now, author="test")
    assert result is not None, parsed.faults
    return result


async def duties(sessions: Sessions, username: str) -> list[tuple[str, str, datetime, datetime | None]]:
    async with sessions() as session:
        rows = await session.execute(
            select(Grid.code, Duty.role, Duty.valid_from, Duty.valid_to)
            .join(Grid, Grid.id == Duty.grid_id)
            .join(Person, Person.id == Duty.person_id)
            .where(Person.username == username)
            .order_by(Duty.id)
        )
        return [tuple(row) for row in rows]


async def test_the_shipped_registry_loads_and_the_second_time_changes_nothing(sessions: Sessions) -> None:
    text = default_registry_text()
    first = await put(sessions, text)
    assert {kind: tally.counts() for kind, tally in first.tallies().items()} == {
        "grids": {"added": 116},
        "people": {"added": 34},
        "duties": {"added": 34},
        "stations": {"added": 24},
        "sources": {"added": 6},
    }
    again = await put(sessions, text, NOW + timedelta(days=1))
    assert not again.changed
    assert again.summary() == (
        "nothing changed (116 grids, 34 people, 34 duties, 24 stations, 6 sources as before)"
    )
    async with sessions() as session:
        assert await session.scalar(select(func.count()).select_from(JournalEvent)) == 1
        assert notices(await loaded_state(session, now=NOW)) == []


async def test_secrets_are_kept_only_as_hashes_that_fit(sessions: Sessions) -> None:
    await put(sessions, SMALL)
    async with sessions() as session:
        person = (await session.scalars(select(Person))).one()
        station = (await session.scalars(select(Station))).one()
    assert person.password_hash is not None
    assert await verify("li-password", person.password_hash)
    assert station.secret_hash is not None
    assert verify_secret("s1-secret-1", station.secret_hash)
    assert (person.phone, station.cadence_s) == ("123", 60)


async def test_what_differs_is_changed_and_what_is_not_said_stays(sessions: Sessions) -> None:
    await put(sessions, SMALL)
    changed = await put(
        sessions,
        """
grids: [{code: "652301", name: 昌吉市区, level: 2, parent: "652300"}]
people: [{username: li, name: 李}]
stations: [{code: S1, name: 一, grid: "652301", lon: 87.31, lat: 44.0, kind: micro, secret: other-secret}]
""",
        NOW + timedelta(days=1),
    )
    assert changed.summary() == "grids 1 changed; people 1 unchanged; stations 1 changed"
    async with sessions() as session:
        grid = (await session.scalars(select(Grid).where(Grid.level == 2))).one()
        person = (await session.scalars(select(Person))).one()
        station = (await session.scalars(select(Station))).one()
        assert await session.scalar(select(func.count()).select_from(Source)) == 1
    assert (grid.name, grid.aliases, grid.kind) == ("昌吉市区", ["昌吉"], "administrative")
    assert person.phone == "123"
    assert person.password_hash is not None
    assert (station.lon, verify_secret("other-secret", station.secret_hash or "")) == (87.31, True)
    assert await duties(sessions, "li") == [("652301", "supervisor", NOW, None)]


async def test_a_loaded_boundary_survives_the_shipped_registry(sessions: Sessions, shared: Path) -> None:
    text = (shared / "data/detection/open/hourly/registry.yaml").read_text("utf-8")
    await put(sessions, text)
    assert not (await put(sessions, text)).changed
    await put(sessions, default_registry_text())
    async with sessions() as session:
        known = await known_grids(session)
    assert known["652301"].boundary is not None
    assert known["652325"].boundary is None
    placed = "stations: [{code: S1, name: 一, lon: 87.1, lat: 43.84, kind: micro}]"
    parsed = parse(placed, "r.yaml", known)
    assert parsed.registry is not None
    assert parsed.registry.stations[0].grid == "652301"


@pytest.mark.parametrize("scene", ["hourly", "network"])
async def test_a_scene_loads_into_an_empty_database(sessions: Sessions, shared: Path, scene: str) -> None:
    text = (shared / "data/detection/open" / scene / "registry.yaml").read_text("utf-8")
    result = await put(sessions, text)
    assert (result.grids.added, result.people.added, result.duties.added) == (5, 4, 4)


async def test_duties_begin_and_end_with_the_list(sessions: Sessions) -> None:
    def file(listed: str) -> str:
        return f"people: [{{username: li, name: 李, duties: [{listed}]}}]"

    supervisor, chief = "{grid: 652301, role: supervisor}", "{grid: 652301, role: chief}"
    day = timedelta(days=1)
    await put(sessions, SMALL)
    await put(sessions, file(f"{supervisor}, {chief}"), NOW + day)
    ended = await put(sessions, file(chief), NOW + 2 * day)
    assert ended.duties.counts() == {"ended": 1, "unchanged": 1}
    assert await duties(sessions, "li") == [
        ("652301", "supervisor", NOW, NOW + 2 * day),
        ("652301", "chief", NOW + day, None),
    ]
    again = await put(sessions, file(f"{supervisor}, {chief}"), NOW + 3 * day)
    assert again.duties.counts() == {"added": 1, "unchanged": 1}
    await put(sessions, file(""), NOW + 4 * day)
    assert [until for *_, until in await duties(sessions, "li")] == [
        NOW + 2 * day,
        NOW + 4 * day,
        NOW + 4 * day,
    ]


async def test_a_duty_may_begin_on_a_given_day(sessions: Sessions) -> None:
    await put(
        sessions,
        SMALL.replace(
            "role: supervisor", "role: supervisor, from: 2026-01-01, to: 2027-01-01T00:00:00+08:00"
        ),
    )
    found = await duties(sessions, "li")
    assert [(since.isoformat(), until and until.isoformat()) for *_, since, until in found] == [
        ("2025-12-31T16:00:00+00:00", "2026-12-31T16:00:00+00:00")
    ]


async def test_a_faulty_file_changes_nothing(sessions: Sessions) -> None:
    async with transaction(sessions) as session:
        parsed, result = await load_text(
            session, SMALL.replace("kind: micro", "kind: macro"), "r.yaml", now=NOW, author="test"
        )
    assert (result, len(parsed.faults)) == (None, 1)
    async with sessions() as session:
        assert await known_grids(session) == {}


async def test_a_load_that_fails_half_way_leaves_nothing(sessions: Sessions) -> None:
    def parsed_with(text: str) -> Parsed:
        return parse(text, "r.yaml", {})

    registry = parsed_with(SMALL).registry
    assert registry is not None
    broken = type(registry)(registry.grids, registry.people * 2, registry.stations, registry.sources)
    with pytest.raises(IntegrityError):
        async with transaction(sessions) as session:
            await load(session, broken, now=NOW, author="test")
    async with sessions() as session:
        for table in (Grid, Person, Station, Source, Duty, JournalEvent):
            assert await session.scalar(select(func.count()).select_from(table)) == 0


async def test_two_loads_at_once_do_not_collide(sessions: Sessions) -> None:
    results = await asyncio.gather(*(put(sessions, SMALL) for _ in range(4)))
    assert sorted(result.changed for result in results) == [False, False, False, True]


async def test_everybody_is_told_at_the_commit(sessions: Sessions, database_url: str) -> None:
    told = asyncio.Event()
    url = make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    listener = await asyncpg.connect(url)
    await listener.add_listener(CHANNEL, lambda *_: told.set())
    async with transaction(sessions) as session:
        await load_text(session, SMALL, "r.yaml", now=NOW, author="test")
        assert not told.is_set()
    await asyncio.wait_for(told.wait(), 10)
    await listener.close()
