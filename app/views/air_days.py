"""A day's figures station by station, with where they come from."""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.views.air_index import levels_document
from models.air import AirDay, AirImport
from models.enums import POLLUTANTS
from models.registry import Station


async def stations_of_day(session: AsyncSession, stations: Sequence[int], day: date) -> list[dict[str, Any]]:
    """Each of these stations with its valid daily figures, those without a row last."""
    rows = await session.execute(
        select(Station.code, Station.name, AirDay, AirImport.document)
        .outerjoin(AirDay, (AirDay.station_id == Station.id) & (AirDay.day == day))
        .outerjoin(AirImport, AirImport.id == AirDay.import_id)
        .where(Station.id.in_(list(stations)))
        .order_by(AirDay.station_id.is_(None), Station.code)
    )
    found = []
    for row in rows:
        one: AirDay | None = row.AirDay
        levels = {}
        if one is not None:
            for name in POLLUTANTS:
                total, count = getattr(one, f"{name}_sum"), getattr(one, f"{name}_count")
                if count:
                    levels[name] = Fraction(total, 1000 * count)
        found.append(
            {
                "code": row.code,
                "name": row.name,
                "source": None if one is None else one.source,
                "document": row.document,
                "levels": levels_document(levels),
            }
        )
    return found
