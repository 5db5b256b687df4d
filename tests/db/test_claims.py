"""What other duties know becomes points and proposals: corrections that did not hold, gaps, checks, failed months."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest_asyncio
from sqlalchemy import select

from app.database import Sessions, transaction
from app.flows import assessment, ladders
from models.act import LadderProposal
from models.assessment import AssessmentPoint
from models.enums import PublicReportChannel
from models.problem import Problem
from models.problem_act import ProblemCheck, ProblemStep
from supervision.public_reports import reports, steps
from supervision.public_reports.identity import Keyring, Reporter
from supervision.public_reports.policy import DEFAULT
from supervision.public_reports.reports import Filing
from supervision.public_reports.routing import Spot
from tests.factories import COUNTY, TOWNSHIP, World, make_world
from tests.fakes import FakeClock

NOW = datetime(2026, 3, 20, 2, tzinfo=UTC)
MARCH, FEBRUARY = date(2026, 3, 1), date(2026, 2, 1)


@pytest_asyncio.fixture
async def world(sessions: Sessions, tmp_path: Path) -> World:
    return await make_world(sessions, FakeClock(NOW), tmp_path)


async def problem(world: World, number: str) -> int:
    found, duty = NOW - timedelta(days=12), world.people["duty"].id
    async with transaction(world.sessions) as session:
        row = Problem(
            number=number, grid_id=world.grids[COUNTY].id, category="dust", title="裸土未覆盖", text="裸土未覆盖",
            state="pushed", found_at=found, opened_by=duty, opened_at=found, due_at=NOW - timedelta(days=5),
        )  # fmt: skip
        session.add(row)
        await session.flush()
        return row.id


async def points(world: World) -> list[tuple[str, str, str, str]]:
    async with world.sessions() as session:
        rows = await session.scalars(select(AssessmentPoint).order_by(AssessmentPoint.id))
        return [(row.item, row.record_kind, row.record_ref, row.text) for row in rows]


async def test_a_correction_that_did_not_hold_is_claimed_by_the_engine_once(world: World) -> None:
    id_ = await problem(world, "WT-1")
    async with transaction(world.sessions) as session:
        session.add(
            ProblemStep(
                problem_id=id_, step=1, act="return", state="pushed", said="仅覆盖一半", due_at=NOW,
                person_id=world.people["duty"].id, acted_at=NOW - timedelta(days=1),
            )
        )  # fmt: skip
    for wanted in (1, 0):
        async with transaction(world.sessions) as session:
            assert await assessment.gather_due(session, context=world.context) == wanted
    assert await points(world) == [("6", "problem", "WT-1", "问题 WT-1 整改不彻底：裸土未覆盖；仅覆盖一半")]


async def test_gaps_and_what_is_reported_again_and_again_are_claimed_when_somebody_asks(world: World) -> None:
    head = None
    for number in range(3):
        filing = Filing(
            "dust", f"扬尘{number}", Spot(words="北京南路"), PublicReportChannel.WEB, f"track-{number}", ()
        )
        async with transaction(world.sessions) as session:
            row, _ = await reports.file(
                session, filing, grid_id=world.grids[COUNTY].id, policy=DEFAULT, reporter=Reporter(),
                mark=bytes([number]) * 32, keyring=Keyring({"k": b"x" * 32}), now=NOW - timedelta(days=3 - number),
            )  # fmt: skip
            if head is None:
                head = row.id
            else:
                await steps.merge(session, row.id, head, why=None, by=world.people["duty"].id, now=NOW)
    duty = world.caller("duty")
    async with transaction(world.sessions) as session:
        assert await assessment.gather(session, FEBRUARY, caller=duty, context=world.context) == []
    async with transaction(world.sessions) as session:
        made = await assessment.gather(session, MARCH, caller=duty, context=world.context)
    assert made
    said = await points(world)
    # The township has no sub-chief of the county: a veto item, with what is missing in it.
    covered = [one for one in said if one[:2] == ("2", "registry") and COUNTY in one[2]]
    assert len(covered) == 1
    assert world.grids[TOWNSHIP].name in covered[0][3]
    again = [one for one in said if one[0] == "fail"]
    assert len(again) == 1
    assert "3 人举报" in again[0][3]
    assert "待查证属实" in again[0][3]


async def test_checks_of_what_is_not_corrected_come_to_the_ladders(world: World) -> None:
    id_ = await problem(world, "WT-1")
    async with transaction(world.sessions) as session:
        for number, (week, measure) in enumerate(
            ((date(2026, 3, 9), "criticism"), (date(2026, 3, 16), "interview_deputy")), 1
        ):
            session.add(
                ProblemCheck(
                    problem_id=id_, number=number, week=week, measure=measure, due_at=NOW - timedelta(days=5),
                    finding="仍未整改", checked_by=world.people["duty"].id,
                    checked_at=datetime(week.year, week.month, week.day, 3, tzinfo=UTC),
                )
            )  # fmt: skip
    for _ in range(2):
        async with transaction(world.sessions) as session:
            await ladders.evaluate(
                world.context.pipeline, session, MARCH, caller=None, clock=world.context.clock
            )
    async with world.sessions() as session:
        rows = list(await session.scalars(select(LadderProposal).order_by(LadderProposal.subject)))
    assert [(row.ladder, row.subject, row.kind, row.by) for row in rows] == [
        ("uncorrected", "WT-1 1", "notice", "office"),
        ("uncorrected", "WT-1 2", "interview", "deputy_leader"),
    ]
