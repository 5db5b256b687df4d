"""What the demonstration shows of supervision, over the real API: each page has something, and nothing comes twice."""

from dataclasses import replace

import pytest

from app.commands.demo_months import SCENES as MONTHS
from app.commands.demo_stage import Play
from app.commands.demo_supervision import BOILER, SCENES, VILLAGE
from models.bulk import fetch
from tests.flow.test_demo_play import Quick, cast
from tests.timeline import Story

__all__ = ["cast"]

COUNTS = """
SELECT (SELECT count(*) FROM patrol_plan), (SELECT count(*) FROM patrol_visit), (SELECT count(*) FROM source_document),
       (SELECT count(*) FROM patrol_summary)
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
    (report,) = [one["report_id"] for one in flaws["items"] if one["found"] == "problem"]
    assert (await played.ask("nb-1", "GET", f"/up-reports/{report}"))["state"] == "solved"
    assert len((await played.ask("cj-supervisor", "GET", f"/sources/{BOILER}"))["documents"]) == 4


async def test_a_sweep_and_a_list_are_under_way(played: Quick, story: Story) -> None:
    sweeps = await played.ask("cj-supervisor", "GET", "/sources/sweeps", params={"grid": "652301"})
    assert [(one["seen"], one["missing"] > 0) for one in sweeps["items"]] == [(1, True)]
    lists = await played.ask("cj-supervisor", "GET", "/sources/key-lists", params={"grid": "652301"})
    assert [one["state"] for one in lists["items"]] == ["draft"]


async def test_a_later_run_adds_nothing(played: Quick, story: Story) -> None:
    async with story.sessions() as session:
        before = await fetch(session, COUNTS)
    later = replace(played, begun=played.clock.now())
    for name, scene in SCENES.items():
        await scene(Play(later, name))
    async with story.sessions() as session:
        assert await fetch(session, COUNTS) == before


async def test_months_problems_and_papers_have_something_to_show(cast: Quick, story: Story) -> None:
    tables = (
        "air_month", "air_published", "air_day", "air_target", "problem", "assessment_point", "staff_list",
        "exposed_case", "public_report", "issued_paper", "ladder_proposal",
    )  # fmt: skip
    seen = []
    for _ in range(2):
        # A later start finds done what was done.
        begun = replace(cast, begun=cast.clock.now())
        for name, scene in MONTHS.items():
            await scene(Play(begun, name))
        async with story.sessions() as session:
            seen.append({one: (await fetch(session, f"SELECT count(*) FROM {one}"))[0][0] for one in tables})
    assert seen[0] == seen[1]
    assert all(seen[0].values()), seen[0]
    async with story.sessions() as session:
        months = await fetch(session, "SELECT state FROM air_month ORDER BY month")
        problems = await fetch(session, "SELECT state FROM problem ORDER BY id")
        cases = await fetch(session, "SELECT state FROM exposed_case")
        reports = await fetch(session, "SELECT state FROM public_report ORDER BY id")
    assert [row[0] for row in months] == ["signed", "draft"]
    assert [row[0] for row in problems] == ["cleared", "corrected", "pushed", "open"]
    assert [row[0] for row in cases] == ["bureau"]
    assert [row[0] for row in reports] == ["accepted", "received"]
