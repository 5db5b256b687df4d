"""What the index of supervision says waits for whoever looks: a county's own, and the prefecture's."""

from datetime import date, timedelta
from typing import Any

import pytest_asyncio

from app.database import transaction
from app.views.supervision_waiting import waiting
from models.act import LadderProposal, SupervisoryAct
from models.assessment import AssessmentPoint
from models.issued import IssuedPaper
from models.problem import Problem
from models.public_report import PublicReport
from tests.api.browsing import Browser, visible
from tests.factories import COUNTY, OTHER_COUNTY, World

ROOT = "/supervision"


@pytest_asyncio.fixture(autouse=True)
async def furnished(world: World) -> None:
    now, by = world.clock.now(), world.people["duty"].id
    mine, other = world.grids[COUNTY].id, world.grids[OTHER_COUNTY].id
    day = date(2026, 10, 1)

    def problem(number: str, grid: int, state: str) -> Problem:
        return Problem(
            number=number, grid_id=grid, category="dust", title="裸土", text="裸土", state=state, found_at=now,
            opened_by=by, opened_at=now, due_at=now,
        )  # fmt: skip

    def point(ref: str, grid: int, **more: Any) -> AssessmentPoint:
        values = {
            "item": "1", "article": "附件2", "text": "…", "record_kind": "document", "state": "proposed",
            "proposed_by": by, "proposed_at": now, "object_until": now + timedelta(days=3),
        } | more  # fmt: skip
        return AssessmentPoint(grid_id=grid, month=day, record_ref=ref, **values)

    def report(number: str, grid: int | None) -> PublicReport:
        return PublicReport(
            number=number, tracking=number.encode().ljust(32), channel="web", state="received", category="dust",
            text="…", place="某处", grid_id=grid, received_at=now, moved_at=now, due_at=now,
        )  # fmt: skip

    objected = {
        "state": "objected", "objected_by": world.people["chief"].id, "objected_at": now, "objected_why": "不实",
    }  # fmt: skip
    async with transaction(world.sessions) as session:
        session.add_all(
            [
                problem("P-1", mine, "pushed"), problem("P-2", other, "pushed"), problem("P-3", mine, "corrected"),
                point("1", mine), point("2", mine, object_until=now), point("3", other),
                point("4", mine, **objected), point("5", mine, **objected | {"proposed_by": None}),
                report("R-1", mine), report("R-2", other), report("R-3", None),
                IssuedPaper(
                    kind="notice", grid_id=mine, period_from=day, period_to=day, state="draft", snapshot=b"{}",
                    digest=b"d" * 32, drafted_by=by, drafted_at=now,
                ),
                LadderProposal(
                    grid_id=mine, ladder="share", month=day, since=day, subject="", kind="notice", by="office",
                    in_public=False, article="正文四（一）", basis=b"{}", digest=b"d" * 32, proposed_at=now,
                ),
                SupervisoryAct(
                    grid_id=mine, kind="notice", by="office", in_public=False, article="正文三（九）",
                    ground="target_missed", document="1号", facts="…", period_from=day, period_to=day,
                    proposed_by=by, proposed_at=now, state="proposed",
                ),
            ]
        )  # fmt: skip


async def told(world: World, who: str) -> dict[str, int]:
    async with world.sessions() as session:
        found = await waiting(session, world.caller(who), world.context.directory, now=world.clock.now())
    return {path.removeprefix(f"{ROOT}/"): number for path, number in found.items()}


async def test_a_county_is_told_of_its_own_and_the_prefecture_of_what_it_decides(
    browser: Browser, world: World
) -> None:
    county = {"problems": 1, "public-reports": 1, "assessment": 1}
    assert await told(world, "chief") == county
    assert await told(world, "neighbour") == county
    # What they claimed themselves another person decides.
    assert await told(world, "duty") == {"problems": 1, "public-reports": 1, "assessment": 1, "papers": 1}
    assert await told(world, "leader") == {
        "public-reports": 1, "assessment": 2, "papers": 1, "ladders": 1, "acts": 1,
    }  # fmt: skip
    assert await told(world, "patroller") == await told(world, "viewer") == {}
    assert "2 项待办" in visible((await browser("leader").get(ROOT)).text)
    assert "1 项待办" in visible((await browser("chief").get(ROOT)).text)
    assert "项待办" not in visible((await browser("viewer").get(ROOT)).text)
