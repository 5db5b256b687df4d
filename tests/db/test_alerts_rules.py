"""The rule sets in the database."""

import asyncio
import copy
from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select, text

from alerts.ruleset import DEFAULT_RULES, parse_rules
from alerts.service import Detection, active_rules, ensure_default_rules
from app.database import Sessions, transaction
from models.alert import RuleSetRow
from models.enums import RuleSetState
from models.errors import Invalid, NotFound
from models.facts import AlertOpened
from tests.db.alerts_world import MAX_ORDER_AGE, World
from tests.fakes import START
from tests.unit.alerts.streams import series


async def ensure(sessions: Sessions) -> None:
    async with transaction(sessions) as session:
        await ensure_default_rules(session, now=START)


async def test_none_active_is_said(sessions: Sessions) -> None:
    async with sessions() as session:
        with pytest.raises(NotFound, match="no rule set is active"):
            await active_rules(session)


async def test_two_starts_at_once_leave_one_default(sessions: Sessions) -> None:
    await asyncio.gather(*(ensure(sessions) for _ in range(4)))
    await ensure(sessions)
    async with sessions() as session:
        assert await session.scalar(select(func.count()).select_from(RuleSetRow)) == 1
        row = (await session.scalars(select(RuleSetRow))).one()
        assert (row.version, row.state, row.created_at, row.activated_at) == (1, "active", START, START)
        assert await active_rules(session) == parse_rules(DEFAULT_RULES)


async def test_a_database_with_rules_keeps_them(sessions: Sessions) -> None:
    async with transaction(sessions) as session:
        await session.execute(
            insert(RuleSetRow).values(
                version=4,
                state=RuleSetState.RETIRED.value,
                body=DEFAULT_RULES,
                author="somebody",
                created_at=START,
            )
        )
    await ensure(sessions)
    async with sessions() as session:
        assert await session.scalar(select(func.count()).select_from(RuleSetRow)) == 1


async def test_stored_rules_that_cannot_be_are_named(sessions: Sessions) -> None:
    await ensure(sessions)
    async with transaction(sessions) as session:
        await session.execute(text("UPDATE rule_set SET body = body - 'offline'"))
        with pytest.raises(Invalid, match=r"rules\.offline: is missing"):
            await active_rules(session)


async def test_a_reload_takes_the_new_version_and_its_limits(sessions: Sessions) -> None:
    world = await World(sessions).begin()
    station, detection = await world.station(3600), Detection(max_order_age=MAX_ORDER_AGE)
    await world.arrive(detection, station, series([50.0] * 4, step_s=3600))
    strict = copy.deepcopy(DEFAULT_RULES)
    strict["exceedance_hour"]["thresholds"]["pm25"] = {"notice": 40, "serious": 400, "critical": 500}
    async with transaction(sessions) as session:
        await session.execute(text("UPDATE rule_set SET state = 'retired', retired_at = now()"))
        await session.execute(
            insert(RuleSetRow).values(
                version=2,
                state=RuleSetState.ACTIVE.value,
                body=strict,
                author="somebody",
                created_at=START,
                activated_at=START,
            )
        )
    # Until it is told to, this process goes on with what it has.
    fifth = series([50.0], start=START + timedelta(hours=4))
    assert await world.arrive(detection, station, fifth) == []
    async with sessions() as session:
        await detection.reload(session)
    (fact,) = await world.arrive(detection, station, series([50.0], start=START + timedelta(hours=5)))
    assert isinstance(fact, AlertOpened)
    (alert,) = await world.alerts(station)
    assert (alert.rule_version, alert.why["rule_version"], alert.why["threshold"]) == (2, 2, 40.0)
