"""A report of the public taken over as a problem in one step, by whom, and what goes along."""

from typing import Any

import pytest_asyncio

from models.bulk import fetch
from tests.api.browsing import Browser, Forms, visible
from tests.api.conftest import Client
from tests.factories import World
from tests.public_reports import NAME, PHONE, WHAT, add_keeper, reported

HERE, PAGE = "/public-reports/1", "/supervision/public-reports/1"
SAID = {"title": "工地扬尘", "text": "北京南路工地未覆盖。"}


@pytest_asyncio.fixture(autouse=True)
async def sent(world: World, browser: Browser) -> None:
    await add_keeper(world)
    await reported(browser(None), world)


async def rows(world: World, statement: str) -> list[tuple[Any, ...]]:
    async with world.sessions() as session:
        return [tuple(row) for row in await fetch(session, statement)]


async def test_a_report_becomes_a_problem_once_and_follows_it(
    browser: Browser, client: Client, world: World
) -> None:
    duty = browser("duty")
    shown = await duty.get(PAGE)
    form = Forms(shown.text).found["problem"]
    empty = await duty.post(f"{PAGE}/problem", data=form | {"title": "<script>alert(1)</script>", "text": ""})
    assert empty.status_code == 422
    assert "<script>alert" not in empty.text
    form = Forms((await duty.get(PAGE)).text).found["problem"]
    for _ in range(2):
        done = await duty.post(f"{PAGE}/problem", data=form | SAID)
        assert done.headers["location"] == f"{PAGE}?done=problem", done.text
    found = await rows(
        world, "SELECT number, grid_id, category, title, text, place, state FROM problem ORDER BY id"
    )
    assert len(found) == 1
    assert found[0][1:] == (
        (await rows(world, "SELECT grid_id FROM public_report"))[0][0],
        "dust", SAID["title"], SAID["text"], "北京南路18号工地", "open",
    )  # fmt: skip
    number = found[0][0]
    assert await rows(world, "SELECT kind, ref FROM problem_finding") == [("complaint", "PR-2026-000001")]
    assert (await client("duty").get(HERE)).json()["problem"] == number
    page = await duty.get(PAGE)
    assert number in page.text
    assert "problem" not in Forms(page.text).found
    # Nothing of the reporter went along.
    problem = visible((await duty.get(f"/supervision/problems/{number}")).text)
    for secret in (NAME, PHONE, WHAT["text"]):
        assert secret not in problem
    again = await client("duty").post(f"{HERE}/problem", json=SAID)
    assert (again.status_code, again.json()["code"]) == (422, "invalid")
    kinds = [row[0] for row in await rows(world, "SELECT kind FROM journal ORDER BY id")]
    assert kinds == ["public_report.received", "problem.opened", "public_report.moved"]


async def test_who_takes_a_report_over(client: Client, browser: Browser, world: World) -> None:
    for who, status in (
        ("supervisor", 403), ("chief", 403), ("leader", 403), ("admin", 403), ("viewer", 403), ("patroller", 404),
        ("neighbour", 404), ("keeper", 403), ("nobody", 404),
    ):  # fmt: skip
        window = browser(who)
        token = Forms((await window.get("/stations")).text).found["logout"]
        assert (await client(who).post(f"{HERE}/problem", json=SAID)).status_code == status, who
        page = await window.post(f"{PAGE}/problem", data=token | SAID | {"once": f"x-{who}"})
        assert page.status_code == status, who
        shown = await window.get(PAGE)
        assert 'id="take-over"' not in shown.text, who
    assert await rows(world, "SELECT 1 FROM problem") == []


async def test_a_report_that_is_nobodys_or_closed_is_not_taken_over(client: Client, world: World) -> None:
    duty = client("duty")
    await duty.post(f"{HERE}/refer", json={"grid": None, "reason": "待定"})
    refused = await duty.post(f"{HERE}/problem", json=SAID)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid")
    await duty.post(f"{HERE}/reject", json={"reason": "不属于受理范围"})
    assert (await duty.post(f"{HERE}/problem", json=SAID)).status_code in (409, 422)
    assert await rows(world, "SELECT 1 FROM problem") == []
