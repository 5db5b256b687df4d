"""The whole chain on a fake clock, from reading to closed order, with the feed compared whole."""

import json

from app.database import transaction
from app.journal import verify
from app.views.orders import order_documents
from dispatch.commands import Accept, Acknowledge, FileReport, GiveFeedback, Return
from models.bulk import fetch
from models.clock import BEIJING
from tests.timeline import Story


async def only_order(story: Story) -> int:
    async with story.sessions() as session:
        rows = await fetch(session, "SELECT id FROM work_order")
    assert len(rows) == 1
    return int(rows[0][0])


async def test_a_county_that_answers_late(story: Story) -> None:
    await story.minutes("08:00", 90, pm25=35.0)
    assert await story.said() == []
    # A lorry yard catches fire: three readings far above, and the third decides.
    story.at("10:00")
    await story.publish(pm25=35.0)
    for minute in ("10:01", "10:02"):
        story.at(minute)
        await story.publish(pm25=400.0)
    assert await story.said() == []
    story.at("10:03")
    await story.publish(pm25=400.0)
    assert await story.said() == ["10:03:00 alert.opened", "10:03:00 order.dispatched"]
    order = await only_order(story)

    story.at("10:08:00.1")
    await story.tick()
    assert await story.said() == ["10:08:00 sla.due_soon acknowledge remaining_s=300"]
    await story.tick()
    assert await story.said() == []
    story.at("10:13:00")
    await story.tick()
    assert await story.said() == ["10:10:30 sla.due_soon acknowledge remaining_s=150"]
    story.at("10:13:00.001")
    await story.tick()
    assert await story.said() == [
        "10:13:00 sla.breached acknowledge",
        "10:13:00 sla.escalated acknowledge level=1 role=supervisor",
    ]
    # Nobody looks for a while: what was planned has happened at its time all the same, stale warnings are not given.
    story.at("10:50:30")
    await story.tick()
    assert await story.said() == [
        "10:15:30 sla.escalated acknowledge level=2 role=chief",
        "10:18:00 sla.escalated acknowledge level=3 role=duty_officer",
        "10:48:00 sla.due_soon feedback remaining_s=900",
    ]
    story.at("10:53:01")
    await story.tick()
    assert await story.said() == ["10:53:00 sla.due_soon feedback remaining_s=600"]
    story.at("11:03:00")
    await story.tick()
    assert await story.said() == []
    story.at("11:03:01")
    await story.tick()
    assert await story.said() == [
        "11:03:00 sla.breached feedback",
        "11:03:00 sla.escalated feedback level=1 role=supervisor",
        "11:03:00 sla.due_soon report remaining_s=3600",
    ]
    await story.tick()
    assert await story.said() == []

    story.at("11:20")
    await story.tick()
    assert await story.said() == ["11:18:00 sla.escalated feedback level=2 role=chief"]
    await story.act("supervisor", order, GiveFeedback("堆场起火，消防已到", cause="秸秆焚烧"))
    assert await story.said() == [
        "11:20:00 sla.met_late acknowledge late_s=4020.0",
        "11:20:00 sla.met_late feedback late_s=1020.0",
        "11:20:00 order.feedback",
    ]
    story.at("12:10")
    await story.tick()
    assert (
        await story.said()
        == [
            "11:53:00 sla.due_soon report remaining_s=600",
            "12:03:00 sla.breached report",
            "12:03:00 sla.escalated report level=1 role=supervisor",
        ]
        or (await story.said()) == []
    )
    story.at("12:15")
    await story.act("supervisor", order, FileReport("灭火并清运", "浓度已下降"))
    said = await story.said()
    assert said == ["12:15:00 sla.met_late report late_s=720.0", "12:15:00 order.reported"]
    story.at("12:30")
    await story.act("duty", order, Return("缺少处置后照片"))
    assert await story.said() == ["12:30:00 order.returned"]
    story.at("13:00")
    await story.act("supervisor", order, FileReport("补充照片", "已恢复"))
    assert await story.said() == ["13:00:00 order.reported"]
    story.at("13:10")
    await story.act("duty", order, Accept("同意办结"))
    assert await story.said() == ["13:10:00 order.closed"]
    story.at("23:00")
    await story.tick()
    assert await story.said() == []

    async with story.sessions() as session:
        (document,) = await order_documents(session, [order])
        breaches = await fetch(
            session, "SELECT kind, round, breached_at FROM sla_breach ORDER BY breached_at"
        )
        verdict = await verify(session)
    assert (document["state"], document["round"]) == ("closed", 2)
    assert document["number"] == "2026-652301-000001"
    assert [(c["kind"], c["round"], c["state"]) for c in document["clocks"]] == [
        ("acknowledge", 1, "breached"),
        ("feedback", 1, "breached"),
        ("report", 1, "breached"),
        ("review", 1, "met"),
        ("rework", 2, "met"),
        ("review", 2, "met"),
    ]
    assert [(b[0], b[1], b[2].astimezone(BEIJING).strftime("%H:%M:%S")) for b in breaches] == [
        ("acknowledge", 1, "10:13:00"),
        ("feedback", 1, "11:03:00"),
        ("report", 1, "12:03:00"),
    ]
    assert verdict.fault is None
    assert verdict.checked == len(await story.events())


async def test_a_county_that_answers_in_time_breaches_nothing(story: Story) -> None:
    await story.minutes("09:00", 60, pm25=30.0)
    await story.minutes("10:00", 3, pm25=300.0)
    order = await only_order(story)
    story.at("10:05")
    await story.act("supervisor", order, Acknowledge())
    story.at("10:40")
    await story.act("supervisor", order, GiveFeedback("工地扬尘"))
    story.at("11:30")
    await story.act("supervisor", order, FileReport("停工覆盖", "已下降"))
    story.at("23:59")
    await story.tick()
    async with story.sessions() as session:
        assert await fetch(session, "SELECT * FROM sla_breach") == []
        (document,) = await order_documents(session, [order])
    assert [(c["kind"], c["state"]) for c in document["clocks"]] == [
        ("acknowledge", "met"),
        ("feedback", "met"),
        ("report", "met"),
        ("review", "running"),
    ]


async def test_each_change_of_state_is_published_in_order_once(story: Story) -> None:
    order = await story.world.order()
    await story.act("supervisor", order, Acknowledge())
    story.gateway.failures = 2
    for _ in range(6):
        await story.engine.send("mqtt")
        story.world.clock.advance(seconds=5)
    await story.act("supervisor", order, GiveFeedback("无异常"))
    await story.engine.send("mqtt")
    states = [json.loads(letter.payload)["state"] for letter in story.gateway.received]
    assert states == ["dispatched", "acknowledged", "on_site"]
    assert {letter.destination for letter in story.gateway.received} == {"geshao/v1/652301/order"}
    assert len({letter.key for letter in story.gateway.received}) == 3


async def test_nothing_of_a_failed_transaction_is_told(story: Story) -> None:
    order = await story.world.order()
    before = len(await story.events())
    try:
        async with transaction(story.sessions) as session:
            await story.world.context.pipeline.act(
                session, order, Acknowledge(), caller=story.world.caller("supervisor"), expected_version=None,
                clock=story.world.clock,
            )  # fmt: skip
            raise RuntimeError("the power goes")
    except RuntimeError:
        pass
    assert len(await story.events()) == before
    async with story.sessions() as session:
        (document,) = await order_documents(session, [order])
    assert document["state"] == "dispatched"
    assert all(clock["state"] == "running" for clock in document["clocks"])


async def test_an_order_can_be_returned_while_a_new_one_is_open_at_its_station(story: Story) -> None:
    await story.minutes("08:00", 60, pm25=30.0)
    await story.minutes("09:00", 10, pm25=400.0)
    first = await only_order(story)
    await story.act("supervisor", first, GiveFeedback("扬尘"))
    await story.act("supervisor", first, FileReport("洒水", "下降"))
    await story.minutes("09:20", 60, pm25=30.0)
    await story.minutes("10:30", 5, pm25=450.0)
    async with story.sessions() as session:
        orders = [row[0] for row in await fetch(session, "SELECT id FROM work_order ORDER BY id")]
    assert len(orders) == 2
    await story.act("duty", first, Return("照片不清"))
    await story.minutes("10:40", 5, pm25=500.0)
    async with story.sessions() as session:
        states = [row[0] for row in await fetch(session, "SELECT state FROM work_order ORDER BY id")]
    assert states == ["returned", "dispatched"]
    await story.act("supervisor", first, FileReport("补照片", "下降"))
    await story.act("duty", first, Accept())


async def test_an_order_gets_as_grave_as_its_alert(story: Story) -> None:
    await story.minutes("08:00", 60, pm25=30.0)
    await story.minutes("09:00", 12, pm25=165.0)
    assert await grave(story) == [("notice", "notice")]
    await story.minutes("09:12", 15, pm25=420.0)
    assert await grave(story) == [("critical", "critical")]


async def grave(story: Story) -> list[tuple[str, str]]:
    """severity of each alert that has an order, and of that order."""
    async with story.sessions() as session:
        rows = await fetch(
            session,
            "SELECT a.severity, o.severity FROM alert a JOIN work_order o ON o.id = a.order_id ORDER BY a.id",
        )
    return [tuple(row) for row in rows]
