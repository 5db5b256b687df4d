"""The consultation over HTTP and by the engine: figures from the data, papers as drafts, who may have them made."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from app.api.consultation import Consultation
from app.database import transaction
from app.engine import Engine
from app.ingest.partitions import Partitions
from app.papers.official import Document, Grid, Heading, Text, from_json
from models.bulk import fetch
from models.enums import POLLUTANTS, AirSource
from models.issued import IssuedPaper
from models.reading import ReadingRow
from supervision.air import gathering
from supervision.papers import papers
from tests.api.browsing import Browser, Forms, visible
from tests.api.conftest import Client
from tests.api.test_problem_list import day, did, entered
from tests.factories import COUNTY, World, make_station
from tests.reviews import events

PATH = "/supervision/consultation"
NOW = datetime(2026, 11, 5, 0, 30, tzinfo=UTC)  # a Thursday, 08:30 Beijing time


async def measured(world: World) -> None:
    """Two weeks of one reference station of the county, with a peak of fine particles in the evening."""
    world.clock.set(NOW)
    async with transaction(world.sessions) as session:
        station = await make_station(session, "GK-1", world.grids[COUNTY], kind="reference", name="国控一")
        for n in range(14):
            level = 90 if n < 4 else 40
            rows = []
            for hour in range(24):
                pm25 = 1000 * (level * 2 if hour in (21, 22) else level)
                others = [20_000] * (len(POLLUTANTS) - 1)
                rows.append((station.id, hour, pm25, *others[:3], 800, others[4]))
            await gathering.keep(
                session, date(2026, 11, 4) - timedelta(days=n), gathering.packed(rows),
                source=AirSource.IMPORTED, now=NOW,
            )  # fmt: skip
        await fetch(
            session,
            "INSERT INTO air_gathering (day, gathered_at) VALUES ($1, $2)",
            date(2026, 11, 4),
            NOW,
        )


async def windy(world: World) -> None:
    """A steady wind from the north-west through the day of the reference station."""
    hours = [datetime(2026, 11, 4, 1, tzinfo=UTC) + timedelta(hours=n) for n in range(12)]
    await Partitions(world.sessions).ensure({at.date() for at in hours})
    async with transaction(world.sessions) as session:
        ((station,),) = await fetch(session, "SELECT id FROM station WHERE code = 'GK-1'")
        for n, at in enumerate(hours):
            session.add(
                ReadingRow(
                    station_id=station, observed_at=at, received_at=at, wind_speed=3.0, wind_direction=310.0 + n % 10
                )
            )  # fmt: skip


async def document(world: World, paper: int) -> tuple[IssuedPaper, Document, str]:
    async with world.sessions() as session:
        row = await session.get(IssuedPaper, paper)
        assert row is not None
        found = from_json(row.snapshot)
    parts: list[str] = []
    for block in found.blocks:
        if isinstance(block, Heading | Text):
            parts.append(block.text)
        elif isinstance(block, Grid):
            parts += [" ".join(cells) for cells in [block.columns, *block.rows]]
    return row, found, "\n".join(parts)


async def test_the_standing_of_the_morning(client: Client, world: World) -> None:
    await measured(world)
    await windy(world)
    found = (await client("leader").get(PATH)).json()
    Consultation.model_validate(found)
    first, second = found["units"]
    assert (first["grid"], first["day"]["pm25"], first["primary"]) == (COUNTY, 98.0, ["pm25"])
    assert first["judged_days"] == 4
    assert any("21—23时" in one for one in first["reasons"])
    assert "主导风向为西北风" in first["reasons"]
    assert (second["aqi"], second["day"], second["reasons"]) == (None, {}, ["昨日无有效监测数据"])
    assert (await client("chief").get(PATH)).status_code == 403
    ahead = await client("duty").get(PATH, params={"day": "2026-11-05"})
    assert (ahead.status_code, ahead.json()["field"]) == (422, "day")


async def test_the_brief_writes_itself_once_and_keeps_what_a_person_edited(
    client: Client, world: World
) -> None:
    await measured(world)
    one = (await entered(client))["id"]
    await did(client, "duty", one, "push", due_on=day(world, 1))
    engine = Engine(world.context, {})
    world.clock.set(NOW - timedelta(hours=1))
    await engine.consult()
    async with world.sessions() as session:
        assert await fetch(session, "SELECT id FROM issued_paper") == []
    world.clock.set(NOW)
    await engine.consult()
    await engine.consult()
    async with world.sessions() as session:
        ((paper,),) = await fetch(session, "SELECT id FROM issued_paper")
    row, brief, text = await document(world, paper)
    assert (row.kind, row.drafted_by, row.period_from) == ("brief", None, date(2026, 11, 5))
    assert brief.title == "大气污染防治每日会商简报（2026年11月5日）"
    assert "2026年11月4日，1个县市（园区）有有效数据" in text
    assert "未销号问题1个" in text
    assert "夜间开展散煤" in text
    assert [kind for kind, _ in await events(world, "consultation.drafted")] == ["consultation.drafted"]
    shown = await client("leader").get(f"/supervision/papers/{paper}")
    assert (shown.status_code, shown.json()["drafted_by"]) == (200, None)
    async with transaction(world.sessions) as session:
        person = world.people["duty"].id
        await papers.edit(session, paper, row.snapshot, seen=row.digest, by=person, now=NOW)
    refused = await client("duty").post(f"{PATH}/drafts", json={"kind": "brief"})
    assert (refused.status_code, refused.json()["code"]) == (412, "version_conflict")
    anew = await client("duty").post(f"{PATH}/drafts", json={"kind": "brief", "over": True})
    assert (anew.status_code, anew.json()["papers"]) == (201, [paper])
    async with transaction(world.sessions) as session:
        issued = await papers.issue(
            session, paper, seen=(await session.get_one(IssuedPaper, paper)).digest,
            by=world.people["leader"].id, now=NOW,
        )  # fmt: skip
    assert issued.number == "会商简报〔2026〕1号"
    await engine.consult()
    async with world.sessions() as session:
        assert len(await fetch(session, "SELECT id FROM issued_paper")) == 1


async def test_the_week_reports_and_notices_say_the_same_facts(client: Client, world: World) -> None:
    await measured(world)
    one = (await entered(client))["id"]
    await did(client, "duty", one, "push", due_on=day(world, 0))
    world.clock.advance(days=7)
    await did(client, "duty", one, "checks", text="仍未覆盖")
    made = await client("duty").post(f"{PATH}/drafts", json={"kind": "dispatch"})
    assert made.status_code == 201, made.text
    row, week, text = await document(world, made.json()["papers"][0])
    assert (row.period_from, row.period_to) == (date(2026, 11, 2), date(2026, 11, 8))
    assert "上周交办问题" in text
    assert "经1次核查调度未整改，按规定建议由州大气办通报批评" in text
    report = await client("duty").post(
        f"{PATH}/drafts", json={"kind": "special_report", "from": "2026-11-01", "until": "2026-11-08"}
    )
    _, special, text = await document(world, report.json()["papers"][0])
    assert special.to == "一级网格长："
    assert "经1次核查调度未整改，按规定建议由州大气办通报批评" in text
    notices = await client("duty").post(f"{PATH}/drafts", json={"kind": "notice"})
    rows = [await document(world, paper) for paper in notices.json()["papers"]]
    assert [row.grid_id for row, _, _ in rows] == [
        grid.id for grid in world.context.directory.grids if grid.level == 2
    ]
    assert "阜康市" not in rows[0][2]
    again = await client("duty").post(f"{PATH}/drafts", json={"kind": "notice", "grid": COUNTY})
    assert again.json()["papers"] == [notices.json()["papers"][0]]
    assert week.blocks != special.blocks


async def test_who_may_not_and_what_is_refused(client: Client, world: World) -> None:
    await measured(world)
    refusals: list[tuple[str, dict[str, Any], int, str | None]] = [
        ("leader", {"kind": "brief"}, 403, None),
        ("supervisor", {"kind": "brief"}, 403, None),
        ("duty", {"kind": "dispatch", "from": "2026-11-01"}, 422, "day"),
        ("duty", {"kind": "dispatch", "from": "2026-11-01", "until": "2027-11-02"}, 422, "day"),
        ("duty", {"kind": "brief", "grid": COUNTY}, 422, "grid"),
        ("duty", {"kind": "notice", "grid": "652300"}, 422, "grid"),
        ("duty", {"kind": "bulletin"}, 422, None),
    ]
    for who, body, status, field in refusals:
        refused = await client(who).post(f"{PATH}/drafts", json=body)
        assert refused.status_code == status, refused.text
        if field is not None:
            assert refused.json()["field"] == field
    async with world.sessions() as session:
        assert await fetch(session, "SELECT id FROM issued_paper") == []


async def test_the_page_shows_the_morning_and_has_drafts_made(browser: Browser, world: World) -> None:
    await measured(world)
    duty = browser("duty")
    page = await duty.get(PATH)
    assert page.status_code == 200, page.text
    assert "燃烧源管控" in visible(page.text)
    fields = Forms(page.text).found["drafts"]
    for _ in range(2):
        made = await duty.post(f"{PATH}/drafts", data=fields | {"kind": "brief"})
        assert made.status_code == 303, made.text
    listed = (await duty.get(PATH)).text
    assert "/supervision/papers/" in listed
    assert "会商简报" in visible(listed)
    paper = listed.partition("/supervision/papers/")[2].partition('"')[0]
    assert "管控方向" in (await duty.get(f"/supervision/papers/{paper}")).text
    assert (await browser("chief").get(PATH)).status_code == 403
    leader = await browser("leader").get(PATH)
    assert "drafts" not in Forms(leader.text).found
