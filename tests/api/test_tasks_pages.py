"""The pages of tasks over HTTP: handed down on the order's page, worked on below, each form once."""

import re
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio

from app.database import transaction
from models.clock import BEIJING
from models.enums import OrderState
from tests.api.browsing import Browser, Forms, visible
from tests.factories import OTHER_COUNTY, TOWNSHIP, World
from tests.levels import VILLAGE, add_levels, hand, rows, take

HOSTILE = "<script>alert(1)</script>"
PNG = (
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\10\0\0\0\0:~\x9bU"
    b"\0\0\0\nIDATx\x9cc`\0\0\0\2\0\1H\xaf\xa4q\0\0\0\0IEND\xaeB`\x82"
)


@pytest_asyncio.fixture
async def levels(world: World) -> World:
    return await add_levels(world)


def due(world: World, minutes: float) -> str:
    """As a field for date and time says it."""
    return f"{(world.clock.now() + timedelta(minutes=minutes)).astimezone(BEIJING):%Y-%m-%dT%H:%M}"


async def hidden(client: httpx.AsyncClient, path: str, name: str) -> dict[str, str]:
    page = await client.get(path)
    assert page.status_code == 200, page.text
    return Forms(page.text).found[name]


async def states(world: World) -> list[tuple[Any, ...]]:
    return await rows(world, "SELECT state FROM task ORDER BY id")


async def test_a_supervisor_hands_a_task_down_once(browser: Browser, levels: World) -> None:
    order = await levels.order_in(OrderState.ON_SITE)
    client = browser("supervisor")
    fields = await hidden(client, f"/orders/{order}", "hand")
    said = {"grid": TOWNSHIP, "text": f"查看堆场 {HOSTILE}", "due_at": due(levels, 30)}
    for _ in range(2):
        answer = await client.post(f"/orders/{order}/hand", data=fields | said)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/orders/{order}?done=handed")
    assert await rows(levels, "SELECT g.code, t.state FROM task t JOIN grid g ON g.id = t.grid_id") == [
        (TOWNSHIP, "handed")
    ]
    page = (await client.get(f"/orders/{order}?done=handed")).text
    assert "任务已下派" in visible(page)
    assert HOSTILE not in page
    other = await client.post(f"/orders/{order}/hand", data=fields | said | {"text": "别的"})
    assert other.status_code == 409


async def test_the_last_seconds_can_be_given_and_the_forms_own_time_is_taken(
    browser: Browser, levels: World
) -> None:
    order = await levels.order_in(OrderState.ON_SITE)
    client = browser("supervisor")
    shown = (await client.get(f"/orders/{order}")).text
    found = re.search(r'step="1" name="due_at" required max="([^"]+)" value="([^"]+)"', shown)
    assert found is not None
    assert found[1] == found[2]
    latest = datetime.fromisoformat(found[2]).replace(tzinfo=BEIJING)
    levels.clock.advance(seconds=(latest - levels.clock.now()).total_seconds() - 20)
    fields = await hidden(client, f"/orders/{order}", "hand")
    said = {"grid": TOWNSHIP, "text": "查看堆场", "due_at": found[2]}
    assert (await client.post(f"/orders/{order}/hand", data=fields | said)).status_code == 303


@pytest.mark.parametrize(
    ("over", "status", "said"),
    [
        ({"due_at": ""}, 422, "请填写"),
        ({"due_at": "+300"}, 422, "任务期限最晚为"),
        ({"due_at": "-30"}, 422, "任务期限须晚于现在"),
        ({"text": " "}, 422, "请填写"),
        ({"grid": "652301"}, 422, "下辖的乡镇"),
    ],
)
async def test_what_is_refused_is_said_and_what_was_typed_stays(
    browser: Browser, levels: World, over: dict[str, str], status: int, said: str
) -> None:
    order = await levels.order_in(OrderState.ON_SITE)
    client = browser("supervisor")
    fields = await hidden(client, f"/orders/{order}", "hand")
    typed = {"grid": TOWNSHIP, "text": "查看堆场", "due_at": due(levels, 30)} | over
    if over.get("due_at"):
        typed["due_at"] = due(levels, float(over["due_at"]))
    answer = await client.post(f"/orders/{order}/hand", data=fields | typed)
    assert answer.status_code == status
    assert said in visible(answer.text)
    assert await states(levels) == []
    if "text" not in over:
        assert "查看堆场</textarea>" in answer.text


async def test_who_may_not_hand_down_is_offered_nothing_and_refused(browser: Browser, levels: World) -> None:
    order = await levels.order_in(OrderState.ON_SITE)
    fields = await hidden(browser("supervisor"), f"/orders/{order}", "hand")
    body = {
        "version": fields["version"],
        "once": "x" * 16,
        "grid": TOWNSHIP,
        "text": "x",
        "due_at": due(levels, 30),
    }
    page = (await browser("duty").get(f"/orders/{order}")).text
    found = Forms(page).found
    assert "hand" not in found
    token = found["logout"]["csrf_token"]
    refused = await browser("duty").post(f"/orders/{order}/hand", data=body | {"csrf_token": token})
    assert refused.status_code == 403
    # Without the token of the session nothing is done, and outside the scope there is no order.
    assert (await browser("supervisor").post(f"/orders/{order}/hand", data=body)).status_code == 403
    foreign = browser("neighbour")
    token = Forms((await foreign.get("/")).text).found["logout"]["csrf_token"]
    missing = await foreign.post(f"/orders/{order}/hand", data=body | {"csrf_token": token})
    assert missing.status_code == 404
    assert await states(levels) == []


async def test_a_task_is_taken_back_with_a_reason(browser: Browser, levels: World) -> None:
    order = await levels.order_in(OrderState.ON_SITE)
    await hand(levels, order)
    client = browser("supervisor")
    path = f"/orders/{order}/take_task_back"
    fields = await hidden(client, f"/orders/{order}", "take_task_back")
    assert (await client.post(path, data=fields)).status_code == 422
    assert await states(levels) == [("handed",)]
    fields = await hidden(client, f"/orders/{order}", "take_task_back")
    assert (await client.post(path, data=fields | {"reason": "改派"})).status_code == 303
    assert await states(levels) == [("taken_back",)]
    assert "take_task_back" not in Forms((await client.get(f"/orders/{order}")).text).found


async def test_a_patroller_takes_and_finishes_a_task_with_a_photo(browser: Browser, levels: World) -> None:
    order = await levels.order_in(OrderState.ON_SITE)
    later = await hand(levels, order, minutes=40)
    task = await hand(levels, order, minutes=20)
    client = browser("patroller")
    listed = (await client.get("/tasks")).text
    assert listed.index(f'href="/tasks/{task}"') < listed.index(f'href="/tasks/{later}"')
    assert 'class="countdown' in listed
    path = f"/tasks/{task}"
    fields = await hidden(client, path, "take")
    for _ in range(2):
        answer = await client.post(f"{path}/take", data=fields)
        assert (answer.status_code, answer.headers["location"]) == (303, f"{path}?done=take")
    fields = await hidden(client, path, "complete")
    refused = await client.post(f"{path}/complete", data=fields)
    assert refused.status_code == 422
    assert "请填写" in visible(refused.text)
    fields = await hidden(client, path, "complete")
    for _ in range(2):
        answer = await client.post(
            f"{path}/complete", data=fields | {"finding": f"已覆盖 {HOSTILE}"},
            files={"photos": ("现场.png", PNG, "image/png")},
        )  # fmt: skip
        assert answer.status_code == 303, visible(answer.text)
    assert await states(levels) == [("handed",), ("done",)]
    assert await rows(levels, "SELECT filename, task_id FROM evidence") == [("现场.png", task)]
    page = (await client.get(path)).text
    assert HOSTILE not in page
    assert "现场.png" in page
    assert "complete" not in Forms(page).found
    assert f'href="{path}"' in (await client.get("/tasks?show=done")).text
    assert f'href="{path}"' not in (await client.get("/tasks")).text


async def test_a_task_done_late_says_by_how_much(browser: Browser, levels: World) -> None:
    task = await hand(levels, await levels.order_in(OrderState.ON_SITE), minutes=20)
    client, path = browser("patroller"), f"/tasks/{task}"
    levels.clock.advance(minutes=20, seconds=11)
    fields = await hidden(client, path, "complete")
    assert (await client.post(f"{path}/complete", data=fields | {"finding": "已覆盖"})).status_code == 303
    assert "已完成 逾期 00:00:11" in visible((await client.get(path)).text)


async def test_a_township_hands_a_part_to_its_village(browser: Browser, levels: World) -> None:
    task = await hand(levels, await levels.order_in(OrderState.ON_SITE))
    await take(levels, task)
    client = browser("township")
    fields = await hidden(client, f"/tasks/{task}", "hand")
    said = {"grid": VILLAGE, "text": "去三队", "due_at": due(levels, 15)}
    assert (await client.post(f"/tasks/{task}/hand", data=fields | said)).status_code == 303
    page = visible((await client.get(f"/tasks/{task}?done=hand")).text)
    assert "任务已再下派" in page
    assert "去三队" in page
    assert await states(levels) == [("taken",), ("handed",)]


async def test_a_task_is_seen_and_done_by_its_own_grid(browser: Browser, levels: World) -> None:
    task = await hand(levels, await levels.order_in(OrderState.ON_SITE))
    path = f"/tasks/{task}"
    assert set(Forms((await browser("supervisor").get(path)).text).found) & {
        "take",
        "complete",
        "take-back",
    } == {"take-back"}
    assert (
        set(Forms((await browser("duty").get(path)).text).found) & {"take", "complete", "take-back"} == set()
    )
    for who in ("neighbour", "foreigner"):
        client = browser(who)
        assert (await client.get(path)).status_code == 404
        assert f'href="{path}"' not in (await client.get("/tasks")).text
        token = Forms((await client.get("/")).text).found["logout"]["csrf_token"]
        sent = await client.post(f"{path}/take", data={"csrf_token": token, "once": "x" * 16})
        assert sent.status_code == 404
    officer = browser("supervisor")
    fields = await hidden(officer, path, "take-back")
    refused = await officer.post(f"{path}/take", data=fields)
    assert refused.status_code == 403
    assert "您的职责不能对该任务" in visible(refused.text)
    assert (
        await officer.post(f"{path}/take-back", data={"once": "y" * 16, "reason": "x"})
    ).status_code == 403
    assert await states(levels) == [("handed",)]


async def test_the_menu_leads_those_to_tasks_who_have_some(browser: Browser, levels: World) -> None:
    for who, leads in (("patroller", True), ("supervisor", True), ("leader", True), ("duty", False)):
        assert ('<a href="/tasks"' in (await browser(who).get("/")).text) is leads
    assert OTHER_COUNTY not in (await browser("patroller").get("/tasks")).text


async def test_a_late_task_leads_its_township_to_the_task(browser: Browser, levels: World) -> None:
    task = await hand(levels, await levels.order_in(OrderState.ON_SITE), minutes=5)
    levels.clock.advance(minutes=6)
    async with transaction(levels.sessions) as session:
        await levels.context.pipeline.tick(session, now=levels.clock.now(), limit=100)
    for who in ("patroller", "duty"):
        feed = (await browser(who).get("/")).text.split('<ol id="breaches"')[1].split("</ol>")[0]
        assert f'href="/tasks/{task}"' in feed
