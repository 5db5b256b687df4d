"""What the demonstration shows of supervision, over the real API: each page has something, and nothing comes twice."""

from dataclasses import replace

import pytest

from app.commands.demo_play import Play
from app.commands.demo_supervision import BOILER, SCENES, VILLAGE
from models.bulk import fetch
from tests.flow.test_demo_play import Quick, cast
from tests.timeline import Story

__all__ = ["cast"]

COUNTS = """
SELECT (SELECT count(*) FROM patrol_plan), (SELECT count(*) FROM patrol_visit), (SELECT count(*) FROM source_document),
       (SELECT count(*) FROM problem), (SELECT count(*) FROM patrol_summary)
"""


@pytest.fixture
async def played(cast: Quick) -> Quick:
    begun = replace(cast, begun=cast.clock.now())
    for name, scene in SCENES.items():
        await scene(Play(begun, name))
    return begun


async def test_patrols_show_what_is_covered_and_what_is_not(played: Quick, story: Story) -> None:
    said = await played.ask("cj-supervisor", "GET", "/patrols/places", params={"grid": VILLAGE})
    flaws = await played.ask("cj-supervisor", "GET", "/patrols/visits", params={"grid": VILLAGE})
    assert len(said["items"]) == 4
    assert sorted(str(one["flaw"]) for one in flaws["items"]) == ["None", "None", "far"]
    assert len((await played.ask("cj-supervisor", "GET", f"/sources/{BOILER}"))["documents"]) == 4


async def test_a_sweep_a_list_and_problems_stand_at_different_steps(played: Quick, story: Story) -> None:
    sweeps = await played.ask("cj-supervisor", "GET", "/sources/sweeps", params={"grid": "652301"})
    assert [(one["seen"], one["missing"] > 0) for one in sweeps["items"]] == [(1, True)]
    lists = await played.ask("cj-supervisor", "GET", "/sources/key-lists", params={"grid": "652301"})
    assert [one["state"] for one in lists["items"]] == ["draft"]
    problems = await played.ask("zhiban-1", "GET", "/supervision/problems")
    assert sorted(one["state"] for one in problems["items"]) == ["corrected", "open", "pushed"]


async def test_a_later_run_adds_nothing(played: Quick, story: Story) -> None:
    async with story.sessions() as session:
        before = await fetch(session, COUNTS)
    later = replace(played, begun=played.clock.now())
    for name, scene in SCENES.items():
        await scene(Play(later, name))
    async with story.sessions() as session:
        assert await fetch(session, COUNTS) == before
