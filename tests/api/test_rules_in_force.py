"""What is put in force over HTTP is what the running detector judges by, without a restart."""

import json
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from alerts.network.rules import WHOLE_NETWORK
from alerts.ruleset import DEFAULT_RULES
from app.detection.duty import Duty, Pace
from app.detection.progress import Progress
from app.detection.situation import PresentSituation
from models.bulk import fetch
from models.clock import BEIJING
from tests.api.conftest import Client
from tests.api.test_rules import pass_backtest
from tests.factories import COUNTY, OTHER_COUNTY, TOWNSHIP, World, make_station
from tests.rulebodies import knob, patch, patch_at, turned, value_at
from tests.timeline import Story

KEEN = {
    "network": {
        "fine": {
            "z": 2.5, "tail": 0.5, "log_ratio": 0.15, "log_long": 0.1, "floors": {"pm25": 3},
            "sigma_floors": {"pm25": 0.03},
        }
    }
}  # fmt: skip


class Running:
    """The service's consumer at work on a story's stream."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.story = Story(world)
        context = world.context
        situation = PresentSituation(
            context.directory, context.clock, silent_after=context.settings.engine.offline_after
        )
        self.duty = Duty(
            self.story.detection, context.sessions, situation, clock=context.clock,
            progress=Progress(context.metrics, context.clock), pace=Pace(checkpoint=timedelta(days=9)),
        )  # fmt: skip

    async def rounds(self) -> None:
        while await self.duty.round():
            pass

    async def woken(self) -> None:
        """As by the notification that a commit sends."""
        self.duty.situation_changed()
        await self.rounds()

    async def minutes(self, count: int, **pm25: float) -> None:
        """A reading a minute of both stations."""
        for n in range(count):
            for station, grid in (("WZ-1", COUNTY), ("WZ-2", OTHER_COUNTY)):
                level = pm25.get(station.replace("-", ""), 30.0) * (1 + 0.005 * (n * 7 % 5 - 2))
                await self.story.publish(pm25=round(level, 2), station=station, grid=grid)
            self.world.clock.advance(minutes=1)
            await self.rounds()

    async def rules_told(self) -> list[dict[str, Any]]:
        """The rules that the stream has told the detector, oldest first; no checkpoint has let go of any."""
        async with self.world.sessions() as session:
            rows = await fetch(
                session,
                "SELECT convert_from(body, 'utf8') FROM detection_inbox WHERE kind = 'control' ORDER BY seq",
            )
        controls = [json.loads(row[0]) for row in rows]
        return [one["payload"] for one in controls if one["kind"] == "rules"]


@pytest.fixture
def running(world: World) -> Running:
    return Running(world)


async def put_in_force(admin: httpx.AsyncClient, world: World, body: dict[str, Any]) -> int:
    made = await admin.post("/rules", json={"patch": body, "note": "试行"})
    assert made.status_code == 201, made.text
    version = int(made.json()["version"])
    await pass_backtest(world, version)
    assert (await admin.post(f"/rules/{version}/activate")).status_code == 200
    return version


async def risen(client: Client) -> list[tuple[Any, ...]]:
    """Station, version and layers of what opened for a rise, oldest first."""
    items = (await client("duty").get("/alerts")).json()["items"]
    return [
        (one["station"], one["rule_version"], one["why"].get("rules"))
        for one in reversed(items)
        if one["kind"] in ("sudden_rise", "above_neighbours")
    ]


async def test_an_override_changes_what_opens_where_it_holds(
    client: Client, world: World, running: Running
) -> None:
    await running.rounds()
    await running.minutes(60)
    # Too little for the rules of all.
    await running.minutes(7, WZ1=40.0)
    await running.minutes(25)
    assert await risen(client) == []
    version = await put_in_force(client("admin"), world, {"overrides": {"grids": {COUNTY: KEEN}}})
    await running.woken()
    await running.minutes(10)
    await running.minutes(7, WZ2=40.0)
    await running.minutes(25)
    assert await risen(client) == []
    await running.minutes(7, WZ1=40.0)
    assert await risen(client) == [("WZ-1", version, [f"grid {COUNTY}"])]


async def test_a_response_reaches_it_and_goes_again(client: Client, world: World, running: Running) -> None:
    await running.rounds()
    await put_in_force(client("admin"), world, {"schedules": {"response": {"orange": patch(1)}}})
    await running.woken()
    for level in ("orange", "none"):
        answer = await client("duty").post("/rules/response", json={"level": level, "reason": "橙色预警"})
        assert answer.status_code in (200, 201), answer.text
        await running.woken()
    told = await running.rules_told()
    assert [one["layers"] for one in told] == [[], ["response orange"], []]
    plain = value_at(DEFAULT_RULES, knob())
    assert [value_at(one["body"], knob()) for one in told] == [plain, turned(1), plain]


async def test_a_season_reaches_it_at_midnight_in_beijing(
    client: Client, world: World, running: Running
) -> None:
    today = world.clock.now().astimezone(BEIJING)
    tomorrow = f"{today + timedelta(days=1):%m-%d}"
    season = {"from": tomorrow, "to": tomorrow, "patch": patch(1)}
    await running.rounds()
    await put_in_force(client("admin"), world, {"schedules": {"seasons": {"trial": season}}})
    await running.woken()
    midnight = datetime(today.year, today.month, today.day, tzinfo=BEIJING) + timedelta(days=1)
    for instant in (
        midnight - timedelta(seconds=7),
        midnight,
        midnight + timedelta(hours=9),
        midnight + timedelta(days=1),
    ):
        world.clock.set(instant)
        await running.rounds()
    assert [one["layers"] for one in await running.rules_told()] == [[], ["season trial"], []]


async def test_each_station_is_told_what_lies_over_its_grids(
    client: Client, world: World, running: Running
) -> None:
    await running.rounds()
    overrides = {"grids": {TOWNSHIP: patch(2), "652300": patch(1)}, "stations": {"WZ-2": patch(3)}}
    await put_in_force(client("admin"), world, {"overrides": overrides})
    async with world.sessions() as session, session.begin():
        below = await make_station(session, "WZ-3", world.grids[TOWNSHIP])
        number = below.id
    # The registry was loaded and this process has not read it yet.
    await running.woken()
    (told,) = await running.rules_told()
    assert told["own"] == [
        [["grid 652300"], [world.stations["WZ-1"].id]],
        [["grid 652300", f"grid {TOWNSHIP}"], [number]],
        [["grid 652300", "station WZ-2"], [world.stations["WZ-2"].id]],
    ]
    assert set(told["patches"]) == {"grid 652300", f"grid {TOWNSHIP}", "station WZ-2"}


async def test_what_holds_for_all_is_refused_for_one(client: Client) -> None:
    path = ("network", *WHOLE_NETWORK[0])
    over = patch_at(path, value_at(DEFAULT_RULES, path))
    answer = await client("admin").post(
        "/rules", json={"patch": {"overrides": {"stations": {"WZ-1": over}}}, "note": "x"}
    )
    assert answer.status_code == 422
    assert (
        "rules.overrides.stations.WZ-1.network.fine.step_s: holds for the whole network"
        in answer.json()["detail"]
    )
