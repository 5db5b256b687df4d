"""Months of the air over HTTP: official values in, computed, signed by another hand; who sees and does what."""

import csv
import io
from datetime import date, timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio
from openpyxl import Workbook, load_workbook

from app.api.air_shapes import (
    DailyIndex,
    DeliveredShape,
    EnteredShape,
    ExclusionShape,
    HourlyIndex,
    ImportShape,
    MonthDetail,
    MonthInputs,
    MonthShape,
    PublishedShape,
    ReadingsPage,
    YearsShape,
)
from app.api.shapes import Page
from app.database import Sessions, transaction
from app.journal import verify
from models.bulk import fetch
from tests.api.conftest import Client
from tests.factories import COUNTY, OTHER_COUNTY, World, make_station, make_world
from tests.fakes import FakeClock

OCTOBER, BEFORE = date(2026, 10, 1), date(2025, 10, 1)
RULES = "环办监测〔2018〕19号"
DUST = {
    "grid": COUNTY,
    "day": "2026-10-05",
    "pollutants": ["pm10", "pm25"],
    "document": "总站大气字〔2026〕9号",
}
AIR = "/supervision/air"


@pytest_asyncio.fixture
async def world(sessions: Sessions, clock: FakeClock, tmp_path: Any) -> World:
    made = await make_world(sessions, clock, tmp_path, max_upload_mb=1)
    async with transaction(sessions) as session:
        for code, county, name in (("GK-1", COUNTY, "州监测站"), ("GK-2", OTHER_COUNTY, "天山天池")):
            made.stations[code] = await make_station(
                session, code, made.grids[county], kind="reference", name=name
            )
        await made.context.directory.refresh(session)
    return made


def table(*rows: list[Any]) -> bytes:
    file = io.StringIO()
    csv.writer(file).writerows(rows)
    return file.getvalue().encode()


def days(levels: dict[str, float], first: date, count: int = 31) -> bytes:
    """A month at one level a station."""
    head = ["station", "date", "pm2_5", "pm10", "so2", "co", "no2", "o3_8h"]
    body = [
        [code, (first + timedelta(days=n)).isoformat(), level, level, 10, 0.8, 20, 90]
        for code, level in levels.items()
        for n in range(count)
    ]
    return table(head, *body)


async def send(
    client: httpx.AsyncClient, path: str, content: bytes, name: str = "日报.csv", **fields: str
) -> httpx.Response:
    return await client.post(
        f"{AIR}/{path}", files={"file": (name, content)}, data={"document": "新环监〔2026〕7号"} | fields
    )


async def filled(client: Client) -> None:
    for first, levels in ((OCTOBER, {"GK-1": 40, "天山天池": 50}), (BEFORE, {"GK-1": 50, "GK-2": 50})):
        done = await send(client("duty"), "days/import", days(levels, first))
        assert done.status_code == 201, done.text
        DeliveredShape.model_validate(done.json())


async def kinds(world: World) -> list[tuple[str, int | None]]:
    async with world.sessions() as session:
        rows = await fetch(session, "SELECT kind, grid_id FROM journal ORDER BY id")
        assert (await verify(session)).fault is None
    return [(row[0], row[1]) for row in rows]


async def test_a_month_is_computed_signed_by_another_and_seen_below(client: Client, world: World) -> None:
    await filled(client)
    duty, leader, county = client("duty"), client("leader"), client("chief")
    made = await duty.post(f"{AIR}/months/2026-10/compute", headers={"Idempotency-Key": "m-1"})
    assert made.status_code == 201, made.text
    MonthDetail.model_validate(made.json())
    again = await duty.post(f"{AIR}/months/2026-10/compute", headers={"Idempotency-Key": "m-1"})
    assert again.json() == made.json()
    mine, other = made.json()["units"]
    assert (mine["code"], mine["improvement"], mine["place"], mine["last"]) == (COUNTY, "12.0", 1, False)
    assert (other["improvement"], other["last"]) == ("0.0", True)
    # A draft is the prefecture's alone.
    assert (await county.get(f"{AIR}/months")).json()["items"] == []
    assert (await county.get(f"{AIR}/months/2026-10")).status_code == 404
    digest = made.json()["sha256"]
    stale = await leader.post(f"{AIR}/months/2026-10/sign", json={"sha256": "0" * 64})
    assert (stale.status_code, stale.json()["code"]) == (412, "version_conflict")
    for who, status in (("duty", 403), ("admin", 403), ("chief", 403)):
        refused = await client(who).post(f"{AIR}/months/2026-10/sign", json={"sha256": digest})
        assert refused.status_code == status, who
    signed = await leader.post(f"{AIR}/months/2026-10/sign", json={"sha256": digest})
    assert signed.status_code == 200, signed.text
    assert (signed.json()["state"], signed.json()["signed_by"]) == ("signed", "姓名 leader")
    seen = await county.get(f"{AIR}/months/2026-10")
    assert seen.json() == signed.json()
    Page[MonthShape].model_validate((await county.get(f"{AIR}/months")).json())
    whole = (await leader.get(f"{AIR}/months/2026-10/inputs")).json()
    MonthInputs.model_validate(whole)
    assert [unit["code"] for unit in whole["inputs"]["units"]] == [COUNTY, OTHER_COUNTY]
    assert whole["inputs"]["units"][0]["now"]["stations"][0]["days"]["01"]["pm25"] == [40_000, 1]
    own = (await county.get(f"{AIR}/months/2026-10/inputs")).json()
    assert [unit["code"] for unit in own["inputs"]["units"]] == [COUNTY]
    assert own["whole"] is False
    assert await kinds(world) == [
        ("air.imported", None), ("air.imported", None), ("air.computed", None), ("air.signed", None),
    ]  # fmt: skip


async def test_the_bulletin_is_drafted_out_of_a_signed_month_and_issued_by_a_chief(
    client: Client, world: World
) -> None:
    await filled(client)
    duty, leader = client("duty"), client("leader")
    made = (await duty.post(f"{AIR}/months/2026-10/compute")).json()
    early = await duty.post(f"{AIR}/months/2026-10/bulletin")
    assert (early.status_code, early.json()["code"]) == (409, "forbidden_transition")
    await leader.post(f"{AIR}/months/2026-10/sign", json={"sha256": made["sha256"]})
    assert (await client("chief").post(f"{AIR}/months/2026-10/bulletin")).status_code == 403
    drafted = await duty.post(f"{AIR}/months/2026-10/bulletin", headers={"Idempotency-Key": "b-1"})
    assert drafted.status_code == 201, drafted.text
    again = await duty.post(f"{AIR}/months/2026-10/bulletin", headers={"Idempotency-Key": "b-1"})
    assert again.json() == drafted.json()
    path = f"/supervision/papers/{drafted.json()['paper']}"
    assert (await client("chief").get(path)).status_code == 404
    paper = (await leader.get(path)).json()
    assert (paper["kind"], paper["state"]) == ("bulletin", "draft")
    issued = await leader.post(f"{path}/issue", json={"digest": paper["digest"]})
    assert issued.status_code == 200, issued.text
    assert issued.json()["number"].startswith("空气质量通报〔2026〕")
    assert (await client("chief").get(path)).json()["state"] == "issued"


async def test_the_ranking_is_taken_away_as_a_file_and_a_draft_below_by_nobody(client: Client) -> None:
    await filled(client)
    duty = client("duty")
    await duty.post(f"{AIR}/months/2026-10/compute")
    path = f"{AIR}/months/2026-10/file?format=xlsx"
    taken = await duty.get(path)
    assert taken.status_code == 200, taken.text
    sheet = load_workbook(io.BytesIO(taken.content)).worksheets[0]
    cells = [[cell.value for cell in row] for row in sheet.iter_rows()]
    mine = next(row for row in cells if row[1] == "昌吉市")
    assert (mine[0], mine[2], mine[3], mine[4]) == (1, 3.14, 3.57, 0.12)
    assert (await duty.get(path.replace("xlsx", "pdf"))).content.startswith(b"%PDF")
    assert (await client("chief").get(path)).status_code == 404
    assert (await client("viewer").get(path)).status_code == 403


async def test_whoever_computed_a_month_does_not_sign_it(client: Client, world: World) -> None:
    await filled(client)
    # A chief of the prefecture who is on duty there, too.
    async with transaction(world.sessions) as session:
        await fetch(
            session,
            "INSERT INTO duty (person_id, grid_id, role, valid_from) SELECT person_id, grid_id, 'duty_officer',"
            " valid_from FROM duty WHERE person_id = $1",
            world.people["leader"].id,
        )
    leader = client("leader")
    made = (await leader.post(f"{AIR}/months/2026-10/compute")).json()
    refused = await leader.post(f"{AIR}/months/2026-10/sign", json={"sha256": made["sha256"]})
    assert (refused.status_code, refused.json()["code"]) == (409, "second_person_needed")


async def test_dust_days_and_publications_are_entered_told_and_withdrawn(
    client: Client, world: World
) -> None:
    duty = client("duty")
    made = await duty.post(f"{AIR}/exclusions", json=DUST)
    assert made.status_code == 201, made.text
    ExclusionShape.model_validate(made.json())
    assert (await duty.post(f"{AIR}/exclusions", json=DUST)).status_code == 409
    seen = (await client("supervisor").get(f"{AIR}/exclusions?month=2026-10")).json()
    Page[ExclusionShape].model_validate(seen)
    assert [one["id"] for one in seen["items"]] == [made.json()["id"]]
    assert (await client("neighbour").get(f"{AIR}/exclusions")).json()["items"] == []
    path = f"{AIR}/exclusions/{made.json()['id']}/withdraw"
    assert (await duty.post(path, json={"why": " "})).status_code == 422
    done = await duty.post(path, json={"why": "总站核减"})
    assert done.json()["withdrawn_why"] == "总站核减"
    assert (await duty.post(path, json={"why": "再次"})).status_code == 409
    said = {"month": "2026-10", "rules": RULES, "document": "新环函〔2026〕8号"}
    entered = await duty.post(
        f"{AIR}/published",
        json=said | {"rows": [{"grid": COUNTY, "value": "3.65", "figures": {"pm25": "36"}}]},
    )
    assert entered.status_code == 201, entered.text
    sheet = table(
        ["附表"],
        ["县市（园区）", "综合指数", "PM2.5(μg/m³)"],
        ["昌吉市", "3.65", "36"],
        [OTHER_COUNTY, "2.6", ""],
    )
    some = await send(duty, "published/import", sheet, **said)
    EnteredShape.model_validate(some.json())
    # What says the same as before is passed over.
    assert [one["grid"] for one in some.json()["items"]] == [COUNTY, OTHER_COUNTY][1:]
    Page[PublishedShape].model_validate((await duty.get(f"{AIR}/published?month=2026-10")).json())
    bad = table(["县市", "综合指数"], ["昌吉市", "3.7"], ["火星市", "3.7"])
    refused = await send(duty, "published/import", bad, **said)
    assert (refused.status_code, refused.json()["row"], refused.json()["column"]) == (422, 3, "grid")
    assert len((await duty.get(f"{AIR}/published")).json()["items"]) == 2
    ids = {code: grid.id for code, grid in world.grids.items()}
    assert await kinds(world) == [
        ("air.excluded", ids[COUNTY]), ("air.exclusion_withdrawn", ids[COUNTY]), ("air.published", ids[COUNTY]),
        ("air.published", ids[OTHER_COUNTY]),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "row", "column"),
    [
        ([["GK-1", "2026-10-01", "-3", "", "", "", "", ""]], 2, "pm25"),
        (
            [["GK-1", "2026-10-01", "1", "", "", "", "", ""], ["GK-1", "20261001", "2", "", "", "", "", ""]],
            3,
            "date",
        ),
        ([["WZ-1", "2026-10-01", "1", "", "", "", "", ""]], 2, "station"),
        ([["GK-1", "2026-13-01", "1", "", "", "", "", ""]], 2, "date"),
        ([["GK-1", "2026-11-23", "1", "", "", "", "", ""]], 2, "date"),
        ([["GK-1", "2026-10-01", "1", "x", "", "", "", ""]], 2, "pm10"),
        ([["GK-1", "2026-10-01", "1", "1", "1", "0.12345", "1", "1"]], 2, "co"),
        ([["", "2026-10-01", "1", "1", "1", "1", "1", "1"]], 2, "station"),
    ],
)
async def test_a_file_with_a_fault_names_its_row_and_leaves_nothing(
    client: Client, world: World, rows: list[list[str]], row: int, column: str
) -> None:
    head = ["station", "date", "pm2_5", "pm10", "so2", "co", "no2", "o3_8h"]
    refused = await send(client("duty"), "days/import", table(head, *rows))
    assert refused.status_code == 422, refused.text
    assert (refused.json()["row"], refused.json()["column"]) == (row, column)
    async with world.sessions() as session:
        assert await fetch(session, "SELECT 1 FROM air_import UNION ALL SELECT 1 FROM air_day") == []


async def test_what_is_no_table_is_refused(client: Client) -> None:
    duty = client("duty")
    for content in (b"", b"\x00\x01", b"PK\x03\x04broken", b"a,b\n1,2\n", b"station,date\n"):
        refused = await send(duty, "days/import", content)
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid"), content
    assert (await send(duty, "days/import", b"x" * (1024 * 1024 + 10))).status_code == 413
    assert (await duty.post(f"{AIR}/days/import", data={"document": "x"})).status_code == 422


def hours(day: str, **levels: int) -> bytes:
    """A day by the hour as the national centre delivers it, out of a workbook."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(
        ["city", "date", "hour", "station", "aqi", "pm2_5", "pm10", "co", "no2", "o3_1h", "o3_8h", "so2"]
    )
    for hour in range(1, 25):
        sheet.append(
            [
                "昌吉州",
                day,
                hour,
                "州监测站",
                1,
                levels["pm25"],
                levels["pm10"],
                0.4,
                20,
                10 * hour,
                999,
                None if hour < 8 else 9,
            ]
        )
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


async def test_hours_make_days_and_both_have_their_index_by_the_rules_of_the_day(client: Client) -> None:
    duty, supervisor = client("duty"), client("supervisor")
    for day, value, level in (("20260201", 70, 94), ("20261001", 70, 110)):
        done = await send(duty, "days/import", hours(day, pm25=value, pm10=130), name="h.xlsx")
        assert done.status_code == 201, done.text
        assert done.json()["days"] == 1
        iso = f"{day[:4]}-{day[4:6]}-{day[6:]}"
        for place in ("station=GK-1", f"grid={COUNTY}"):
            found = (await supervisor.get(f"{AIR}/index/daily?from={iso}&{place}")).json()
            DailyIndex.model_validate(found)
            (one,) = found["items"]
            # 17 hours of SO2 are too few for a day.
            assert "so2" not in one["levels"]
            assert one["levels"]["o3"] == "205"
            hourly = (await supervisor.get(f"{AIR}/index/hourly?day={iso}&{place}")).json()
            HourlyIndex.model_validate(hourly)
            assert [hour["hour"] for hour in hourly["items"]] == list(range(1, 25))
            # The last hours have an ozone of 240; the first are fine particles'.
            if day == "20260201":
                assert hourly["items"][7]["aqi"]["value"] == level
                assert hourly["items"][7]["aqi"]["primary"] == ["pm25"]
            assert one["aqi"]["rules"] == ("HJ 633-2012" if day == "20260201" else "HJ 633-2026")
    late = (await supervisor.get(f"{AIR}/index/hourly?day=2026-10-01&station=GK-1")).json()["items"]
    assert late[7]["aqi"] | {"parts": []} == {
        "value": 110, "level": 3, "category": "轻度污染", "colour": "orange", "primary": ["pm25"], "exceeding": [],
        "missing": [], "off_scale": False, "parts": [], "rules": "HJ 633-2026",
    }  # fmt: skip
    assert (await supervisor.get(f"{AIR}/index/daily?from=2026-10-01&station=GK-2")).status_code == 404
    assert (await supervisor.get(f"{AIR}/index/daily?from=2026-10-01&grid={OTHER_COUNTY}")).status_code == 404
    for query in (
        "from=2026-10-01",
        "from=2015-10-01&station=GK-1",
        "from=2026-10-02&until=2026-10-01&station=GK-1",
    ):
        assert (await duty.get(f"{AIR}/index/daily?{query}")).status_code == 422, query
    Page[ImportShape].model_validate((await supervisor.get(f"{AIR}/imports")).json())


async def test_hours_join_those_that_came_before_and_midnight_belongs_to_the_day_before(
    client: Client,
) -> None:
    duty = client("duty")
    head = ["station", "date", "hour", "pm2_5"]
    first = table(
        head, ["GK-1", "2026-10-01", 0, 99], *[["GK-1", "2026-10-01", hour, 10] for hour in range(1, 13)]
    )
    done = (await send(duty, "days/import", first)).json()
    assert (done["days"], done["passed_over"], done["from"]) == (1, 1, "2026-10-01")
    rest = [["GK-1", "2026-10-01", hour, 30] for hour in range(13, 24)] + [["GK-1", "2026-10-02", 0, 30]]
    assert (await send(duty, "days/import", table(head, *rest))).json()["days"] == 1
    (day,) = (await duty.get(f"{AIR}/index/daily?from=2026-10-01&station=GK-1")).json()["items"]
    assert day["levels"] == {"pm25": "20"}


async def test_a_year_has_its_figures_and_good_days(client: Client) -> None:
    await filled(client)
    await client("duty").post(f"{AIR}/exclusions", json=DUST)
    found = (await client("duty").get(f"{AIR}/years/2026")).json()
    YearsShape.model_validate(found)
    mine = found["items"][0]
    assert (mine["grid"], mine["raw"]["days"]["pm25"], mine["raw"]["index"]) == (COUNTY, 31, None)
    assert mine["raw"]["provisional"]["pm25"] == "40"
    assert mine["good_days"] == {"good": 31, "judged": 31, "percent": "100.0"}
    only = (await client("chief").get(f"{AIR}/years/2026")).json()
    assert [one["grid"] for one in only["items"]] == [COUNTY]
    assert (await client("duty").get(f"{AIR}/years/1999")).status_code == 422


async def test_how_the_text_is_read_is_changed_by_an_administrator_with_a_reason(client: Client) -> None:
    path = "/supervision/readings"
    said = {"valid_from": "2026-10-01", "body": {"points_share": "50"}, "why": "州大气办会议纪要"}
    admin = client("admin")
    assert (await client("duty").post(path, json=said)).status_code == 403
    made = await admin.post(path, json=said)
    assert made.status_code == 201, made.text
    assert made.json()["body"]["points_share"] == "50"
    listed = (await client("supervisor").get(path)).json()
    ReadingsPage.model_validate(listed)
    assert listed["in_force"] == made.json()["version"]
    for over, field in (
        ({"body": {"x": 1}}, "x"), ({"body": {"points_share": "0"}}, None), ({"why": " "}, "why"),
        ({"body": {"composite_rules": "none"}}, "composite_rules"), ({"valid_from": "1999-01-01"}, "valid_from"),
        ({}, "body"),
    ):  # fmt: skip
        refused = await admin.post(path, json=said | over)
        assert refused.status_code == 422, over
        assert field is None or refused.json()["field"] == field


@pytest.mark.parametrize("who", ["chief", "supervisor", "patroller", "viewer", "nobody", "leader"])
async def test_only_the_prefecture_prepares(client: Client, who: str) -> None:
    caller = client(who)
    for path, body in (
        ("months/2026-10/compute", {}), ("exclusions", DUST), ("exclusions/1/withdraw", {"why": "x"}),
        ("published", {"month": "2026-10", "rules": RULES, "document": "x", "rows": [{"grid": COUNTY, "value": "3"}]}),
    ):  # fmt: skip
        assert (await caller.post(f"{AIR}/{path}", json=body)).status_code == 403, path
    for path in ("days/import", "published/import"):
        assert (await send(caller, path, b"x")).status_code == 403, path
    sees = 200 if who in ("chief", "supervisor", "leader") else 403
    for path in ("months", "exclusions", "published", "imports", "years/2026"):
        assert (await caller.get(f"{AIR}/{path}")).status_code == sees, path


async def test_a_month_that_is_none_or_not_over_is_refused(client: Client) -> None:
    duty = client("duty")
    for month in ("2026-11", "2031-01"):
        refused = await duty.post(f"{AIR}/months/{month}/compute")
        assert (refused.status_code, refused.json()["field"]) == (422, "month")
    assert (await duty.post(f"{AIR}/months/2026-13/compute")).status_code == 422
    assert (await duty.get(f"{AIR}/months/2026-10")).status_code == 404
