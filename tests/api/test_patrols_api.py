"""Patrols over the API: who checks in where, what a day has covered for whom, plans and what is drawn up."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio

from app.database import transaction
from models.bulk import fetch
from supervision.sources import files
from supervision.sources.file import SourceFile
from tests.api.conftest import Client
from tests.browser.rooms import picture
from tests.factories import COUNTY, OTHER_COUNTY, TOWNSHIP, World
from tests.levels import VILLAGE, add_levels, file

NEAR = {"lon": 87.3005, "lat": 44.0, "accuracy_m": 10.0}


@pytest_asyncio.fixture
async def keys(world: World) -> dict[str, str]:
    """Keys of sources by code, due today: A and B in a village, C in its town, D of the county, X elsewhere."""
    await add_levels(world)
    places = (("A", VILLAGE), ("B", VILLAGE), ("C", TOWNSHIP), ("D", COUNTY), ("X", "652302100"))
    found = {}
    async with transaction(world.sessions) as session:
        for code, grid in places:
            made = await files.register(
                session, SourceFile(code, f"源{code}", grid, 87.3, 44.0, "餐饮"), why=None,
                by=world.people["admin"].id, now=world.clock.now() - timedelta(days=1),
            )  # fmt: skip
            found[code] = f"s{made.source_id}"
    return found


async def made(client: httpx.AsyncClient, path: str, status: int = 201, **body: Any) -> dict[str, Any]:
    answer = await client.post(path, json=body)
    assert answer.status_code == status, answer.text
    return dict(answer.json())


async def test_a_patroller_sees_and_visits_the_places_of_the_village(
    world: World, client: Client, keys: dict[str, str]
) -> None:
    villager = client("villager")
    due = (await villager.get("/patrols/places?mine=true")).json()["items"]
    assert [(one["key"], one["covered"]) for one in due] == [(keys["A"], False), (keys["B"], False)]
    upload = await villager.post("/evidence", files={"file": ("现场.png", picture(90), "image/png")})
    said = {
        "place": keys["A"], "found": "problem", "note": "<script>露天焚烧</script>", "location": NEAR,
        "visited_at": (world.clock.now() - timedelta(hours=2)).isoformat(), "evidence": [upload.json()["id"]],
    }  # fmt: skip
    first = await villager.post("/patrols/visits", json=said, headers={"Idempotency-Key": "field:1"})
    again = await villager.post("/patrols/visits", json=said, headers={"Idempotency-Key": "field:1"})
    other = await villager.post("/patrols/visits", json=said | {"evidence": []})
    assert (first.status_code, again.json(), other.json()["id"]) == (201, first.json(), first.json()["id"])
    assert first.json()["flaw"] is None
    far = await made(
        villager, "/patrols/visits", place=keys["B"], found="fine", location=NEAR | {"lon": 87.4}
    )
    assert far["flaw"] == "far"
    for who, place, status in (
        ("villager", keys["C"], 404), ("lonely", keys["A"], 404), ("viewer", keys["A"], 403),
        ("duty", keys["A"], 403), ("patroller", keys["A"], 201), ("villager", "s99999", 404),
    ):  # fmt: skip
        answer = await client(who).post("/patrols/visits", json={"place": place, "found": "fine"})
        assert answer.status_code == status, (who, answer.text)
    stolen = {"place": keys["C"], "found": "fine", "evidence": [upload.json()["id"]]}
    refused = await client("township").post("/patrols/visits", json=stolen)
    assert (refused.status_code, refused.json()["field"]) == (422, "photos")
    (newest, *_) = visits = (await client("township").get("/patrols/visits")).json()["items"]
    assert (len(visits), newest["flaw"], newest["person"]) == (3, "unplaced", world.people["patroller"].name)
    assert [photo["filename"] for photo in visits[2]["photos"]] == ["现场.png"]
    assert (await client("foreigner").get("/patrols/visits")).json()["items"] == []
    async with world.sessions() as session:
        told = [kind for (kind,) in await fetch(session, "SELECT kind FROM journal ORDER BY id")]
    assert told == ["patrol.visited"] * 3


async def test_a_problem_goes_upward_with_its_check_in(
    world: World, client: Client, keys: dict[str, str]
) -> None:
    """One act: a visit and a report that name each other, or neither of them; sent twice it is one of each."""
    villager = client("villager")
    upload = await villager.post("/evidence", files={"file": ("现场.png", picture(91), "image/png")})
    said = {
        "place": keys["A"], "found": "problem", "note": "后院燃煤锅炉冒黑烟", "location": NEAR,
        "report_as": "coal_boiler", "visited_at": (world.clock.now() - timedelta(hours=2)).isoformat(),
        "evidence": [upload.json()["id"]],
    }  # fmt: skip
    first = await made(villager, "/patrols/visits", **said)
    again = await made(villager, "/patrols/visits", **said)
    assert (again["id"], again["report_id"]) == (first["id"], first["report_id"])
    report = (await villager.get(f"/up-reports/{first['report_id']}")).json()
    assert report["visit_id"] == first["id"]
    assert report | {
        "category": "coal_boiler", "origin": "patrol", "text": "后院燃煤锅炉冒黑烟", "place": "源A", "source": "A",
        "grid": VILLAGE, "lon": 87.3005, "accuracy_m": 10.0,
    } == report  # fmt: skip
    assert report["found_at"] == first["visited_at"]
    assert [one["filename"] for one in report["evidence"]] == ["现场.png"]
    (visit,) = (await client("supervisor").get("/patrols/visits")).json()["items"]
    assert (visit["report_id"], visit["report_number"]) == (report["id"], report["number"])
    assert [photo["filename"] for photo in visit["photos"]] == ["现场.png"]

    # Without a position the registered place stands for it.
    unplaced = await made(
        villager, "/patrols/visits", place=keys["B"], found="stopped", note="制止焚烧", report_as="burning"
    )
    report = (await villager.get(f"/up-reports/{unplaced['report_id']}")).json()
    assert (report["lon"], report["lat"], report["accuracy_m"]) == (87.3, 44.0, None)
    for body, field in (
        ({"found": "fine", "report_as": "burning"}, "report_as"),
        ({"found": "problem", "report_as": "burning"}, "note"),
        ({"found": "problem", "note": "x", "report_as": "smoke"}, None),
    ):
        answer = await villager.post("/patrols/visits", json={"place": keys["B"], **body})
        assert (answer.status_code, answer.json().get("field")) == (422, field), answer.text
    async with world.sessions() as session:
        (counted,) = await fetch(
            session, "SELECT (SELECT count(*) FROM patrol_visit), (SELECT count(*) FROM up_report),"
            " (SELECT count(*) FROM sla_clock WHERE kind = 'triage')"
        )  # fmt: skip
        told = [kind for (kind,) in await fetch(session, "SELECT kind FROM journal ORDER BY id")]
    assert tuple(counted) == (2, 2, 2)
    assert [kind for kind in told if kind in ("patrol.visited", "report.filed")] == [
        "patrol.visited", "report.filed",
    ] * 2  # fmt: skip


async def test_coverage_from_village_to_prefecture(
    world: World, client: Client, keys: dict[str, str]
) -> None:
    await made(client("villager"), "/patrols/visits", place=keys["A"], found="fine", location=NEAR)
    day = (world.clock.now() + timedelta(hours=8)).date().isoformat()

    async def of(who: str, **asked: Any) -> dict[str, Any]:
        answer = await client(who).get("/patrols/coverage", params=asked)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    county = await of("supervisor", level=4)
    assert (county["whole"]["due"], county["whole"]["covered"], county["without_village"]) == (3, 1, 1)
    assert [(one["grid"], one["due"], one["covered"]) for one in county["grids"]] == [
        (TOWNSHIP, 1, 0), (VILLAGE, 2, 1),
    ]  # fmt: skip
    prefecture = await of("leader", level=2, **{"from": "2026-11-01", "to": "2026-11-30"})
    assert [(one["grid"], one["due"]) for one in prefecture["grids"]] == [(COUNTY, 24), (OTHER_COUNTY, 8)]
    assert sum(one["covered"] for one in prefecture["days"]) == 1
    assert [one["day"] for one in prefecture["days"] if one["covered"]] == [day]
    for wrong in ({"from": "2026-01-01", "to": "2026-11-30"}, {"from": "2026-11-02", "to": "2026-11-01"}):
        assert (await client("leader").get("/patrols/coverage", params=wrong)).status_code == 422
    assert (await client("villager").get(f"/patrols/coverage?grid={COUNTY}")).status_code == 404


async def test_plans_and_summaries_by_whoever_answers_there(
    world: World, client: Client, keys: dict[str, str]
) -> None:
    del keys
    township, supervisor = client("township"), client("supervisor")
    point = {"grid": VILLAGE, "name": "河道垃圾点", "lon": 87.4, "lat": 44.1}
    made_point = await made(township, "/patrols/plans", **point)
    await made(supervisor, "/patrols/plans", source="C", per_day=2)
    for who, body, status in (
        ("villager", point, 403), ("foreigner", point, 404), ("township", {"source": "X"}, 404),
        ("township", {"source": "C", "name": "x"}, 422), ("township", {"grid": VILLAGE}, 422),
        ("supervisor", point | {"grid": COUNTY}, 422),
    ):  # fmt: skip
        assert (await client(who).post("/patrols/plans", json=body)).status_code == status, (who, body)
    plans = (await township.get("/patrols/plans")).json()["items"]
    assert [(one["name"], one["per_day"]) for one in plans] == [("源C", 2), ("河道垃圾点", 1)]
    path = f"/patrols/plans/{made_point['id']}/end"
    assert (await client("foreigner").post(path)).status_code == 404
    await made(township, path, 200)
    assert (await township.post(path)).status_code == 409

    day = {"grid": TOWNSHIP, "kind": "town_day", "first_on": "2026-11-23", "note": "已催促"}
    collected = await made(township, "/patrols/summaries", **day)
    assert [gap["place"] for gap in collected["figures"]["gaps"]] == ["源C", "源A", "源B"]
    week = {"grid": COUNTY, "kind": "county_week", "first_on": "2026-11-23", "note": "调度"}
    assert (await township.post("/patrols/summaries", json=week)).status_code == 404
    dispatched = await made(supervisor, "/patrols/summaries", **week)
    assert (dispatched["due"], dispatched["figures"]["not_collected"]) == (
        3,
        [{"grid": "652301101", "day": "2026-11-23"}],
    )
    listed = (await client("duty").get("/patrols/summaries?kind=county_week")).json()["items"]
    assert [one["id"] for one in listed] == [dispatched["id"]]
    assert (await client("foreigner").get(f"/patrols/summaries/{dispatched['id']}")).status_code == 404


@pytest.mark.parametrize(("who", "units"), [("duty", [COUNTY]), ("supervisor", [COUNTY]), ("neighbour", [])])
async def test_reports_left_lying_by_the_county(
    world: World, client: Client, who: str, units: list[str]
) -> None:
    await add_levels(world)
    await file(world, TOWNSHIP, by="township")
    world.clock.advance(days=2)
    found = (await client(who).get("/patrols/late-reports?month=2026-11")).json()["items"]
    assert [one["unit"] for one in found] == units
    assert (await client(who).get("/patrols/late-reports?month=2026-10")).json()["items"] == []
