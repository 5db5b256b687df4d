"""Yearly duties: opened for every grid, told of in time, recorded once with a document, seen by the level above."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select, text

from app.database import transaction
from app.flows import yearly
from models.enums import EventKind
from models.journal import JournalEvent
from tests.api.conftest import Client
from tests.factories import COUNTY, OTHER_COUNTY, PREFECTURE, TOWNSHIP, World

PLAN = {"done_on": "2026-11-20", "document": "昌市大气办〔2026〕1号"}
ROOT = "/supervision/yearly"


async def keep(world: World) -> int:
    async with transaction(world.sessions) as session:
        return await yearly.keep(world.context.pipeline, session, clock=world.clock)


async def rows(client: Client, who: str = "duty", **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await client(who).get(ROOT, params=query)).json()["items"]
    return found


async def told(world: World) -> list[tuple[str, dict[str, Any]]]:
    async with world.sessions() as session:
        found = await session.execute(
            select(JournalEvent.kind, JournalEvent.data)
            .where(JournalEvent.kind.like("yearly.%"))
            .order_by(JournalEvent.id)
        )
        return [(row.kind, row.data) for row in found]


async def test_every_grid_has_its_duties_and_each_sees_its_own_and_below(
    client: Client, world: World
) -> None:
    assert await keep(world) == 3 + 4 + 4 + 3
    assert await keep(world) == 0
    seen = {who: {row["grid"] for row in await rows(client, who)} for who in ("duty", "chief", "neighbour")}
    assert seen == {
        "duty": {PREFECTURE, COUNTY, OTHER_COUNTY, TOWNSHIP},
        "chief": {COUNTY, TOWNSHIP},
        "neighbour": {OTHER_COUNTY},
    }
    assert {row["kind"] for row in await rows(client, grid=TOWNSHIP)} == {"plan", "letter", "summary"}
    assert (await client("viewer").get(ROOT)).status_code == 403
    assert {row["state"] for row in await rows(client)} == {"open"}


async def test_what_is_due_is_told_once_by_county_and_then_overdue(client: Client, world: World) -> None:
    await keep(world)
    assert await told(world) == []
    world.clock.advance(days=45)
    await keep(world)
    await keep(world)
    soon = await told(world)
    assert {kind for kind, _ in soon} == {EventKind.YEARLY_DUE_SOON, EventKind.YEARLY_OVERDUE}
    plans = [data for kind, data in soon if data["duty"] == "plan" and data["grid"] == COUNTY]
    assert [(data["count"], data["names"]) for data in plans] == [(2, ["昌吉市", "中山路街道"])]
    world.clock.advance(days=20)
    await keep(world)
    late = [data for kind, data in await told(world) if kind == EventKind.YEARLY_OVERDUE]
    assert {(data["duty"], data["year"]) for data in late} >= {("plan", 2026), ("letter", 2026)}
    assert all(row["days_late"] > 0 for row in await rows(client, state="overdue"))


async def test_a_record_is_made_once_and_stays(client: Client, world: World) -> None:
    await keep(world)
    (plan,) = await rows(client, grid=OTHER_COUNTY, kind="plan")
    path = f"{ROOT}/{plan['id']}/records"
    assert (await client("chief").post(path, json=PLAN)).status_code == 404
    first = await client("neighbour").post(path, json=PLAN, headers={"Idempotency-Key": "k"})
    again = await client("neighbour").post(path, json=PLAN, headers={"Idempotency-Key": "k"})
    assert (first.status_code, first.json()) == (201, again.json())
    assert (first.json()["state"], len(first.json()["records"])) == ("done", 1)
    (event,) = await told(world)
    assert event[0] == EventKind.YEARLY_RECORDED
    for statement in (
        "UPDATE yearly_record SET document = 'x'", "DELETE FROM yearly_record",
        "UPDATE yearly_duty SET due_on = due_on + 1",
    ):  # fmt: skip
        with pytest.raises(Exception, match="refused"):
            async with transaction(world.sessions) as session:
                await session.execute(text(statement))


async def test_a_training_says_who_attended(client: Client, world: World) -> None:
    await keep(world)
    (training,) = await rows(client, grid=COUNTY, kind="training")
    path = f"{ROOT}/{training['id']}/records"
    for change, field in (
        ({}, "attendees"), ({"attendees": ["a"], "done_on": "2025-12-01"}, "done_on"),
        ({"attendees": ["a"], "done_on": "2026-12-31"}, "done_on"), ({"attendees": ["a"], "document": " "}, "document"),
    ):  # fmt: skip
        refused = await client("supervisor").post(path, json=PLAN | change)
        assert (refused.status_code, refused.json()["field"]) == (422, field), refused.text
    people = ["supervisor", " supervisor ", "村干部 <b>"]
    made = await client("supervisor").post(path, json=PLAN | {"attendees": people})
    assert made.json()["records"][0]["attendees"] == [
        {"name": "姓名 supervisor", "username": "supervisor"}, {"name": "村干部 <b>", "username": None},
    ]  # fmt: skip
    (plan,) = await rows(client, grid=TOWNSHIP, kind="plan")
    wrong = await client("chief").post(f"{ROOT}/{plan['id']}/records", json=PLAN | {"attendees": ["a"]})
    assert wrong.json()["field"] == "attendees"
    assert world.clock.now() < datetime(2026, 12, 31, tzinfo=UTC)
