"""Counties are told of their sweeps in the transaction that says so, each once."""

from datetime import UTC, datetime

from app.database import transaction
from app.engine import Engine
from models.bulk import fetch
from tests.factories import COUNTY, World


async def told(world: World) -> list[tuple[str, int, str]]:
    async with world.sessions() as session:
        rows = await fetch(
            session,
            "SELECT kind, grid_id, data->>'quarter' FROM journal WHERE kind LIKE 'sweep.%' ORDER BY id",
        )
    return [(row[0], row[1], row[2]) for row in rows]


async def test_a_county_is_told_before_and_after_the_day_and_not_again(world: World) -> None:
    engine = Engine(world.context, {})
    county = world.grids[COUNTY].id
    async with transaction(world.sessions) as session:
        await fetch(
            session,
            "INSERT INTO source_sweep (grid_id, quarter, due_on, opened_by, opened_at)"
            " VALUES ($1, '2026-10-01', '2026-12-10', $2, now()) RETURNING id",
            county, world.people["duty"].id,
        )  # fmt: skip
    for day, count in ((1, 1), (2, 1), (11, 2), (12, 2)):
        world.clock.set(datetime(2026, 12, day, 4, tzinfo=UTC))
        await engine.remind_of_sweeps()
        mine = [kind for kind, grid, _ in await told(world) if grid == county]
        assert mine == ["sweep.due_soon", "sweep.overdue"][:count], day
    # Whoever has not begun is told before the quarter ends.
    world.clock.set(datetime(2026, 12, 20, 4, tzinfo=UTC))
    await engine.remind_of_sweeps()
    others = {grid for kind, grid, _ in await told(world) if kind == "sweep.due_soon"}
    assert others == {grid.id for grid in world.grids.values() if grid.level == 2}
