"""Drills 演练: clocks run and everything is told, with a mark; nothing is counted."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio
from sqlalchemy.exc import DBAPIError

from app.board.fold import fold, read, shown
from app.console.board import counters
from app.database import transaction
from dispatch.commands import Accept, Acknowledge, FileReport, GiveFeedback
from dispatch.review.spot_repository import _POPULATION as POPULATION
from models.bulk import fetch
from models.enums import EventKind
from models.facts import OrderTold
from models.ids import GridId, OrderId
from tests.api.conftest import token_of
from tests.apps import application
from tests.factories import COUNTY, OTHER_COUNTY
from tests.fakes import START
from tests.timeline import Story

Get = Callable[[str], Awaitable[dict[str, Any]]]
Post = Callable[[str, dict[str, Any] | None], Awaitable[dict[str, Any]]]


@pytest_asyncio.fixture
async def duty(story: Story) -> Any:
    app = application(story.world.context)
    headers = {"Authorization": f"Bearer {token_of(story.world, 'duty')}"}
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://geshao.test/api/v1", headers=headers
    ) as client:
        yield client


async def opened(duty: httpx.AsyncClient, *, drill: bool) -> dict[str, Any]:
    body = {"grid": COUNTY, "station": "WZ-1", "reason": "拉练", "drill": drill}
    answered = await duty.post("/orders", json=body)
    assert answered.status_code == 201, answered.text
    order: dict[str, Any] = answered.json()
    assert order["drill"] is drill
    return order


async def items(duty: httpx.AsyncClient, path: str) -> list[dict[str, Any]]:
    answered = await duty.get(path)
    assert answered.status_code == 200, answered.text
    found: list[dict[str, Any]] = answered.json()["items"]
    return found


async def run_late(story: Story, order_id: int) -> None:
    """Nobody answers, engines pass, the whole ladder is climbed; then it is worked off."""
    for _ in range(10):
        story.world.clock.advance(minutes=25)
        await story.tick()
    await story.world.act(
        order_id, Acknowledge(), GiveFeedback("演练"), FileReport("演练", "完"), Accept("好")
    )


async def test_every_event_of_a_drill_is_marked_and_no_other(story: Story, duty: httpx.AsyncClient) -> None:
    drill, real = await opened(duty, drill=True), await opened(duty, drill=False)
    for order in (drill, real):
        await story.world.act(order["id"], Acknowledge())
        fact = OrderTold(
            EventKind.ORDER_PACKED, OrderId(order["id"]), order["number"], GridId(story.world.grids[COUNTY].id),
            COUNTY, story.world.clock.now(),
        )  # fmt: skip
        async with transaction(story.sessions) as session:
            await story.world.context.pipeline.told(session, [fact], now=story.world.clock.now())
    for _ in range(10):
        story.world.clock.advance(minutes=25)
        await story.tick()
    for order in (drill, real):
        await story.world.act(order["id"], GiveFeedback("x"), FileReport("m", "r"), Accept("好"))
    events = await story.events()
    kinds = {event["kind"] for event in events}
    assert {"order.dispatched", "order.closed", "order.packed", "sla.due_soon", "sla.breached"} <= kinds
    assert {"sla.escalated", "sla.met_late"} <= kinds
    for event in events:
        assert event["data"].get("drill", False) is (event["data"]["order"] == drill["id"]), event
    async with story.sessions() as session:
        letters = await fetch(
            session, "SELECT payload->'drill', payload->>'id' FROM outbox WHERE channel = 'mqtt'"
        )
    assert {(mark, id_) for mark, id_ in letters} == {
        (True, str(drill["id"])), (False, str(real["id"]))
    }  # fmt: skip


async def test_a_drill_is_told_by_its_number_and_has_real_clocks(
    story: Story, duty: httpx.AsyncClient
) -> None:
    drill, real = await opened(duty, drill=True), await opened(duty, drill=False)
    assert drill["number"] == f"2026-{COUNTY}-000001-DRILL"
    assert real["number"] == f"2026-{COUNTY}-000002"
    assert [c["due_at"] for c in drill["clocks"]] == [c["due_at"] for c in real["clocks"]]


async def test_no_metric_counts_a_drill(story: Story, duty: httpx.AsyncClient) -> None:
    registry = story.world.context.metrics.registry
    names = ("geshao_orders_dispatched_total", "geshao_sla_breaches_total")
    order = await opened(duty, drill=True)
    await run_late(story, order["id"])
    assert [registry.get_sample_value(name) for name in names] == [0, 0]
    order = await opened(duty, drill=False)
    await run_late(story, order["id"])
    dispatched, breaches = (registry.get_sample_value(name) for name in names)
    assert dispatched == 1
    assert breaches is not None
    assert breaches >= 3


async def test_lists_of_what_is_late_leave_drills_out_unless_asked(
    story: Story, duty: httpx.AsyncClient
) -> None:
    drill, real = await opened(duty, drill=True), await opened(duty, drill=False)
    story.world.clock.advance(hours=4)
    await story.tick()

    async def ids(path: str, name: str) -> set[int]:
        return {item[name] for item in await items(duty, path)}

    both = {drill["id"], real["id"]}
    assert await ids("/orders?overdue=true", "id") == {real["id"]}
    assert await ids("/orders?overdue=true&drill=true", "id") == {drill["id"]}
    assert await ids("/orders", "id") == both
    assert await ids("/orders?drill=false", "id") == {real["id"]}
    for path in ("/sla/breaches", "/sla/clocks"):
        assert await ids(path, "order_id") == {real["id"]}
        assert await ids(f"{path}?drill=true", "order_id") == {drill["id"]}


async def test_board_stats_and_precision_count_no_drill(story: Story, duty: httpx.AsyncClient) -> None:
    world = story.world
    order = await opened(duty, drill=True)
    scope = world.caller("duty").scope

    async def counted() -> list[int]:
        async with story.sessions() as session:
            c = await counters(session, scope, world.clock.now())
        return [c.in_time, c.soon, c.overdue, c.breached_today]

    assert await counted() == [0, 0, 0, 0]
    world.clock.advance(hours=4)
    await story.tick()
    assert await counted() == [0, 0, 0, 0]
    await world.act(order["id"], Acknowledge(), GiveFeedback("x"), FileReport("m", "r"), Accept("好"))
    stats = (await duty.get("/stats/response?month=2026-11")).json()
    assert (stats["total"]["orders"], stats["grids"]) == (0, [])
    for by in ("rule", "station", "grid"):
        assert await items(duty, f"/rules/precision?by={by}") == []
    await opened(duty, drill=False)
    assert (await counted())[0] == 1


async def test_the_board_and_whoever_keeps_one_from_the_feed_count_no_drill(
    story: Story, duty: httpx.AsyncClient
) -> None:
    async def board() -> dict[str, Any]:
        answered = await duty.get("/sla/board")
        assert answered.status_code == 200, answered.text
        found: dict[str, Any] = answered.json()
        return found

    kept = read(await board())
    drill = await opened(duty, drill=True)
    assert (await board())["counters"]["total"]["orders"] == 0
    real = await opened(duty, drill=False)
    assert {clock["order"] for clock in (await board())["clocks"]} == {real["id"]}
    story.world.clock.advance(minutes=70)
    await story.tick()
    for order in (drill, real):
        await story.world.act(order["id"], GiveFeedback("x"))
    fresh = await board()
    assert fresh["counters"]["total"]["breached_today"] == 2
    fold(kept, [(e["id"], e["kind"], e["data"]) for e in await story.events()])
    folded = shown(kept, story.world.clock.now())
    assert folded["counters"] == fresh["counters"]
    assert [c["id"] for c in folded["clocks"]] == [c["id"] for c in fresh["clocks"]]


async def test_the_parts_of_a_joint_drill_are_drills(story: Story, duty: httpx.AsyncClient) -> None:
    drill = await opened(duty, drill=True)
    body = {"lead": COUNTY, "grids": [OTHER_COUNTY], "reason": "联合演练"}
    made = await duty.post(f"/orders/{drill['id']}/joint", json=body)
    assert made.status_code in (200, 201), made.text
    orders = await items(duty, "/orders")
    assert len(orders) == 2
    assert all(order["drill"] and order["number"].endswith("-DRILL") for order in orders)
    assert all(event["data"]["drill"] for event in await story.events())


async def test_a_drill_takes_no_alert_and_hides_none(story: Story, duty: httpx.AsyncClient) -> None:
    """An alert at the station of a drill has its own real order."""
    drill = await opened(duty, drill=True)
    unrouted = await story.world.unrouted("WZ-1")
    async with transaction(story.sessions) as session:
        order_id = await story.world.context.pipeline.route(
            session,
            unrouted,
            story.world.grids[COUNTY].id,
            caller=story.world.caller("duty"),
            clock=story.world.clock,
        )
    assert order_id != drill["id"]
    assert (await duty.get(f"/orders/{order_id}")).json()["drill"] is False
    for statement in (
        f"UPDATE work_order SET drill = true WHERE id = {order_id}",
        f"UPDATE work_order SET drill = false WHERE id = {drill['id']}",
    ):
        with pytest.raises(DBAPIError, match="keeps what was written"):
            async with transaction(story.sessions) as session:
                await fetch(session, statement)


async def test_an_earlier_drill_is_no_recurrence(story: Story, duty: httpx.AsyncClient) -> None:
    drill = await opened(duty, drill=True)
    story.world.clock.advance(timedelta(hours=1))
    real = await opened(duty, drill=False)
    acts = (Acknowledge(), GiveFeedback("x"), FileReport("m", "r"), Accept("好"))
    await story.world.act(real["id"], *acts)
    await story.world.act(drill["id"], *acts)
    app = duty._transport.app  # type: ignore[attr-defined]  # the same application, as the supervisor
    headers = {"Authorization": f"Bearer {token_of(story.world, 'supervisor')}"}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://geshao.test/api/v1", headers=headers
    ) as supervisor:
        made = (await supervisor.post(f"/orders/{real['id']}/summary")).json()
        trained = (await supervisor.post(f"/orders/{drill['id']}/summary")).json()
    assert "该站点此前30日内无其他工单" in made["draft"]
    assert "（演练）" in trained["draft"]


@pytest.mark.parametrize("kinds", [(False, False), (True, False), (False, True)])
async def test_a_drill_neither_recurs_nor_is_recurred_to(
    story: Story, duty: httpx.AsyncClient, kinds: tuple[bool, bool]
) -> None:
    earlier, later = kinds
    first = await opened(duty, drill=earlier)
    await story.world.act(first["id"], Acknowledge(), GiveFeedback("x"), FileReport("m", "r"), Accept("好"))
    story.world.clock.advance(timedelta(hours=3))
    await opened(duty, drill=later)
    async with story.sessions() as session:
        links = await fetch(session, "SELECT order_id FROM order_link")
        drawn = await fetch(session, POPULATION, START, story.world.clock.now())
    assert len(links) == (kinds == (False, False))
    assert [row[0] for row in drawn] == ([] if earlier else [first["id"]])


@pytest.mark.parametrize("who", ["supervisor", "chief", "viewer"])
async def test_only_a_duty_officer_gives_a_drill(story: Story, duty: httpx.AsyncClient, who: str) -> None:
    headers = {"Authorization": f"Bearer {token_of(story.world, who)}"}
    body = {"grid": COUNTY, "reason": "拉练", "drill": True}
    refused = await duty.post("/orders", json=body, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert (await duty.post("/orders", json=body | {"drill": "yes"})).status_code == 422
