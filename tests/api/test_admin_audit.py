"""The page of the journal, and that of the service's own health."""

import re
from datetime import timedelta

import pytest

from app.chain import GENESIS
from app.database import transaction
from app.journal import Entry, append
from app.views import audit as view
from app.views.audit import Wanted, first_at, list_events
from models.enums import EventKind, OrderState
from models.notice import WayHealth
from models.watchdog import WatchdogFinding
from tests.api.browsing import Browser, visible
from tests.factories import COUNTY, World

NASTY = "<script>alert('x')</script>\"><img src=x>\u202e"


async def write(world: World, kind: EventKind, *, by: str = "admin", **data: object) -> None:
    now = world.clock.now()
    entry = Entry(kind, now, world.grids[COUNTY].id, actor_id=world.people[by].id, data=dict(data))
    async with transaction(world.sessions) as session:
        await append(session, [entry], now=now)


def ids(page: str) -> list[int]:
    return [int(one) for one in re.findall(r'id="event-(\d+)"', page)]


async def test_who_did_what_and_when(browser: Browser, world: World) -> None:
    admin = browser("admin")
    empty = (await admin.get("/admin/audit")).text
    assert GENESIS.hex() in empty
    assert ids(empty) == []
    await world.order_in(OrderState.ACKNOWLEDGED)
    world.clock.advance(hours=2)
    await write(
        world, EventKind.RULES_ACTIVATED, version=2, reason=NASTY, nested={"a": [1, NASTY]}, none=None
    )
    page = (await admin.get("/admin/audit")).text
    text = visible(page)
    assert "2026-11-23 10:00:00 规则集生效 rules.activated · 姓名 admin admin" in text
    assert "工单签收" in text or "签收" in text
    assert "<script>alert" not in page
    assert "<img" not in page
    assert "\u202e" not in page
    assert "\\u202e" in page
    top = ids(page)
    assert top == sorted(top, reverse=True)
    assert f'id="count">{top[0]}<' in page
    assert f"--count {top[0]}" in text

    async def found(query: str) -> list[int]:
        answer = await admin.get(f"/admin/audit?{query}")
        assert answer.status_code == 200, query
        return ids(answer.text)

    assert await found("kind=rules.activated") == [top[0]]
    assert await found("person=admin") == [top[0]]
    assert len(await found("person=supervisor")) >= 1
    assert await found("person=nobody-at-all") == []
    assert await found("order=2026-652301-000001") == top[1:]
    assert await found(f"grid={COUNTY}") == top
    assert await found("grid=652302") == []
    assert await found("from=2026-11-23T09:00") == [top[0]]
    assert await found("until=2026-11-23T09:00") == top[1:]
    assert await found("from=2026-11-24T09:00") == []
    assert (await admin.get("/admin/audit?from=tomorrow")).status_code == 422
    assert (await admin.get("/admin/audit?grid=999")).status_code == 404
    assert (await admin.get("/admin/audit?cursor=x")).status_code == 422
    assert (await admin.get("/admin/audit?person=%00")).status_code == 404
    for name in ("duty", "chief", "viewer", "nobody"):
        assert (await browser(name).get("/admin/audit")).status_code == 403, name


async def test_pages_follow_each_other_without_a_gap(
    browser: Browser, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(7):
        await write(world, EventKind.RULES_RETIRED if number == 0 else EventKind.BOARD_MUTED, n=number)
    seen, cursor = [], None
    async with world.sessions() as session:
        while True:
            page = await list_events(
                session, scope=world.caller("admin").scope, wanted=Wanted(), cursor=cursor, limit=3
            )
            seen += [one["id"] for one in page["items"]]
            if (cursor := page["next_cursor"]) is None:
                break
        assert seen == [7, 6, 5, 4, 3, 2, 1]
        # A rare kind is found by going on, and no page walks further than it may.
        monkeypatch.setattr(view, "WALKED", 3)
        wanted, steps, cursor = Wanted(kind="rules.retired"), 0, None
        while True:
            page = await list_events(
                session, scope=world.caller("admin").scope, wanted=wanted, cursor=cursor, limit=3
            )
            steps += 1
            if (cursor := page["next_cursor"]) is None:
                break
            assert (page["items"], page["walked"]) == ([], 3)
        assert [one["id"] for one in page["items"]] == [1]
        assert steps == 3
    assert "更早的可继续往前查" in (await browser("admin").get("/admin/audit?kind=rules.retired")).text


async def test_the_first_of_a_time(world: World) -> None:
    start = world.clock.now()
    for _ in range(5):
        await write(world, EventKind.BOARD_MUTED)
        world.clock.advance(hours=1)
    async with world.sessions() as session:
        for hours, first in ((-1, 1), (0, 1), (0.5, 2), (1, 2), (4, 5), (9, 6)):
            assert await first_at(session, start + timedelta(hours=hours), 5) == first


async def test_the_services_own_health(browser: Browser, world: World) -> None:
    now = world.clock.now()
    async with transaction(world.sessions) as session:
        session.add(
            WatchdogFinding(
                code="outbox_old", subject=NASTY, since=now, last_seen=now, count=3, examples=[NASTY]
            )
        )
        session.add(
            WatchdogFinding(
                code="engine_stopped",
                subject="",
                since=now,
                last_seen=now,
                ended_at=now,
                count=1,
                examples=[],
            )
        )
        session.add(WayHealth(way="webhook:3", failures=4, failing_since=now, down_at=now, error=NASTY))
        session.add(WayHealth(way="mqtt", failures=0, succeeded_at=now))
    for name, status in (("admin", 200), ("duty", 200), ("chief", 403), ("nobody", 403)):
        page = await browser(name).get("/admin/watch")
        assert page.status_code == status, name
        if status != 200:
            continue
        text = visible(page.text)
        for said in ("网络回调 3 中断", "MQTT 正常"):
            assert said in text, said
        lasting = page.text.partition('id="lasting"')[2].partition("</table>")[0]
        assert "outbox_old" in lasting
        assert "engine_stopped" not in lasting
        assert "engine_stopped" in page.text
        assert "<script>alert" not in page.text
        assert "\u202e" not in page.text
        assert ("/admin/outbox?state=stuck" in page.text) is (name == "admin")
