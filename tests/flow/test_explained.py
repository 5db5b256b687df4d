"""An alert explains itself: what is stored with it when it opens, and served for ever after."""

import json
from dataclasses import replace
from datetime import UTC
from typing import Any

import pytest

from alerts import rulebook
from alerts.network.happening import Opened
from app.api.shapes import AlertShape
from app.database import transaction
from app.explain import explain
from app.views.alerts import list_alerts
from models.bulk import fetch
from models.enums import AlertKind, AlertScope, Severity
from models.registry import Source
from tests.factories import COUNTY, OTHER_COUNTY
from tests.timeline import Story

WIND = {"wind_speed": 3.0, "wind_direction": 315.0}
GRIDS = {"WZ-1": COUNTY, "WZ-2": OTHER_COUNTY}


async def measured(story: Story, station: str = "WZ-1", *, judged: bool = True, **values: float) -> None:
    """A reading with wind, now."""
    body = {"observed_at": story.world.clock.now().isoformat(), "values": values, "met": WIND}
    story.source.put(f"geshao/v1/{GRIDS[station]}/{station}/reading", json.dumps(body).encode())
    await story.consumer.run_once()
    if judged:
        await story.judge()


async def minutes(story: Story, start: str, count: int) -> None:
    """Both stations, a reading a minute, stirring as air does."""
    story.at(start)
    for n in range(count):
        stirred = round(35 * (1 + 0.005 * (n * 7 % 5 - 2)), 2)
        await measured(story, pm25=stirred, pm10=round(2 * stirred, 1))
        await measured(story, "WZ-2", pm25=stirred, pm10=round(2 * stirred, 1))
        story.world.clock.advance(minutes=1)


async def alerts(story: Story) -> list[dict[str, Any]]:
    scope = story.world.caller("duty").scope
    async with story.sessions() as session:
        return list((await list_alerts(session, scope=scope))["items"])


async def register(story: Story, *sources: tuple[str, str, float, float]) -> None:
    async with transaction(story.sessions) as session:
        for code, category, lon, lat in sources:
            grid_id = story.world.grids[COUNTY].id
            session.add(Source(code=code, name=code, grid_id=grid_id, lon=lon, lat=lat, category=category))


async def test_a_local_alert_has_its_values_flags_wind_and_likely_sources(story: Story) -> None:
    # 315° is north-west: one lies 1.1 km up the wind, one as far down it, one out of reach.
    await register(
        story,
        ("UP", "秸秆焚烧", 87.29, 44.007),
        ("DOWN", "秸秆焚烧", 87.31, 43.993),
        ("FAR", "秸秆焚烧", 87.2, 44.07),
    )
    await minutes(story, "08:00", 100)
    await measured(story, pm25=6000.0, pm10=70.0)
    flagged_at = story.world.clock.now()
    story.world.clock.advance(minutes=1)
    await minutes(story, "09:41", 30)
    for _ in range(6):
        await measured(story, pm25=400.0, pm10=520.0)
        await measured(story, "WZ-2", pm25=35.1, pm10=70.0)
        story.world.clock.advance(minutes=1)
    (alert,) = [one for one in await alerts(story) if one["scope"] == "local"]
    why = alert["why"]
    assert alert["rule_version"] == 1
    assert why["level"]["pm25"] > why["threshold"]["pm25"]
    assert why["near"] == ["WZ-2"]
    assert set(why["series"]) == {"WZ-1", "WZ-2"}
    own = why["series"]["WZ-1"]
    assert len(own["at"]) == len(own["pm25"]) <= 120
    assert own["at"] == sorted(own["at"])
    assert own["pm25"][-1] == 400.0
    (flag,) = [one for one in why["flags"]["WZ-1"] if one["level"] == 4]
    at = flagged_at.astimezone(UTC).isoformat()
    assert flag == {"at": at, "pollutant": "pm25", "level": 4, "test": "range", "rule_version": 1}
    assert why["upwind"]["wind"] == {
        "word": "steady", "speed": 3.0, "direction": 315, "spread": 0, "samples": 118,
    }  # fmt: skip
    first = why["upwind"]["sources"][0]
    assert [first[name] for name in ("code", "bearing", "grid", "category")] == [
        "UP",
        314,
        COUNTY,
        "秸秆焚烧",
    ]
    assert first["distance_m"] == pytest.approx(1115, abs=20)
    assert first["category_match"] > 0.7
    assert first["score"] == pytest.approx(
        first["parts"]["direction"] * first["parts"]["distance"] * first["parts"]["category"], abs=0.002
    )
    assert {"upwind", "category_fits"} <= set(first["reasons"])
    assert [source["code"] for source in why["upwind"]["sources"]] == ["UP"]
    AlertShape.model_validate(alert)


async def test_what_was_known_then_stays(story: Story) -> None:
    """Corrections, flags and registry of later change nothing of an alert's evidence."""
    await register(story, ("UP", "秸秆焚烧", 87.29, 44.007))
    await minutes(story, "08:00", 45)
    for _ in range(6):
        await measured(story, pm25=400.0, pm10=520.0)
        story.world.clock.advance(minutes=1)
    (before,) = await alerts(story)
    async with transaction(story.sessions) as session:
        await fetch(session, "UPDATE reading SET pm25 = 1")
        await fetch(session, "DELETE FROM reading_flag")
        await fetch(session, "DELETE FROM source")
    assert (await alerts(story))[0]["why"] == before["why"]
    assert before["why"]["upwind"]["sources"]


async def test_a_broken_instrument_shows_what_it_said_and_its_neighbours(story: Story) -> None:
    await minutes(story, "08:00", 15)
    await measured(story, pm25=35.1, pm10=9000.0)
    (alert,) = await alerts(story)
    why = alert["why"]
    assert (alert["kind"], alert["scope"], alert["order_id"]) == ("implausible", "instrument", None)
    assert why["near"] == ["WZ-2"]
    assert why["series"]["WZ-1"]["pm10"][-1] == 9000.0
    # The flag came in the same batch as the alert.
    assert why["flags"]["WZ-1"][-1]["test"] == "range"
    assert why["flags"]["WZ-1"][-1]["level"] == 4
    assert why["upwind"]["wind"]["word"] == "steady"
    assert why["upwind"]["sources"] == []


async def test_an_episode_shows_some_of_its_members(story: Story) -> None:
    """Also one that the detector names by stations this process does not know, and a silence that has no series."""
    await minutes(story, "08:00", 3)
    ids = [story.world.stations[code].id for code in ("WZ-2", "WZ-1")]
    at = story.world.clock.now().timestamp()
    opened = Opened(
        1, AlertKind.EPISODE, AlertScope.REGIONAL, Severity.NOTICE, ids[0], (*ids, 4711), ("pm10",), at - 3600, at,
        order=False, why={"shared_rise_log": 1.2},
    )  # fmt: skip
    silent = replace(
        opened, key=2, kind=AlertKind.NETWORK_SILENCE, scope=AlertScope.INSTRUMENT, why={"silent": 2}
    )
    async with transaction(story.sessions) as session:
        found = await explain(
            session, [opened, silent], stations=story.world.context.directory.stations_by_id, rule_version=1
        )
    assert isinstance(found[0], Opened)
    assert found[0].why["near"] == ["WZ-1"]
    assert set(found[0].why["series"]) == {"WZ-1", "WZ-2"}
    assert found[0].why["shared_rise_log"] == 1.2
    assert found[0].why["upwind"]["sources"] == []
    assert found[1] == silent


async def test_the_version_is_that_of_the_rules_that_judged(story: Story) -> None:
    """What waits in the stream when other rules come into force was judged by those before."""
    await minutes(story, "08:00", 15)
    await measured(story, judged=False, pm25=35.1, pm10=9000.0)
    story.world.clock.advance(minutes=1)
    async with transaction(story.sessions) as session:
        now = story.world.clock.now()
        body = (await rulebook.held(session, 1)).body
        version = await rulebook.draft(session, body, parent=1, note="", author="tests", now=now)
        assert await rulebook.back_tested(session, version, 1, now=now)
        await rulebook.activate(session, await rulebook.held(session, version), now=now)
    await story.judge()
    (alert,) = await alerts(story)
    assert alert["rule_version"] == 1
    assert {flag["rule_version"] for flag in alert["why"]["flags"]["WZ-1"]} == {1}
    async with story.sessions() as session:
        (row,) = await fetch(session, "SELECT rule_version FROM reading_flag WHERE level = 4")
    assert row[0] == 1
