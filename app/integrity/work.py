"""Who was allowed to be at a station, and when: silences and maintenance windows beside a sign."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from alerts import silences
from alerts.integrity.hours import HOUR, Hours
from alerts.silence import Silence
from app.registry.directory import Directory
from models.enums import SilenceKind

Span = tuple[float, float]


class Work:
    """The silences of a span of time, asked station by station."""

    def __init__(self, found: Sequence[Silence], directory: Directory) -> None:
        self._found = found
        self._directory = directory

    def over(self, station: str, since: float, until: float) -> list[Silence]:
        """Those over the station that touch the span (epoch seconds); one of some pollutants only says nothing here."""
        path = self._directory.grid_paths.get(station, ())
        return [
            silence
            for silence in self._found
            if not silence.pollutants
            and silence.covers(station, path)
            and silence.starts_at.timestamp() < until
            and silence.ends_at.timestamp() > since
        ]

    def maintained(self, station: str, since: float, until: float) -> list[Span]:
        """The maintenance windows among them."""
        return [
            (silence.starts_at.timestamp(), silence.ends_at.timestamp())
            for silence in self.over(station, since, until)
            if silence.kind is SilenceKind.MAINTENANCE
        ]


async def between(session: AsyncSession, since: datetime, until: datetime, directory: Directory) -> Work:
    return Work(await silences.between(session, since, until), directory)


def without(hours: Hours, spans: Sequence[Span]) -> Hours:
    """The hours with nothing known of the station itself while somebody worked on it."""
    if not spans:
        return hours
    at = hours.begins_at + HOUR * np.arange(hours.length)
    hidden = np.zeros(hours.length, dtype=bool)
    for begin, end in spans:
        hidden |= (at < end) & (at + HOUR > begin)
    level, stir = hours.level.copy(), hours.stir.copy()
    level[hidden, 0] = np.nan
    stir[hidden, 0] = np.nan
    return Hours(hours.begins_at, level, stir, hours.count)
