"""The one page a stranger may open: what it says, what it never says, and that it costs little."""

from datetime import timedelta

import httpx
import pytest
from sqlalchemy import update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.api.public import PublicAir, PublicGrids
from app.database import transaction
from app.ingest.partitions import Partitions
from app.public import shared
from models.reading import ReadingFlag, ReadingRow
from models.registry import Duty, Grid, Person
from tests.api.browsing import Browser, visible
from tests.api.conftest import Client
from tests.api.test_lists import counted
from tests.factories import COUNTY, World

HOSTILE = "<script>alert(1)</script>\"'><img src=x>"
PHONE = "13999990000"


async def minutes(world: World, station: str = "WZ-1", *, pm25: float = 75.0, count: int = 60) -> None:
    """An hour of readings, up to the newest whole hour's end."""
    until = world.clock.now().replace(minute=0, second=0, microsecond=0)
    await Partitions(world.sessions).ensure({(until - timedelta(hours=1)).date(), until.date()})
    async with transaction(world.sessions) as session:
        for number in range(1, count + 1):
            at = until - timedelta(minutes=number)
            session.add(
                ReadingRow(
                    station_id=world.stations[station].id, observed_at=at, received_at=at, version=1, pm25=pm25,
                    pm10=100.0, so2=10.0, no2=20.0, co=0.8, o3=30.0,
                )
            )  # fmt: skip


async def air(client: Client) -> dict[str, dict[str, object]]:
    answer = await client(None).get("/public/air")
    assert answer.status_code == 200
    PublicAir.model_validate(answer.json())
    return {place["grid"]: place for place in answer.json()["places"]}


async def test_everybody_may_read_who_answers(browser: Browser, client: Client, world: World) -> None:
    page = await browser(None).get("/public")
    assert page.status_code == 200
    text = visible(page.text)
    for said in (
        "昌吉州",
        "昌吉市",
        "阜康市",
        "中山路街道",
        "12345",
        "12369",
        "姓名 chief",
        "姓名 leader",
        "网格长",
    ):
        assert said in text, said
    english = visible((await browser(None).get("/public?lang=en")).text)
    assert "Where to complain" in english
    assert "姓名 chief" in english
    document = (await client(None).get("/public/grids")).json()
    PublicGrids.model_validate(document)
    by_code = {grid["code"]: grid for grid in document["grids"]}
    assert by_code[COUNTY]["chiefs"] == ["姓名 chief"]
    assert by_code[COUNTY]["supervisors"] == ["姓名 both", "姓名 supervisor"]


async def test_nothing_else_of_a_person_gets_out(browser: Browser, client: Client, world: World) -> None:
    async with transaction(world.sessions) as session:
        await session.execute(update(Person).values(phone=PHONE, username=Person.username + "-account"))
        await session.execute(
            update(Duty)
            .where(Duty.person_id == world.people["supervisor"].id)
            .values(valid_to=world.clock.now() - timedelta(seconds=1))
        )
        await session.execute(
            update(Person).where(Person.id == world.people["leader"].id).values(disabled_at=world.clock.now())
        )
    answers = [
        (await browser(None).get("/public")).text,
        (await browser(None).get("/public?lang=en")).text,
        (await client(None).get("/public/grids")).text,
        (await client(None).get("/public/air")).text,
    ]
    for text in answers:
        assert PHONE not in text
        assert "-account" not in text
        # No longer on duty, no account any more, or with a duty that is not published.
        for name in ("supervisor", "leader", "duty", "viewer", "patroller", "admin", "nobody"):
            assert f"姓名 {name}" not in text, name
    document = (await client(None).get("/public/grids")).json()
    assert "id" not in {key for grid in document["grids"] for key in grid}


async def test_hostile_names_are_only_text(browser: Browser, world: World) -> None:
    async with transaction(world.sessions) as session:
        await session.execute(
            update(Person).where(Person.id == world.people["chief"].id).values(name=HOSTILE)
        )
        await session.execute(update(Grid).where(Grid.code == COUNTY).values(name=HOSTILE))
        await world.context.directory.refresh(session)
    text = (await browser(None).get("/public")).text
    assert "<script" not in text
    assert "<img" not in text
    assert "&lt;script&gt;alert" in text


async def test_the_air_is_of_the_newest_whole_hour(client: Client, browser: Browser, world: World) -> None:
    await minutes(world)
    found = (await air(client))[COUNTY]
    assert (found["aqi"], found["level"], found["primary"], found["stations"]) == (114, 3, ["pm25"], 1)
    text = (await browser(None).get("/public")).text
    assert "轻度污染" in text
    assert 'class="swatch aqi-3"' in text
    assert "首要污染物：PM₂.₅" in text
    assert "本小时无数据" in text
    world.clock.advance(hours=1)
    assert (await air(client))[COUNTY]["aqi"] is None
    assert "aqi-3" not in (await browser(None).get("/public")).text


async def test_flagged_values_are_not_the_air(client: Client, world: World) -> None:
    await minutes(world)
    until = world.clock.now().replace(minute=0, second=0, microsecond=0)
    async with transaction(world.sessions) as session:
        for number in range(1, 21):
            session.add(
                ReadingFlag(
                    station_id=world.stations["WZ-1"].id, observed_at=until - timedelta(minutes=number),
                    pollutant="pm25", level=4, test="spike", rule_version=1,
                )
            )  # fmt: skip
    found = (await air(client))[COUNTY]
    assert found["missing"] == ["pm25"]
    assert found["aqi"] is None


async def test_it_is_cacheable_and_knows_no_session(browser: Browser, client: Client) -> None:
    signed_in, stranger = browser("duty"), browser(None)
    for path in ("/public", "/public?lang=en", "/api/v1/public/grids", "/api/v1/public/air"):
        answer = await signed_in.get(path)
        assert answer.content == (await stranger.get(path, headers={"Accept-Language": "en"})).content, path
        assert answer.headers["Cache-Control"] == "public, max-age=60, stale-while-revalidate=300"
        assert "set-cookie" not in answer.headers
        assert "vary" not in answer.headers
        etag = answer.headers["ETag"]
        for sent in (etag, f'"other", W/{etag}', "*"):
            again = await stranger.get(path, headers={"If-None-Match": sent})
            assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", etag)
        assert (await stranger.get(path, headers={"If-None-Match": '"other"'})).status_code == 200
    page = await stranger.get("/public?lang=fr")
    assert 'lang="zh-CN"' in page.text
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "<script" not in page.text
    assert " style=" not in page.text


async def test_a_minute_of_strangers_costs_four_statements(
    browser: Browser, world: World, engine: AsyncEngine
) -> None:
    client = browser(None)

    async def look() -> None:
        for path in (
            "/public",
            "/public?lang=en",
            "/public?x=1",
            "/api/v1/public/grids",
            "/api/v1/public/air",
            "/public/cases",
            "/api/v1/public/cases",
        ):
            assert (await client.get(path)).status_code == 200

    with counted(engine) as statements:
        for _ in range(3):
            await look()
    assert len(statements) == 4
    world.clock.advance(seconds=61)
    with counted(engine) as statements:
        await look()
    assert len(statements) == 4


async def test_without_its_database_the_last_answer_stands_for_an_hour(
    browser: Browser, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = browser(None)
    before = await client.get("/public")

    async def away(*_: object) -> None:
        raise DBAPIError("select", {}, OSError("away"), connection_invalidated=True)

    monkeypatch.setattr(shared.public, "people", away)
    world.clock.advance(minutes=30)
    assert (await client.get("/public")).content == before.content
    world.clock.advance(minutes=31)
    assert (await client.get("/public")).status_code == 503


async def test_only_reading_is_there(browser: Browser) -> None:
    client: httpx.AsyncClient = browser(None)
    assert (await client.post("/public")).status_code == 405
