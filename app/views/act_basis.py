"""Whether months that acts rest on were signed anew since."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.air import AirMonth
from models.enums import MonthState


def months_of(basis: bytes | None) -> Mapping[str, int]:
    """The signed months in a frozen basis with their versions; a basis of other records names none."""
    if basis is None:
        return {}
    found: dict[str, Any] = json.loads(basis)
    return {
        one["month"]: one["version"]
        for one in found.get("months", ())
        if isinstance(one, dict) and "version" in one
    }


def renewed(months: Mapping[str, int], newest: Mapping[str, int]) -> list[dict[str, Any]]:
    """The months of which a newer version is signed than the one it rests on, the earliest first. Pure."""
    return [
        {"month": month, "version": version, "newest": newest[month]}
        for month, version in sorted(months.items())
        if newest.get(month, version) > version
    ]


async def newest_of(session: AsyncSession, bases: Iterable[Mapping[str, int]]) -> Mapping[str, int]:
    """The version in force of every month that is named in any of these."""
    wanted: Sequence[date] = sorted(
        {date.fromisoformat(f"{month}-01") for months in bases for month in months}
    )
    if not wanted:
        return {}
    rows = await session.execute(
        select(AirMonth.month, AirMonth.version).where(
            AirMonth.month.in_(wanted), AirMonth.state == MonthState.SIGNED.value
        )
    )
    return {f"{month:%Y-%m}": version for month, version in rows}
