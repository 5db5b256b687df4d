"""A station has one open case; signs join it; a decision is made once; what was known does not come again."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy.exc import DBAPIError

from alerts.integrity import cases
from app.database import Sessions, transaction
from models.bulk import fetch
from models.enums import AlertKind, AlertScope, CaseState, SignKind
from models.errors import Forbidden, ForbiddenTransition, NotFound
from tests.factories import PREFECTURE, World, make_world
from tests.fakes import FakeClock


@pytest_asyncio.fixture
async def world(sessions: Sessions, clock: FakeClock, tmp_path: Path) -> World:
    return await make_world(sessions, clock, tmp_path)


async def rows(world: World, sql: str) -> list[tuple[Any, ...]]:
    async with world.sessions() as session:
        return [tuple(row) for row in await fetch(session, sql)]


async def states(world: World) -> list[tuple[Any, ...]]:
    """Station, state, kinds of the signs."""
    return await rows(
        world,
        "SELECT s.code, c.state, array_agg(i.kind::text ORDER BY i.id) FROM integrity_case c"
        " JOIN station s ON s.id = c.station_id JOIN integrity_sign i ON i.case_id = c.id GROUP BY s.code, c.id"
        " ORDER BY c.id",
    )


async def test_signs_of_a_station_join_its_open_case(world: World) -> None:
    first = await world.sign(kind=SignKind.MUFFLED)
    second = await world.sign(kind=SignKind.CUT)
    other = await world.sign("WZ-2", SignKind.CUT)
    assert first is not None
    assert second is not None
    assert other is not None
    assert (first.opened, second.opened, other.opened) == (True, False, True)
    assert first.case_id == second.case_id != other.case_id
    assert await states(world) == [("WZ-1", "open", ["muffled", "cut"]), ("WZ-2", "open", ["cut"])]


async def test_what_was_seen_is_not_seen_again(world: World) -> None:
    await world.sign(ago_h=12, lasted_h=6)
    assert await world.sign(ago_h=12, lasted_h=6) is None
    assert await world.sign(ago_h=8, lasted_h=8) is None
    assert await world.sign(ago_h=5, lasted_h=2) is not None
    assert await states(world) == [("WZ-1", "open", ["muffled", "muffled"])]


async def test_a_decided_case_stays_and_new_evidence_opens_another(world: World) -> None:
    first = await world.sign(ago_h=12, lasted_h=6)
    assert first is not None
    await world.decide(first.case_id, CaseState.DISMISSED)
    # It began before the decision: the same condition, whoever sees it again.
    assert await world.sign(ago_h=1, lasted_h=0.5) is None
    world.clock.advance(timedelta(hours=5))
    again = await world.sign(ago_h=2, lasted_h=1)
    assert again is not None
    assert again.opened
    # Another kind was not decided upon.
    assert await world.sign(kind=SignKind.CHANGED, ago_h=30) is not None
    assert await states(world) == [
        ("WZ-1", "dismissed", ["muffled"]), ("WZ-1", "open", ["muffled", "changed"]),
    ]  # fmt: skip


async def test_two_who_decide_at_once_decide_once(world: World) -> None:
    fact = await world.sign()
    assert fact is not None
    done = await asyncio.gather(
        world.decide(fact.case_id, CaseState.CONFIRMED),
        world.decide(fact.case_id, CaseState.DISMISSED, by="leader"),
        world.decide(fact.case_id, CaseState.DISMISSED, by="both"),
        return_exceptions=True,
    )
    refused = [one for one in done if isinstance(one, ForbiddenTransition)]
    assert (len(refused), done.count(None)) == (2, 1)
    assert len(await rows(world, "SELECT id FROM journal WHERE kind = 'integrity.decided'")) == 1


async def test_many_who_see_at_once_open_one_case(world: World) -> None:
    kinds = [SignKind.MUFFLED, SignKind.CUT, SignKind.CHANGED, SignKind.MOVED] * 2
    facts = await asyncio.gather(*(world.sign(kind=kind) for kind in kinds))
    told = [fact for fact in facts if fact is not None]
    assert len(told) == 4
    assert [fact.opened for fact in told].count(True) == 1
    assert len({fact.case_id for fact in told}) == 1


async def test_a_sign_that_meets_a_decision_opens_another_case_or_was_decided_with_it(world: World) -> None:
    fact = await world.sign(kind=SignKind.CUT)
    assert fact is not None
    _, late = await asyncio.gather(
        world.decide(fact.case_id, CaseState.CONFIRMED), world.sign(kind=SignKind.MOVED)
    )
    assert late is not None
    found = await states(world)
    assert found in (
        [("WZ-1", "confirmed", ["cut", "moved"])],
        [("WZ-1", "confirmed", ["cut"]), ("WZ-1", "open", ["moved"])],
    )


async def test_evidence_is_never_changed(world: World) -> None:
    await world.sign()
    for sql in ("UPDATE integrity_sign SET kind = 'cut'", "DELETE FROM integrity_sign"):
        with pytest.raises(DBAPIError, match="never changed"):
            async with transaction(world.sessions) as session:
                await fetch(session, sql)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE integrity_case SET state = 'confirmed'",
        "UPDATE integrity_case SET decided_at = now()",
        "UPDATE integrity_case SET state = 'open ', decided_at = now()",
        "UPDATE integrity_case SET seconded_at = now(), seconded_by = (SELECT min(id) FROM person)",
        "INSERT INTO integrity_case (station_id, grid_id, opened_at)"
        " SELECT station_id, grid_id, now() FROM integrity_case",
    ],
)
async def test_the_database_refuses_half_a_decision_and_a_second_open_case(world: World, sql: str) -> None:
    await world.sign()
    with pytest.raises(DBAPIError):
        async with transaction(world.sessions) as session:
            await fetch(session, sql)


async def test_the_second_is_another_person(world: World) -> None:
    fact = await world.sign()
    assert fact is not None
    await world.decide(fact.case_id, CaseState.CONFIRMED)
    with pytest.raises(DBAPIError, match="seconded"):
        async with transaction(world.sessions) as session:
            await fetch(session, "UPDATE integrity_case SET seconded_at = now(), seconded_by = decided_by")
    async with transaction(world.sessions) as session:
        leader = world.people["leader"].id
        await fetch(session, "UPDATE integrity_case SET seconded_at = now(), seconded_by = $1", leader)


async def test_the_feed_tells_the_prefecture_and_nobody_else(world: World) -> None:
    fact = await world.sign()
    assert fact is not None
    await world.sign(kind=SignKind.CUT)
    await world.decide(fact.case_id, CaseState.CONFIRMED)
    found = await rows(world, "SELECT kind, grid_id, actor_id, data FROM journal ORDER BY id")
    assert [row[0] for row in found] == ["integrity.opened", "integrity.signed", "integrity.decided"]
    assert {row[1] for row in found} == {world.grids[PREFECTURE].id}
    assert [row[2] for row in found] == [None, None, world.people["duty"].id]
    assert found[0][3]["evidence_sha256"] == fact.digest
    assert found[2][3]["signs"] == ["cut", "muffled"]
    assert not world.caller("supervisor").scope.sees(found[0][1])
    assert await rows(world, "SELECT id FROM outbox") == []
    metrics = world.context.metrics.render().decode()
    assert "geshao_integrity_cases_total 1.0" in metrics
    assert 'geshao_integrity_signs_total{kind="cut"} 1.0' in metrics


async def test_alerts_of_the_span_belong_to_the_evidence(world: World) -> None:
    now = world.clock.now()
    common = {
        "scope": AlertScope.INSTRUMENT.value,
        "started_at": now - timedelta(hours=10),
        "pollutant": "pm25",
    }
    wanted = await world.alert("WZ-1", kind=AlertKind.ATTENUATED.value, **common)
    await world.alert("WZ-1", kind=AlertKind.NOISE.value, **common)
    await world.alert("WZ-2", kind=AlertKind.ATTENUATED.value, **common)
    await world.sign()
    assert await rows(world, "SELECT alert_ids FROM integrity_sign") == [([wanted],)]


async def test_no_such_case(world: World) -> None:
    async with world.sessions() as session:
        with pytest.raises(NotFound):
            await cases.find(session, 1)


async def test_a_confirmed_case_is_seconded_once_and_by_somebody_else(world: World) -> None:
    fact = await world.sign()
    assert fact is not None
    with pytest.raises(ForbiddenTransition, match="open"):
        await world.second(fact.case_id)
    await world.decide(fact.case_id, CaseState.CONFIRMED)
    with pytest.raises(Forbidden, match="does not second"):
        await world.second(fact.case_id, by="duty")
    done = await asyncio.gather(
        world.second(fact.case_id), world.second(fact.case_id, by="both"), return_exceptions=True
    )
    assert done.count(None) == 1
    assert [type(one) for one in done if one is not None] == [ForbiddenTransition]
    assert len(await rows(world, "SELECT id FROM journal WHERE kind = 'integrity.seconded'")) == 1
    seconds = await rows(
        world, "SELECT seconded_by IS NOT NULL AND seconded_by <> decided_by FROM integrity_case"
    )
    assert [row[0] for row in seconds] == [True]


async def test_a_dismissed_case_is_not_seconded(world: World) -> None:
    fact = await world.sign()
    assert fact is not None
    await world.decide(fact.case_id, CaseState.DISMISSED)
    with pytest.raises(ForbiddenTransition, match="dismissed"):
        await world.second(fact.case_id)
