"""Going back behind the four levels keeps every order, and no clock goes on that nobody could stop."""

from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from app import migrate
from app.database import make_sessions
from models.bulk import fetch
from tests.factories import OTHER_COUNTY, make_world
from tests.fakes import FakeClock
from tests.levels import add_levels, file, hand, open_joint

BEFORE = "f9886638e87a"


async def test_orders_stay_and_clocks_of_what_goes_are_quiet(
    engine: AsyncEngine, clock: FakeClock, tmp_path: Path
) -> None:
    world = await add_levels(await make_world(make_sessions(engine), clock, tmp_path))
    order = await open_joint(world, await world.order(), OTHER_COUNTY)
    await hand(world, order)
    await file(world)
    await migrate.downgrade(engine, BEFORE)
    async with world.sessions() as session:
        orders = await fetch(session, "SELECT state FROM work_order")
        due = await fetch(
            session, "SELECT DISTINCT kind FROM sla_clock WHERE next_at IS NOT NULL ORDER BY kind"
        )
    assert [row[0] for row in orders] == ["dispatched", "dispatched"]
    assert [row[0] for row in due] == ["acknowledge", "feedback", "report"]
    await migrate.upgrade(engine)
    assert await migrate.drift(engine) == []
