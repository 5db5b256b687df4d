"""False alarms: said when an order ends, and counted against the rule that raised it."""

from typing import Any

import httpx
import pytest

from app.api.rule_shapes import PrecisionRow
from app.api.shapes import Page
from app.database import transaction
from dispatch.commands import Accept, Acknowledge, Command, FileReport, GiveFeedback, Withdraw
from models.bulk import fetch
from models.enums import AlertKind, FalseAlarm, OrderState
from models.order import Unrouted
from tests.api.conftest import Client
from tests.factories import COUNTY, OTHER_COUNTY, World

CLOSED = (Acknowledge(), GiveFeedback("现场正常"), FileReport("核查", "无异常"))


async def ordered(
    world: World, kind: AlertKind, *commands: Command, station: str = "WZ-1", version: int = 1
) -> int:
    """An order that an alert of this kind made, taken through these acts; gives its id."""
    now = world.clock.now()
    alert_id = await world.alert(
        station, kind=kind.value, state="cleared", cleared_at=now, rule_version=version
    )
    grid = world.stations[station].grid_id
    async with transaction(world.sessions) as session:
        row = Unrouted(alert_id=alert_id, grid_id=grid, reason="nobody_on_duty", created_at=now)
        session.add(row)
        await session.flush()
        unrouted_id = row.id
    async with transaction(world.sessions) as session:
        order_id = await world.context.pipeline.route(
            session, unrouted_id, grid, caller=world.caller("duty"), clock=world.clock
        )
    for command in commands:
        who = (
            "duty"
            if isinstance(command, Accept | Withdraw)
            else "supervisor"
            if station == "WZ-1"
            else "neighbour"
        )
        async with transaction(world.sessions) as session:
            await world.context.pipeline.act(
                session, order_id, command, caller=world.caller(who), expected_version=None, clock=world.clock
            )
    return order_id


async def rows(client: httpx.AsyncClient, query: str) -> list[dict[str, Any]]:
    answer = await client.get(f"/rules/precision?{query}")
    assert answer.status_code == 200, answer.text
    Page[PrecisionRow].model_validate(answer.json())
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def _fill(world: World) -> None:
    hour, rise = AlertKind.EXCEEDANCE_HOUR, AlertKind.SUDDEN_RISE
    async with transaction(world.sessions) as session:
        await fetch(
            session,
            "INSERT INTO rule_set (version, state, body, author, created_at)"
            " SELECT 2, 'retired', body, author, created_at FROM rule_set",
        )
    await ordered(world, hour, *CLOSED, Accept())
    await ordered(world, hour, *CLOSED, Accept(None, FalseAlarm.NO_SOURCE_FOUND))
    await ordered(world, hour, Withdraw("仪器进水", FalseAlarm.INSTRUMENT_FAULT))
    await ordered(world, hour, Withdraw("演练"))
    await ordered(world, hour, *CLOSED, Accept(), version=2)
    await ordered(world, rise, Withdraw("沙尘", FalseAlarm.NATURAL), station="WZ-2")
    await ordered(world, rise, Acknowledge(), station="WZ-2")
    await world.order_in(OrderState.CLOSED)


async def test_by_rule_each_version_is_counted_for_itself(client: Client, world: World) -> None:
    await _fill(world)
    first, second, third = await rows(client("duty"), "by=rule")
    assert (first["kind"], first["rule_version"], first["station"], first["grid"]) == (
        "exceedance_hour",
        1,
        None,
        None,
    )
    counts = ("orders", "with_outcome", "without_outcome", "confirmed", "false_alarms")
    assert [first[name] for name in counts] == [4, 3, 1, 1, 2]
    assert {k: v for k, v in first["reasons"].items() if v} == {"no_source_found": 1, "instrument_fault": 1}
    assert set(first["reasons"]) == {one.value for one in FalseAlarm}
    assert first["precision"]["value"] == pytest.approx(1 / 3)
    assert (round(first["precision"]["low"], 4), round(first["precision"]["high"], 4)) == (0.0615, 0.7923)
    assert (second["kind"], second["rule_version"], second["precision"]["high"]) == (
        "exceedance_hour",
        2,
        1.0,
    )
    assert [third[name] for name in counts] == [2, 1, 1, 0, 1]
    assert (third["kind"], third["precision"]["low"]) == ("sudden_rise", 0.0)


async def test_by_station_and_by_grid(client: Client, world: World) -> None:
    await _fill(world)
    duty = client("duty")
    assert [(r["station"], r["grid"], r["name"], r["orders"]) for r in await rows(duty, "by=station")] == [
        ("WZ-1", COUNTY, "微站 WZ-1", 5),
        ("WZ-2", OTHER_COUNTY, "微站 WZ-2", 2),
    ]
    assert [(r["grid"], r["name"], r["kind"], r["confirmed"]) for r in await rows(duty, "by=grid")] == [
        (COUNTY, "昌吉市", None, 2),
        (OTHER_COUNTY, "阜康市", None, 0),
    ]


async def test_pages_span_and_scope(client: Client, world: World) -> None:
    await _fill(world)
    duty, supervisor = client("duty"), client("supervisor")
    first = (await duty.get("/rules/precision?by=rule&limit=2")).json()
    rest = (await duty.get(f"/rules/precision?by=rule&limit=2&cursor={first['next_cursor']}")).json()
    assert first["items"] + rest["items"] == await rows(duty, "by=rule")
    assert rest["next_cursor"] is None
    assert [row["station"] for row in await rows(supervisor, "by=station")] == ["WZ-1"]
    assert await rows(client("nobody"), "by=rule") == []
    assert (await supervisor.get(f"/rules/precision?grid={OTHER_COUNTY}")).status_code == 404
    now = world.clock.now().isoformat().replace("+00:00", "Z")
    assert await rows(duty, f"to={now}") == []
    assert len(await rows(duty, f"from={now}&grid={OTHER_COUNTY}")) == 1
    assert (await duty.get("/rules/precision?by=person")).status_code == 422


async def test_why_it_was_false_is_on_the_order_and_in_the_journal(client: Client, world: World) -> None:
    order_id = await ordered(world, AlertKind.SUDDEN_RISE, *CLOSED)
    duty, path = client("duty"), f"/orders/{order_id}"
    assert (await duty.get(path)).json()["false_alarm"] is None
    returned = {"decision": "return", "comment": "x", "false_alarm": "other"}
    assert (await duty.post(f"{path}/review", json=returned)).status_code == 422
    unknown = {"decision": "accept", "false_alarm": "boredom"}
    assert (await duty.post(f"{path}/review", json=unknown)).status_code == 422
    closed = await duty.post(f"{path}/review", json={"decision": "accept", "false_alarm": "regional"})
    assert (closed.json()["state"], closed.json()["false_alarm"]) == ("closed", "regional")
    events = (await duty.get(f"{path}/timeline")).json()["items"]
    assert events[-1]["data"]["false_alarm"] == "regional"
    other = await world.order()
    void = await duty.post(f"/orders/{other}/void", json={"reason": "重复", "false_alarm": "duplicate"})
    assert (void.json()["state"], void.json()["false_alarm"]) == ("void", "duplicate")
    plain = await duty.post(f"/orders/{await world.order()}/void", json={"reason": "演练"})
    assert plain.json()["false_alarm"] is None
