"""Who answers in a county over the API: the gaps, the lists filed and published, the office; by role and scope."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text, update

from app.database import transaction
from models.clock import BEIJING
from models.duty import StaffList
from models.enums import EventKind, Role
from models.journal import JournalEvent
from models.registry import Duty
from tests.api.conftest import Client
from tests.factories import COUNTY, OTHER_COUNTY, PREFECTURE, TOWNSHIP, World, make_person, make_station

ROOT = f"/supervision/duties/{COUNTY}"
FILED = {"kind": "filed", "as_of": "2026-11-01", "document": "昌市环委办〔2026〕12号"}
PUBLISHED = {
    "kind": "published", "as_of": "2026-11-02", "place": "昌吉市政府网 <b>公示栏</b>", "contact": "12369",
}  # fmt: skip
OFFICE = {"name": "昌吉市大气办", "head": "王主任", "document": "昌市党办〔2023〕3号"}


async def county(client: Client, who: str = "duty") -> dict[str, Any]:
    found: dict[str, Any] = (await client(who).get(ROOT)).json()
    return found


def codes(found: dict[str, Any]) -> set[tuple[str, str]]:
    return {(gap["code"], gap["grid"]) for gap in found["gaps"]}


async def test_a_county_sees_itself_and_the_prefecture_all(client: Client, world: World) -> None:
    every = (await client("duty").get("/supervision/duties")).json()["items"]
    own = (await client("chief").get("/supervision/duties")).json()["items"]
    assert [one["grid"] for one in every] == [COUNTY, OTHER_COUNTY]
    assert [one["grid"] for one in own] == [COUNTY]
    assert [one["standing"] for one in own[0]["items"]] == ["lacking"] * 3
    for who, path, status in (
        ("viewer", ROOT, 403), ("neighbour", ROOT, 404), ("duty", f"/supervision/duties/{TOWNSHIP}", 404),
        ("duty", "/supervision/duties/X%009", 422),
    ):  # fmt: skip
        assert (await client(who).get(path)).status_code == status, (who, path)


async def test_the_gaps_close_as_the_county_does_its_duty(client: Client, world: World) -> None:
    before = codes(await county(client))
    assert {("no_office", COUNTY), ("town_uncovered", TOWNSHIP), ("not_published", COUNTY)} < before
    assert {gap["unclear"] for gap in (await county(client))["gaps"] if gap["code"] == "no_party_head"} == {
        True, False,
    }  # fmt: skip
    admin, chief = client("admin"), client("chief")
    person = world.people["chief"].id
    (duty,) = (await admin.get(f"/people/{person}")).json()["duties"]
    await admin.post(f"/people/{person}/duties/{duty['id']}/terms", json={"post": "party"})
    for body in (
        {"username": "xian", "name": "县长", "role": "chief", "post": "government"},
        {"username": "fen", "name": "分网格长", "role": "sub_chief", "covers": [TOWNSHIP]},
    ):
        assert (await admin.post("/people", json=body | {"grid": COUNTY})).status_code == 201
    assert (await chief.post(f"{ROOT}/office", json=OFFICE)).status_code == 201
    assert (await chief.post(f"{ROOT}/lists", json=PUBLISHED)).status_code == 201
    found = await county(client)
    assert [one["standing"] for one in found["items"]] == ["met"] * 3
    assert found["sub_chiefs"] == [{"name": "分网格长", "covers": [{"code": TOWNSHIP, "name": "中山路街道"}]}]
    assert found["office"]["head"] == "王主任"
    world.clock.advance(days=1)
    body = {"username": "fu", "name": "副县长", "role": "sub_chief", "grid": COUNTY}
    assert (await client("admin").post("/people", json=body)).status_code == 201
    changed = await county(client)
    assert changed["published"]["differs_since"] is not None
    assert ("list_outdated", COUNTY) not in codes(changed)
    world.clock.advance(days=11)
    assert ("list_outdated", COUNTY) in codes(await county(client))


async def test_a_list_is_filed_once_kept_as_it_was_and_noted_by_the_prefecture(
    client: Client, world: World
) -> None:
    chief, desk = client("chief"), client("duty")
    first = await chief.post(f"{ROOT}/lists", json=FILED, headers={"Idempotency-Key": "k"})
    again = await chief.post(f"{ROOT}/lists", json=FILED, headers={"Idempotency-Key": "k"})
    assert (first.status_code, again.json()["id"]) == (201, first.json()["id"])
    one = first.json()
    assert {line["name"] for line in one["lines"]} == {"姓名 chief", "姓名 supervisor", "姓名 both"}
    note = f"/supervision/duties/lists/{one['id']}/note"
    assert (await chief.post(note)).status_code == 403
    assert (await desk.post(note)).json()["noted_by"] == "姓名 duty"
    assert (await client("admin").post(note)).status_code == 412
    assert (await client("neighbour").get(f"/supervision/duties/lists/{one['id']}")).status_code == 404
    assert len((await chief.get(f"{ROOT}/lists")).json()["items"]) == 1
    async with world.sessions() as session:
        assert await session.scalar(select(func.count()).select_from(StaffList)) == 1
        kinds = (
            await session.scalars(select(JournalEvent.kind).where(JournalEvent.kind.like("list.%")))
        ).all()
    assert kinds == [EventKind.LIST_FILED, EventKind.LIST_NOTED]
    for statement in ("UPDATE staff_list SET noted_at = now()", "DELETE FROM staff_list"):
        with pytest.raises(Exception, match="refused"):
            async with transaction(world.sessions) as session:
                await session.execute(text(statement))


async def test_whoever_filed_a_list_does_not_note_it(client: Client, world: World) -> None:
    made = (await client("duty").post(f"{ROOT}/lists", json=FILED)).json()
    assert (await client("duty").post(f"/supervision/duties/lists/{made['id']}/note")).status_code == 403


@pytest.mark.parametrize(
    ("who", "path", "body", "status", "field"),
    [
        ("chief", "lists", FILED | {"document": None}, 422, "document"),
        ("chief", "lists", PUBLISHED | {"contact": " "}, 422, "contact"),
        ("chief", "lists", PUBLISHED | {"place": None}, 422, "place"),
        ("chief", "lists", FILED | {"as_of": "2999-01-01"}, 422, "as_of"),
        ("chief", "lists", FILED | {"document": "a\nb"}, 422, "document"),
        ("chief", "office", OFFICE | {"document": "x" * 301}, 422, None),
        ("neighbour", "lists", FILED, 404, None),
        ("viewer", "lists", FILED, 403, None),
        ("patroller", "office", OFFICE, 404, None),
    ],
)  # fmt: skip
async def test_what_cannot_be_is_refused_and_nothing_kept(
    client: Client, world: World, who: str, path: str, body: dict[str, Any], status: int, field: str | None
) -> None:
    refused = await client(who).post(f"{ROOT}/{path}", json=body)
    assert refused.status_code == status, refused.text
    if field is not None:
        assert refused.json()["field"] == field
    async with world.sessions() as session:
        assert await session.scalar(select(func.count()).select_from(StaffList)) == 0


async def test_interests_of_everybody_leave_nobody_impartial_and_stay_private(
    client: Client, world: World
) -> None:
    async with transaction(world.sessions) as session:
        await make_person(session, "li", (Role.SUPERVISOR, world.grids[OTHER_COUNTY]))
    path = f"/supervision/duties/{OTHER_COUNTY}"
    body = {"station": "WZ-2", "reason": "亲属经营的企业"}
    assert (await client("neighbour").post("/conflicts", json=body)).status_code == 201
    assert ("nobody_impartial", OTHER_COUNTY) not in codes((await client("duty").get(path)).json())
    assert (await client("duty").post("/conflicts", json=body | {"username": "li"})).status_code == 201
    found = await client("duty").get(path)
    assert ("nobody_impartial", OTHER_COUNTY) in codes(found.json())
    assert found.json()["interests"] == 2
    assert "亲属" not in found.text
    assert PREFECTURE not in {gap["grid"] for gap in found.json()["gaps"]}


async def test_a_chief_who_ends_and_a_station_without_a_key_grid_are_told(
    client: Client, world: World
) -> None:
    until = world.clock.now() + timedelta(days=20)
    async with transaction(world.sessions) as session:
        await session.execute(
            update(Duty).where(Duty.person_id == world.people["chief"].id).values(valid_to=until)
        )
        world.stations["GK-1"] = await make_station(session, "GK-1", world.grids[COUNTY], kind="reference")
    found = (await county(client))["gaps"]
    by_code = {gap["code"]: gap["values"] for gap in found}
    last = (until - timedelta(microseconds=1)).astimezone(BEIJING).date()
    assert by_code["ending"] == {"person": "姓名 chief", "until": last.isoformat()}
    assert by_code["no_key_grid"] == {"station": "GK-1"}
    follower = {
        "username": "xin",
        "name": "新县长",
        "role": "chief",
        "grid": COUNTY,
        "from": until.isoformat(),
    }
    assert (await client("admin").post("/people", json=follower)).status_code == 201
    assert "ending" not in {gap["code"] for gap in (await county(client))["gaps"]}
