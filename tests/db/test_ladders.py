"""Ladders and acts in the database: proposed once, overtaken by another basis, signed by a chief alone."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from app.database import Sessions, transaction
from models.act import ActStepRow, LadderProposal, SupervisoryAct
from models.enums import ActBy, ActGround, ActKind, CaseState
from models.errors import ForbiddenTransition, Invalid, SecondPersonNeeded, Unfinished, VersionConflict
from supervision.acts import corrections, register
from supervision.ladders import proposals
from supervision.ladders.proposals import Overtaken, Proposed
from tests.factories import COUNTY, OTHER_COUNTY, World, make_world
from tests.fakes import FakeClock
from tests.ladders import missed, signed_month

NOW = datetime(2026, 12, 8, 2, tzinfo=UTC)
NOVEMBER = date(2026, 11, 1)
_CHIEF = "decided by a chief of the prefecture"
_BY_SQL = """
INSERT INTO supervisory_act (number, grid_id, kind, by, in_public, article, proposal_id, facts, period_from, period_to,
                             proposed_at, decided_by, decided_at, state)
SELECT 'ACT-1', grid_id, kind, by, in_public, article, id, '事实', since, since, proposed_at, :who, proposed_at,
       'signed'
  FROM ladder_proposal
"""


@pytest_asyncio.fixture
async def world(sessions: Sessions, tmp_path: Path) -> World:
    return await make_world(sessions, FakeClock(NOW), tmp_path)


async def problem(world: World, county: str, number: str, **over: Any) -> None:
    """A missed problem of November."""
    values = {"found_at": datetime(2026, 11, 10, 2, tzinfo=UTC)} | over
    await missed(world, county, number, **values)


async def month(world: World, last: str, *, month: date = NOVEMBER, version: int = 1) -> None:
    """A signed month in which one county was last."""
    await signed_month(world, last, month=month, version=version)


async def evaluate(world: World, month: date = NOVEMBER, **over: Any) -> list[Proposed | Overtaken]:
    async with transaction(world.sessions) as session:
        return await proposals.evaluate(session, month, now=NOW, **over)


async def rows(world: World) -> list[LadderProposal]:
    async with world.sessions() as session:
        return list((await session.scalars(select(LadderProposal).order_by(LadderProposal.id))).all())


async def sign(
    world: World, row: LadderProposal, *, by: str = "leader", now: datetime = NOW
) -> register.Signed:
    async with transaction(world.sessions) as session:
        return await proposals.sign(session, row.id, seen=row.digest.hex(), by=world.people[by].id, now=now)


async def test_a_month_is_proposed_once_and_another_basis_takes_its_place(world: World) -> None:
    await problem(world, COUNTY, "P-1")
    await problem(world, OTHER_COUNTY, "P-2")
    # None of these counts: of another month of Beijing, not missed, nobody said, the same as another, none at all.
    await problem(world, COUNTY, "P-3", found_at=datetime(2026, 10, 31, 15, 59, tzinfo=UTC))
    await problem(world, COUNTY, "P-4", missed=False)
    await problem(world, COUNTY, "P-5", missed=None, missed_by=None, missed_at=None, missed_why=None)
    await problem(world, COUNTY, "P-6", state="void", ended_at=NOW)
    await month(world, COUNTY)
    told = await evaluate(world)
    kinds = {(one.unit, one.ladder.value): one.kind.value for one in told if isinstance(one, Proposed)}
    assert kinds == {
        # October's problem makes it two months in a row for one of them.
        (COUNTY, "share"): "accountability", (OTHER_COUNTY, "share"): "interview", (COUNTY, "last_place"): "notice",
    }  # fmt: skip
    assert await evaluate(world) == []
    # The month is signed anew: another county is last, and nothing is prescribed for the first one.
    await month(world, OTHER_COUNTY, version=2)
    new, gone = await evaluate(world)
    assert isinstance(new, Proposed)
    assert isinstance(gone, Overtaken)
    assert (new.unit, gone.unit) == (OTHER_COUNTY, COUNTY)
    # A further problem changes both shares; the new proposals stand beside the old ones.
    await problem(world, COUNTY, "P-7")
    shares = await evaluate(world)
    assert [one.unit for one in shares] == [COUNTY, OTHER_COUNTY]
    stored = {row.id: row for row in await rows(world)}
    for one in shares:
        assert isinstance(one, Proposed)
        assert one.replaced is not None
        assert stored[one.replaced].overtaken_by == one.id
    with pytest.raises(ForbiddenTransition, match="no longer so"):
        await sign(world, stored[gone.id])


async def test_a_month_that_nobody_can_judge_yet_is_left_alone(world: World) -> None:
    await problem(world, COUNTY, "P-1")
    # A week after its end people still say what was missed.
    assert await evaluate(world, settling=timedelta(days=10)) == []
    with pytest.raises(Invalid) as refused:
        await evaluate(world, date(2027, 1, 1))
    assert refused.value.extra["field"] == "month"
    await problem(world, OTHER_COUNTY, "P-2", found_at=datetime(2026, 12, 2, tzinfo=UTC))
    assert await evaluate(world, date(2026, 12, 1)) == []
    async with world.sessions() as session:
        due = await proposals.due(session, now=NOW)
    assert due == [date(2026, 9, 1), date(2026, 10, 1), NOVEMBER, date(2026, 12, 1)]


async def test_falsified_data_is_a_notice_once_two_people_confirmed_it(world: World) -> None:
    fact = await world.sign("WZ-1", ago_h=40, lasted_h=20)
    assert fact is not None
    await world.decide(fact.case_id, CaseState.CONFIRMED)
    assert await evaluate(world, date(2026, 12, 1)) == []
    await world.second(fact.case_id)
    (told,) = await evaluate(world, date(2026, 12, 1))
    assert isinstance(told, Proposed)
    assert (told.unit, told.kind.value) == (COUNTY, "notice")
    (row,) = await rows(world)
    assert proposals.basis_of(row)["days"] == ["2026-12-06", "2026-12-07"]


@pytest.mark.parametrize("who", ["duty", "admin", "chief", "supervisor"])
async def test_there_is_no_way_to_a_signed_act_without_a_chief_of_the_prefecture(
    world: World, who: str
) -> None:
    await month(world, COUNTY)
    await evaluate(world)
    (row,) = await rows(world)
    by_hand = await entered(world)
    for who in ("admin", "chief", "both", "viewer"):
        person = world.people[who].id
        with pytest.raises(DBAPIError, match=_CHIEF):
            await sign(world, row, by=who)
        with pytest.raises(DBAPIError, match=_CHIEF):
            async with transaction(world.sessions) as session:
                await register.sign(session, by_hand, by=person, now=NOW)
        with pytest.raises(DBAPIError, match=_CHIEF):
            async with transaction(world.sessions) as session:
                await session.execute(text(_BY_SQL), {"who": person})
    # A chief whose duty has ended is none.
    async with transaction(world.sessions) as session:
        await session.execute(
            text("UPDATE duty SET valid_to = :at WHERE person_id = :who"),
            {"at": NOW, "who": world.people["leader"].id},
        )
    with pytest.raises(DBAPIError, match=_CHIEF):
        await sign(world, row)


async def entered(world: World, by: str = "duty", **over: Any) -> int:
    values: dict[str, Any] = {
        "grid": COUNTY, "kind": ActKind.INTERVIEW, "doer": ActBy.OFFICE, "in_public": False,
        "ground": ActGround.INSPECTION_SLOW, "facts": "整改进度滞后。", "document": None,
        "period": (date(2026, 11, 1), date(2026, 11, 30)),
    } | over  # fmt: skip
    async with transaction(world.sessions) as session:
        act = await register.propose(session, by=world.people[by].id, now=NOW, **values)
        return act.id


async def test_what_is_entered_by_hand_is_checked(world: World) -> None:
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"grid": "652300"}, "grid"),
        ({"kind": ActKind.NOTICE}, "document"),
        ({"kind": ActKind.NOTICE, "document": "函〔2026〕1号", "in_public": True}, "in_public"),
        ({"facts": " "}, "facts"),
        ({"facts": "甲" * 4001}, "facts"),
        ({"period": (date(2026, 11, 2), date(2026, 11, 1))}, "period_to"),
        ({"period": (date(2026, 11, 2), date(2026, 12, 9))}, "period_to"),
        ({"document": "甲" * 301}, "document"),
    ]
    for over, field in wrong:
        with pytest.raises(Invalid) as refused:
            await entered(world, **over)
        assert refused.value.extra["field"] == field


async def test_an_act_goes_its_way_and_no_other(world: World) -> None:
    people = {name: person.id for name, person in world.people.items()}
    duty, leader = people["duty"], people["leader"]
    own = await entered(world, by="leader")
    act = await entered(world)
    day = date(2026, 12, 8)
    async with transaction(world.sessions) as session:
        with pytest.raises(SecondPersonNeeded):
            await register.sign(session, own, by=leader, now=NOW)
        await register.decline(session, own, why="重复录入", by=leader, now=NOW)
        signed = await register.sign(session, act, by=leader, now=NOW)
        assert signed.number == "ACT-2026-0001"
        with pytest.raises(Unfinished, match="drafted"):
            await register.issue(session, act, seen=b"", by=leader, now=NOW)
        drafted = await register.draft(session, act, b"{}", by=duty, now=NOW)
        with pytest.raises(Unfinished, match="issued"):
            await hold(session, act, duty, held_on=day)
        paper = await session.scalar(text("SELECT digest FROM issued_paper"))
        with pytest.raises(SecondPersonNeeded):
            await register.issue(session, act, seen=paper, by=duty, now=NOW)
        issued = await register.issue(session, act, seen=paper, by=leader, now=NOW)
        assert (issued.number, issued.subject) == ("督办〔2026〕1号", "ACT-2026-0001")
        with pytest.raises(ForbiddenTransition):
            await register.draft(session, act, b"{}", by=duty, now=NOW)
        for wrong, field in (
            ({"held_on": date(2026, 12, 7)}, "held_on"),
            ({"held_on": date(2026, 12, 9)}, "held_on"),
            ({"held_on": day, "attended": " "}, "attended"),
            ({"held_on": day, "minutes": None}, "minutes"),
            ({"held_on": day, "follow_up_due": date(2026, 12, 7)}, "follow_up_due"),
            ({"held_on": day, "follow_up_due": date(2029, 12, 7)}, "follow_up_due"),
        ):
            with pytest.raises(Invalid) as refused:
                await hold(session, act, duty, **wrong)
            assert refused.value.extra["field"] == field
        await hold(session, act, duty, held_on=day)
        await register.object_to(session, act, said="已按期整改。", by=people["chief"], now=NOW)
        with pytest.raises(Unfinished, match="answered"):
            await register.complete(session, act, result="整改完成。", by=duty, now=NOW)
        await corrections.answer(session, act, said="已核实。", by=leader, now=NOW)
        await register.complete(session, act, result="整改完成。", by=duty, now=NOW)
        with pytest.raises(ForbiddenTransition):
            await register.withdraw(session, act, why="x", by=leader, now=NOW)
        assert drafted.state == "completed"
    async with world.sessions() as session:
        steps = (
            await session.scalars(select(ActStepRow).where(ActStepRow.act_id == act).order_by(ActStepRow.id))
        ).all()
    assert [row.step for row in steps] == [
        "propose",
        "sign",
        "draft",
        "issue",
        "hold",
        "object",
        "answer",
        "complete",
    ]


async def hold(session: Any, act: int, by: int, **over: Any) -> SupervisoryAct:
    said: dict[str, Any] = {
        "attended": "市长、分管副市长", "minutes": "纪要〔2026〕3号", "follow_up_due": date(2027, 1, 8),
    } | over  # fmt: skip
    return await register.hold(session, act, by=by, now=NOW, **said)


async def test_who_was_signed_against_is_not_called_to_account_twice_for_one_month(world: World) -> None:
    await month(world, COUNTY)
    await evaluate(world)
    (first,) = await rows(world)
    with pytest.raises(VersionConflict):
        async with transaction(world.sessions) as session:
            await proposals.sign(session, first.id, seen="00" * 32, by=world.people["leader"].id, now=NOW)
    signed = await sign(world, first)
    # The month before is signed late: its last place makes two in a row.
    await month(world, COUNTY, month=date(2026, 10, 1))
    (told,) = await evaluate(world)
    assert isinstance(told, Proposed)
    assert (told.kind.value, told.replaced) == ("interview", first.id)
    second = (await rows(world))[1]
    with pytest.raises(Unfinished, match=signed.number):
        await sign(world, second)
    async with transaction(world.sessions) as session:
        await register.withdraw(session, signed.id, why="依据已变更", by=world.people["leader"].id, now=NOW)
    assert (await sign(world, second)).number == "ACT-2026-0002"


async def test_what_was_signed_is_kept_by_the_database(world: World) -> None:
    await month(world, COUNTY)
    await evaluate(world)
    (row,) = await rows(world)
    await sign(world, row)
    for change in (
        "UPDATE supervisory_act SET facts = 'x'",
        "UPDATE supervisory_act SET number = 'ACT-9'",
        "UPDATE supervisory_act SET state = 'completed'",
        "DELETE FROM supervisory_act",
        "UPDATE supervisory_act_step SET said = '{}'",
        "DELETE FROM supervisory_act_step",
        "UPDATE ladder_proposal SET basis = ''",
        "UPDATE ladder_proposal SET state = 'open', decided_by = NULL, decided_at = NULL",
        "DELETE FROM ladder_proposal",
    ):
        with pytest.raises(DBAPIError, match="keeps what was written"):
            async with transaction(world.sessions) as session:
                await session.execute(text(change))


async def test_what_was_signed_stands_while_the_rung_is_the_same(world: World) -> None:
    await month(world, COUNTY)
    await evaluate(world)
    (first,) = await rows(world)
    act = await sign(world, first)
    # Signed anew, and the same county is last: nothing is prescribed beyond what was done.
    await month(world, COUNTY, version=2)
    assert await evaluate(world) == []
    (kept,) = await rows(world)
    assert (kept.id, kept.overtaken_at) == (first.id, None)
    # October makes it two months in a row: another rung stands beside it, and waits for the act's withdrawal.
    await month(world, COUNTY, month=date(2026, 10, 1))
    (told,) = await evaluate(world)
    assert isinstance(told, Proposed)
    assert (told.kind.value, told.replaced) == ("interview", first.id)
    second = next(row for row in await rows(world) if row.id == told.id)
    with pytest.raises(Unfinished):
        await sign(world, second)
    # Without October's last place it is the first rung again: that act still stands, nothing is proposed beside it.
    await month(world, OTHER_COUNTY, month=date(2026, 10, 1), version=2)
    (gone,) = await evaluate(world)
    assert isinstance(gone, Overtaken)
    assert gone.id == told.id
    assert await evaluate(world) == []
    async with transaction(world.sessions) as session:
        await register.withdraw(session, act.id, why="有误", by=world.people["leader"].id, now=NOW)
    (anew,) = await evaluate(world)
    assert isinstance(anew, Proposed)
    assert anew.kind.value == "notice"
