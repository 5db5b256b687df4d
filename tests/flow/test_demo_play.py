"""The people of the demonstration, over the real API on a fake clock: what they leave behind, once and only once."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import update

from app.commands.demo import refuse_what_is_in_use
from app.commands.demo_play import SCENES
from app.commands.demo_stage import Cast, Play
from app.database import transaction
from app.registry import default_registry_text
from app.registry.load import load_text
from app.views.order_detail import order_detail
from models.bulk import fetch
from models.errors import ConfigurationError
from models.registry import Person
from tests.apps import application
from tests.factories import PASSWORD, World, password_hash
from tests.fakes import FakeClock
from tests.reviews import alert_order
from tests.timeline import Story


@dataclass
class Quick(Cast):
    """Moves the fake clock instead of waiting."""

    async def wait(self, seconds: float) -> None:
        assert isinstance(self.clock, FakeClock)
        self.clock.set(max(self.clock.now(), self.begun + timedelta(seconds=seconds)))


@pytest_asyncio.fixture
async def cast(story: Story) -> AsyncIterator[Quick]:
    """The shipped registry and its people; all have one password, since hashing thirty takes long."""
    world = story.world
    text = re.sub(r"password: \S+, |\n    secret: \S+", "", default_registry_text())
    async with transaction(world.sessions) as session:
        parsed, _ = await load_text(session, text, "changji.yaml", now=world.clock.now(), author="test")
        assert not parsed.faults
        await session.execute(update(Person).values(password_hash=password_hash()))
    async with world.sessions() as session:
        await world.context.directory.refresh(session)
    world.clock.advance(seconds=1)
    app = application(world.context)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://geshao.test") as client:
        yield Quick(client, world.clock, world.clock.now(), PASSWORD)


async def play(cast: Quick, *names: str) -> Quick:
    """The scenes one after the other, all counted from now; gives the cast to play them again."""
    begun = replace(cast, begun=cast.clock.now())
    for name in names:
        await SCENES[name](Play(begun, name))
    return begun


async def only_order(world: World, *, reason: str) -> dict[str, Any]:
    async with world.sessions() as session:
        ((order_id,),) = await fetch(
            session, "SELECT id FROM work_order WHERE reason LIKE $1 ORDER BY id", reason
        )
        return await order_detail(session, order_id)


async def test_a_wrong_dispatch_is_handed_on(cast: Quick, story: Story) -> None:
    await play(cast, "transfer")
    order = await only_order(story.world, reason="群众反映：准东%")
    assert (order["state"], order["grid"], order["original_grid"]) == ("reported", "652327", "652302")
    assert [one["why"] for one in order["holders"]] == ["dispatch", "transfer"]
    assert order["requests"][0]["granted"]["misdispatched"] is True


async def test_a_deadline_is_moved_and_kept(cast: Quick, story: Story) -> None:
    await play(cast, "extension")
    order = await only_order(story.world, reason="巡查发现%")
    assert order["state"] == "closed"
    (moved,) = [clock for clock in order["clocks"] if clock["due_at"] != clock["original_due_at"]]
    assert (moved["kind"], moved["state"]) == ("report", "met")
    assert [task["state"] for task in order["tasks"]] == ["done"]
    assert order["reviews"][0]["checklist"]


async def test_a_report_is_returned_and_comes_again(cast: Quick, story: Story) -> None:
    await play(cast, "rework")
    order = await only_order(story.world, reason="群众反映：城郊%")
    assert (order["state"], order["round"], len(order["reports"])) == ("reported", 2, 2)
    assert order["reviews"][0]["reasons"] == ["evidence_missing", "measure_insufficient"]
    assert [piece["media_type"] for piece in order["evidence"]] == ["image/png"] * 2


async def test_two_counties_work_together(cast: Quick, story: Story) -> None:
    begun = await play(cast, "joint")
    async with story.sessions() as session:
        rows = await fetch(session, "SELECT joint_role, state FROM work_order ORDER BY id")
    assert [tuple(row) for row in rows] == [("parent", "on_site"), ("child", "reported")]
    await SCENES["joint"](Play(begun, "joint"))
    async with story.sessions() as session:
        assert len(await fetch(session, "SELECT 1 FROM work_order")) == 2


async def test_what_an_alert_brought_is_reported_and_the_station_is_asked(cast: Quick, story: Story) -> None:
    begun = replace(cast, begun=story.world.clock.now())
    order_id = await alert_order(story.world)
    for name in ("rules", "verdict"):
        await SCENES[name](Play(begun, name))
    async with story.sessions() as session:
        order = await order_detail(session, order_id)
        ((held,),) = await fetch(
            session, "SELECT (body->'watch'->>'held')::int FROM review_policy ORDER BY version DESC LIMIT 1"
        )
    assert (order["state"], order["verdict"]["state"], order["verdict"]["claims"]) == (
        "reported",
        "pending",
        "recovered",
    )
    assert held == 1
    await SCENES["rules"](Play(begun, "rules"))
    async with story.sessions() as session:
        assert len(await fetch(session, "SELECT 1 FROM review_policy")) == 2


async def test_no_alert_no_verdict(cast: Quick, story: Story) -> None:
    await play(cast, "verdict")
    async with story.sessions() as session:
        assert await fetch(session, "SELECT 1 FROM work_order") == []


async def test_the_rest_of_the_cast_leaves_work_for_others(cast: Quick, story: Story) -> None:
    scenes = ("drill", "upward", "waiting", "fresh")
    begun = await play(cast, *scenes)
    counts = (
        "SELECT count(*) FILTER (WHERE drill), count(*) FILTER (WHERE state = 'dispatched') FROM work_order"
    )
    reports = "SELECT state FROM up_report ORDER BY id"
    for _ in range(2):
        async with story.sessions() as session:
            assert [tuple(row) for row in await fetch(session, counts)] == [(1, 11)]
            assert [row[0] for row in await fetch(session, reports)] == ["ordered", "filed"]
        # Started again, everything is found done.
        for name in scenes:
            await SCENES[name](Play(begun, name))


async def test_the_demonstration_keeps_off_a_database_that_is_in_use(story: Story, sessions: Any) -> None:
    async with sessions() as session:
        with pytest.raises(ConfigurationError, match="GESHAO_DATABASE_URL"):
            await refuse_what_is_in_use(session)


async def test_the_desk_is_taken_and_a_note_waits_there(cast: Quick, story: Story) -> None:
    begun = await play(cast, "desk")
    await SCENES["desk"](Play(begun, "desk"))
    async with story.sessions() as session:
        shifts = await fetch(
            session,
            "SELECT p.username, s.closed_at IS NULL FROM desk_shift s JOIN person p ON p.id = s.person_id"
            " ORDER BY s.id",
        )
        notes = await fetch(session, "SELECT remarks FROM desk_note")
    assert [tuple(row) for row in shifts] == [("zhiban-2", False), ("zhiban-1", True)]
    assert [row[0][:4] for row in notes] == ["准东公路"]
