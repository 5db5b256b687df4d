"""An upgrade keeps every policy: the newest is in force; going back leaves what the older release can read."""

from sqlalchemy.ext.asyncio import AsyncEngine

from app import migrate
from app.database import make_sessions, transaction
from models.bulk import fetch
from sla import service as sla
from sla.policy import default_policy
from tests.fakes import START
from tests.unit.sla.test_deadlines import LIMITS

BEFORE = "f9886638e87a"
OLD = """
{"limits_s": {"acknowledge": 600, "feedback": 3600, "report": 7200, "review": 86400, "rework": 7200},
 "warn_fractions": [0.5, 0.75], "warn_before_s": 600,
 "ladders": {"feedback": [{"level": 1, "role": "supervisor", "fraction": 0.0}]}}
"""


async def test_the_newest_policy_of_the_release_before_is_the_one_in_force(engine: AsyncEngine) -> None:
    sessions = make_sessions(engine)
    await migrate.downgrade(engine, BEFORE)
    async with transaction(sessions) as session:
        for version in (1, 2):
            await fetch(
                session, "INSERT INTO sla_policy VALUES ($1, $2::jsonb, 'settings', $3)", version, OLD, START
            )
    await migrate.upgrade(engine)
    async with sessions() as session:
        rows = await fetch(session, "SELECT version, state, from_settings FROM sla_policy ORDER BY version")
        assert [tuple(row) for row in rows] == [(1, "retired", True), (2, "active", True)]
        assert (await sla.in_force(session)).version == 2
    async with transaction(sessions) as session:
        # What it says is not what the settings of this release say: they make the next.
        policy = await sla.ensure_policy(session, LIMITS, author="settings", now=START)
        assert policy == default_policy(3, LIMITS)


async def test_drafts_and_repeats_go_with_a_downgrade(engine: AsyncEngine) -> None:
    sessions = make_sessions(engine)
    async with transaction(sessions) as session:
        await sla.ensure_policy(session, LIMITS, author="settings", now=START)
        await fetch(
            session,
            "INSERT INTO sla_policy (version, state, body, author, created_at, parent_version)"
            " VALUES (2, 'draft', '{}', 'a', $1, 1)",
            START,
        )
    await migrate.downgrade(engine, BEFORE)
    async with sessions() as session:
        assert [row[0] for row in await fetch(session, "SELECT version FROM sla_policy")] == [1]
    await migrate.upgrade(engine)
    assert await migrate.drift(engine) == []
