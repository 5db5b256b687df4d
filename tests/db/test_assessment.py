"""A month of the assessment in the database: claimed, objected to, frozen, signed by another hand, amended."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from app.database import Sessions, transaction
from app.engine import Engine
from models.assessment import AssessmentMonth, AssessmentPoint
from models.bulk import fetch
from models.enums import MonthState, OrderState, PointItem, PointRecord, PointState
from models.errors import AlreadyPending, Invalid, NotFound, SecondPersonNeeded, Unfinished, VersionConflict
from models.problem import Problem
from models.review import RectificationCandidate
from supervision.air.close import canonical, digest_of
from supervision.assessment import gathering, months, points
from supervision.assessment.claims import Proposed, Record
from supervision.assessment.sheet import sheet
from tests.factories import COUNTY, OTHER_COUNTY, World, make_world
from tests.fakes import START, FakeClock
from tests.levels import file

MARCH = date(2026, 3, 1)
FOUND = datetime(2026, 3, 10, 2, tzinfo=UTC)
NOW = datetime(2026, 3, 20, 2, tzinfo=UTC)
APRIL = datetime(2026, 4, 2, 2, tzinfo=UTC)
WHY = "经现场核实"


@pytest_asyncio.fixture
async def world(sessions: Sessions, tmp_path: Path) -> World:
    return await make_world(sessions, FakeClock(NOW), tmp_path)


def units(world: World) -> list[tuple[str, int]]:
    return [(code, world.grids[code].id) for code in (COUNTY, OTHER_COUNTY)]


async def problem(world: World, number: str, *, missed: bool = True, **over: Any) -> int:
    by = world.people["duty"].id
    said: dict[str, Any] = (
        {"missed": True, "missed_by": by, "missed_at": NOW, "missed_why": "应发现"} if missed else {}
    )
    async with transaction(world.sessions) as session:
        values: dict[str, Any] = {
            "grid_id": world.grids[COUNTY].id, "category": "dust", "title": "裸土未覆盖", "text": "…",
            "state": "pushed", "found_at": FOUND, "opened_by": by, "opened_at": FOUND,
        }  # fmt: skip
        row = Problem(number=number, **values | said | over)
        session.add(row)
        await session.flush()
        return row.id


async def claim(
    world: World, item: PointItem, ref: str, kind: PointRecord = PointRecord.DOCUMENT, *, by: str = "duty",
    month: date = MARCH, now: datetime = NOW, **over: Any,
) -> points.PointMoved:  # fmt: skip
    said = Proposed(item, COUNTY, Record(kind, ref), "现场检查发现", **over)
    async with transaction(world.sessions) as session:
        return await points.propose(
            session, month, said, grid_id=world.grids[COUNTY].id, by=world.people[by].id, now=now
        )


async def act(world: World, what: Any, point_id: int, by: str, now: datetime = NOW) -> points.PointMoved:
    async with transaction(world.sessions) as session:
        moved: points.PointMoved = await what(session, point_id, why=WHY, by=world.people[by].id, now=now)
        return moved


async def gather(world: World) -> list[points.PointMoved]:
    async with transaction(world.sessions) as session:
        return await points.gather(session, MARCH, gathering.OWN, units=dict(units(world)), now=NOW)


async def freeze(world: World, now: datetime = APRIL, why: str | None = None) -> months.MonthFrozen:
    async with transaction(world.sessions) as session:
        return await months.freeze(
            session, MARCH, units=units(world), by=world.people["duty"].id, now=now, why=why
        )


async def sign(world: World, digest: bytes, by: str = "leader") -> months.MonthSigned:
    async with transaction(world.sessions) as session:
        return await months.sign(session, MARCH, digest=digest, by=world.people[by].id, now=APRIL)


async def stored(world: World, state: MonthState) -> AssessmentMonth:
    async with world.sessions() as session:
        query = select(AssessmentMonth).where(AssessmentMonth.state == state.value)
        return (await session.scalars(query)).one()


async def test_what_the_service_knows_is_claimed_once(world: World) -> None:
    first = await problem(world, "WT-1")
    await problem(world, "WT-2", missed=False)
    await problem(world, "WT-3", state="merged", merged_into=first, ended_at=NOW)
    await problem(world, "WT-4", found_at=datetime(2026, 2, 28, 15, tzinfo=UTC))
    await problem(world, "WT-5", found_at=datetime(2026, 2, 28, 16, tzinfo=UTC), opened_at=FOUND)
    made = await gather(world)
    # In Beijing the fifth was found at midnight of the 1st of March.
    assert [one.record for one in made] == ["problem:WT-1", "problem:WT-5"]
    assert await gather(world) == []
    await act(world, points.withdraw, made[0].id, "duty")
    assert await gather(world) == []
    # A person may claim again what was withdrawn, and what was merged into a problem is that problem.
    again = await claim(world, PointItem.UNDISCOVERED, "WT-3", PointRecord.PROBLEM)
    with pytest.raises(AlreadyPending):
        await claim(world, PointItem.UNDISCOVERED, "WT-1", PointRecord.PROBLEM)
    with pytest.raises(AlreadyPending, match="2026-03 already"):
        await claim(world, PointItem.UNDISCOVERED, "WT-1", PointRecord.PROBLEM, month=date(2026, 2, 1))
    async with world.sessions() as session:
        row = await session.get(AssessmentPoint, again.id)
        assert row is not None
        assert (row.problem_id, row.article, row.state) == (first, "annex 2 art. 5(二)4", "proposed")


async def test_the_engine_claims_for_this_month_and_the_last_one_until_it_is_signed(world: World) -> None:
    await problem(world, "WT-1")
    world.clock.set(APRIL)
    engine = Engine(world.context, {})
    for _ in range(2):
        await engine.claim_points()
    async with world.sessions() as session:
        told = await fetch(
            session, "SELECT grid_id, actor_id, data FROM journal WHERE kind = 'assessment.proposed'"
        )
        (row,) = (await session.scalars(select(AssessmentPoint))).all()
    assert [(one[0], one[1]) for one in told] == [(world.grids[COUNTY].id, None)]
    assert (row.month, row.proposed_by, row.item) == (MARCH, None, "4")
    await act(world, points.withdraw, row.id, "duty", APRIL)
    await sign(world, (await freeze(world)).digest)
    await problem(world, "WT-2")
    await engine.claim_points()
    assert len((await stored(world, MonthState.SIGNED)).result["units"]) == 2
    async with world.sessions() as session:
        assert len((await session.scalars(select(AssessmentPoint))).all()) == 1


async def test_late_reports_and_sham_corrections_are_claimed_and_what_is_excused_is_not(world: World) -> None:
    world.clock.set(START)
    november, county = date(2026, 11, 1), world.grids[COUNTY].id
    for _ in range(2):
        await file(world)
    order = await world.order_in(OrderState.CLOSED)
    world.clock.advance(days=2)
    now, leader = world.clock.now(), world.people["leader"].id
    await Engine(world.context, {}).tick()
    async with transaction(world.sessions) as session:
        await fetch(
            session,
            "INSERT INTO sla_excuse (breach_id, ground, seconds, state, proposed_at, decided_at, decided_by, reason)"
            " SELECT max(id), 'other', 60, 'approved', $1, $1, $2, 'x' FROM sla_breach WHERE kind = 'triage'",
            now, leader,
        )  # fmt: skip
        for kind in ("incomplete", "sham"):
            session.add(
                RectificationCandidate(
                    order_id=order, grid_id=county, kind=kind, state="upheld", policy_version=1, raised_at=now,
                    decided_at=now, decided_by=leader, reason="复查发现裸土",
                )
            )  # fmt: skip
    async with transaction(world.sessions) as session:
        made = await points.gather(session, november, gathering.OWN, units=dict(units(world)), now=now)
    assert [(one.item, one.record) for one in made] == [
        (PointItem.NOT_HANDED_ON, "up_report:UP-2026-652301-000001"),
        (PointItem.NOT_CORRECTED, "order:2026-652301-000001"),
    ]
    assert made[1].why == "工单 2026-652301-000001 虚假整改：复查发现裸土"


async def test_a_record_that_there_is_none_of_is_refused(world: World) -> None:
    await problem(world, "WT-1", grid_id=world.grids[OTHER_COUNTY].id)
    world.clock.set(START)
    order = await world.order(OTHER_COUNTY)
    async with world.sessions() as session:
        ((number,),) = await fetch(session, "SELECT number FROM work_order WHERE id = $1", order)
    for kind, ref in (
        (PointRecord.PROBLEM, "WT-1"), (PointRecord.PROBLEM, "WT-9"), (PointRecord.ORDER, number),
        (PointRecord.UP_REPORT, "x"),
    ):  # fmt: skip
        with pytest.raises(Invalid) as refused:
            await claim(world, PointItem.NOT_CORRECTED, ref, kind)
        assert refused.value.extra["field"] == "ref"
    with pytest.raises(Invalid, match="not begun"):
        await claim(world, PointItem.NOT_CORRECTED, "x", month=date(2026, 4, 1))
    assert (await claim(world, PointItem.NOT_CORRECTED, "x")).state is PointState.PROPOSED


async def test_a_month_is_frozen_signed_and_amended(world: World) -> None:
    await problem(world, "WT-1")
    (found,) = await gather(world)
    shown = await claim(world, PointItem.PREFECTURE_EXPOSURE, "州电视台 3 月 11 日", problem="WT-1")
    worse = await claim(world, PointItem.REGION_EXPOSURE, "新疆日报 3 月 12 日", problem="WT-1")
    bonus = await claim(world, PointItem.BONUS, "主动发现报告", by="supervisor")
    await act(world, points.object_to, worse.id, "chief")
    with pytest.raises(Invalid, match="not over"):
        await freeze(world, NOW)
    with pytest.raises(Unfinished) as refused:
        await freeze(world)
    assert refused.value.extra["points"] == [worse.id, bonus.id]
    for who in ("duty", "chief"):
        with pytest.raises(SecondPersonNeeded):
            await act(world, points.uphold, worse.id, who)
    await act(world, points.uphold, worse.id, "leader")
    await act(world, points.uphold, bonus.id, "duty")
    first = await freeze(world)
    draft = await stored(world, MonthState.DRAFT)
    inputs = months.inputs_in(draft)
    # 30 of 70 for the graver exposure, 1 for the problem, 2 of bonus.
    assert [(one["code"], one["total"]) for one in draft.result["units"]] == [
        (COUNTY, "71"), (OTHER_COUNTY, "100"),
    ]  # fmt: skip
    assert canonical(sheet(inputs)) == canonical(draft.result)
    assert digest_of(inputs) == draft.inputs_digest == first.digest
    with pytest.raises(SecondPersonNeeded, match="does not sign"):
        await sign(world, first.digest, by="duty")
    with pytest.raises(VersionConflict):
        await sign(world, b"x" * 32)
    assert (await sign(world, first.digest)).replaced is None
    with pytest.raises(NotFound):
        await sign(world, first.digest)
    with pytest.raises(Invalid, match="for a reason"):
        await freeze(world)
    with pytest.raises(Invalid, match="nothing differs"):
        await freeze(world, why="复核")
    # What was upheld falls after all: another version, by the same two hands.
    await act(world, points.withdraw, worse.id, "leader", APRIL)
    second = await freeze(world, why="区级媒体更正")
    assert (second.version, (await stored(world, MonthState.SIGNED)).version) == (2, 1)
    signed = await sign(world, second.digest)
    assert (signed.replaced, signed.result["units"][0]["total"]) == (1, "81")
    assert (await stored(world, MonthState.SUPERSEDED)).version == 1
    async with world.sessions() as session:
        mine, _ = await months.year(session, 2026, units=units(world))
    assert (str(mine.mean), mine.failed_months, mine.failed) == ("81.00", (), None)
    assert {found.state, shown.state} == {PointState.PROPOSED}


CHANGES = (
    "UPDATE assessment_point SET text = 'x'",
    "UPDATE assessment_point SET state = 'upheld', upheld_by = $1, upheld_at = now(), upheld_why = 'x'",
    "UPDATE assessment_point SET state = 'withdrawn', withdrawn_by = $1, withdrawn_at = now(), withdrawn_why = 'x'",
    "DELETE FROM assessment_point",
    "UPDATE assessment_month SET result = '{}'",
    "UPDATE assessment_month SET state = 'draft', signed_by = NULL, signed_at = NULL",
    "DELETE FROM assessment_month",
    "INSERT INTO assessment_month (month, version, state, readings_version, inputs, inputs_digest, result,"
    " frozen_by, frozen_at, signed_by, signed_at)"
    " VALUES ('2026-02-01', 1, 'signed', 1, '', sha256(''), '{}', $1, now(), $1, now())",
)


async def test_the_database_keeps_points_and_months_as_they_were(world: World) -> None:
    made = await claim(world, PointItem.NOT_CORRECTED, "x")
    duty = world.people["duty"].id
    await sign(world, (await freeze(world, APRIL + timedelta(days=3))).digest)
    for change in CHANGES:
        with pytest.raises(DBAPIError):
            async with transaction(world.sessions) as session:
                await fetch(session, change, *([duty] if "$1" in change else []))
    async with world.sessions() as session:
        row = await session.get(AssessmentPoint, made.id)
        assert row is not None
        assert (row.state, row.text) == ("proposed", "现场检查发现")
