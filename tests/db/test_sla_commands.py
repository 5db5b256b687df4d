"""`geshao sla` over a database with a past: what is in force, and what another policy would have made of it."""

import json
from datetime import timedelta
from pathlib import Path

from app.database import Sessions, transaction
from dispatch.commands import GiveFeedback
from models.clock import SystemClock
from tests.db.test_commands import geshao
from tests.factories import COUNTY, make_world
from tests.fakes import FakeClock

STRICT = """
limits_s: {acknowledge: 600, feedback: 1800, report: 7200, review: 86400, rework: 7200, decision: 600, triage: 7200}
warn_fractions: [0.5]
warn_before_s: 600
ladders: {}
"""


async def test_policies_and_what_one_would_have_made_of_the_past(
    sessions: Sessions, clock: FakeClock, database_url: str, tmp_path: Path
) -> None:
    begun = SystemClock().now() - timedelta(days=1)
    clock.set(begun)
    world = await make_world(sessions, clock, tmp_path)
    order = await world.order()
    world.clock.set(begun + timedelta(minutes=40))
    await world.act(order, GiveFeedback("现场"))
    async with transaction(sessions) as session:
        await world.context.pipeline.tick(session, now=world.clock.now(), limit=100)
    file = tmp_path / "strict.yaml"
    file.write_text(STRICT, encoding="utf-8")
    environ = {
        "GESHAO_DATABASE_URL": database_url,
        "GESHAO_SECRET_KEY": "only for tests, and long enough for it",
        "GESHAO_DATA_DIR": str(tmp_path),
    }
    code, listed = await geshao("sla", "policies", **environ)
    assert (code, listed.split()[:2]) == (0, ["1", "active"])
    span = ("--days", "2", "--grid", COUNTY)
    code, same = await geshao("sla", "what-if", "1", *span, **environ)
    assert (code, same.splitlines()[-1]) == (0, "3 clocks: 0 newly breached, 0 no longer")
    code, strict = await geshao("sla", "what-if", "--policy", str(file), *span, "--json", **environ)
    assert code == 0, strict
    result = json.loads(strict)
    assert (result["newly_breached"], result["changed"][0]["kind"]) == (1, "feedback")
