"""What months of supervision rest on, written straight into the database for tests of ladders and acts."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import text

from app.database import transaction
from models.air import AirMonth
from models.problem import Problem
from tests.factories import COUNTY, OTHER_COUNTY, World


async def missed(world: World, county: str, number: str, *, found_at: datetime, **over: Any) -> None:
    """A problem that the county should have found."""
    now, duty = world.clock.now(), world.people["duty"].id
    values = {
        "state": "open", "opened_at": now, "missed": True, "missed_by": duty, "missed_at": now,
        "missed_why": "督查发现",
    } | over  # fmt: skip
    async with transaction(world.sessions) as session:
        session.add(
            Problem(
                number=number, grid_id=world.grids[county].id, category="dust", title="裸土未覆盖", text="裸土未覆盖",
                found_at=found_at, opened_by=duty, **values,
            )
        )  # fmt: skip


async def signed_month(world: World, last: str, *, month: date, version: int = 1) -> None:
    """A month of the air in force, in which one county was last."""
    now = world.clock.now()
    units = [
        {"code": code, "improvement": "-1.5", "place": 2, "last": True}
        if code == last
        else {"code": code, "improvement": "2.0", "place": 1, "last": False}
        for code in (COUNTY, OTHER_COUNTY)
    ]
    async with transaction(world.sessions) as session:
        await session.execute(
            text("UPDATE air_month SET state = 'superseded' WHERE month = :month"), {"month": month}
        )
        session.add(
            AirMonth(
                month=month, version=version, state="signed", readings_version=1, inputs=b"", result={"units": units},
                inputs_digest=bytes([version]) * 32, computed_by=world.people["duty"].id, computed_at=now,
                signed_by=world.people["leader"].id, signed_at=now,
            )
        )  # fmt: skip
