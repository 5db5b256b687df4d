"""Readings into the table: each once, corrections as new versions, nothing overwritten without a trace."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from models.bulk import bulk_insert, fetch
from models.enums import MET, POLLUTANTS
from models.facts import Reading, StationInfo
from models.reading import ReadingRow

Arrived = tuple[StationInfo, Reading]
_CLAIMS = ("seq", *POLLUTANTS, *MET, "lon", "lat")
_COLUMNS = ("station_id", "observed_at", "received_at", *_CLAIMS)
_LIST = ", ".join(_CLAIMS)
_CONFLICT = "ON CONFLICT (station_id, observed_at) DO NOTHING RETURNING station_id, observed_at"
_KNOWN = f"""
SELECT station_id, observed_at, version, {_LIST} FROM reading
 WHERE station_id = $1 AND observed_at = $2 FOR UPDATE
"""
_SUPERSEDED = f"SELECT {_LIST} FROM reading_version WHERE station_id = $1 AND observed_at = $2"
_KEEP = f"""
INSERT INTO reading_version (station_id, observed_at, version, received_at, superseded_at, {_LIST})
SELECT station_id, observed_at, version, received_at, $3, {_LIST} FROM reading
 WHERE station_id = $1 AND observed_at = $2
"""
_REPLACE = f"""
UPDATE reading SET version = version + 1, received_at = $3,
       {", ".join(f"{name} = ${n}" for n, name in enumerate(_CLAIMS, start=4))}
 WHERE station_id = $1 AND observed_at = $2
"""


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of the arrived readings, by index into what was given."""

    new: list[int]
    corrected: list[int]
    duplicates: int


def _claims(reading: Reading) -> tuple[Any, ...]:
    return (reading.seq, *reading.values, *reading.met, reading.lon, reading.lat)


async def store(session: AsyncSession, arrived: Sequence[Arrived], *, now: datetime) -> Stored:
    """Inserts what is new in one statement; what was known is compared, and kept as a version if it differs."""
    if not arrived:
        return Stored([], [], 0)
    ids = [station.id for station, _ in arrived]
    instants = [reading.observed_at for _, reading in arrived]
    claims = list(zip(*[_claims(reading) for _, reading in arrived], strict=True))
    arrays: list[Sequence[Any]] = [ids, instants, [now] * len(arrived), *claims]
    rows = await bulk_insert(session, ReadingRow, _COLUMNS, arrays, _CONFLICT)
    if len(rows) == len(arrived):
        return Stored(list(range(len(arrived))), [], 0)
    fresh = {(row[0], row[1]) for row in rows}
    new: list[int] = []
    rest: list[int] = []
    for index, key in enumerate(zip(ids, instants, strict=True)):
        # The same key twice in one batch: the first made the row, the second meets it.
        if key in fresh:
            fresh.discard(key)
            new.append(index)
        else:
            rest.append(index)
    corrected = [index for index in rest if await _correct(session, *arrived[index], now)]
    return Stored(new, corrected, len(rest) - len(corrected))


async def _correct(session: AsyncSession, station: StationInfo, reading: Reading, now: datetime) -> bool:
    """Whether the reading says something else than the known one; then it becomes the current version."""
    known = await fetch(session, _KNOWN, station.id, reading.observed_at)
    said = _claims(reading)
    # The sequence number is the station's own count of sending: the same values sent again are no correction.
    if not known or tuple(known[0][4:]) == said[1:]:
        return False
    # A version that was superseded and is delivered once more must not come back to life.
    earlier = await fetch(session, _SUPERSEDED, station.id, reading.observed_at)
    if any(tuple(row[1:]) == said[1:] for row in earlier):
        return False
    await fetch(session, _KEEP, station.id, reading.observed_at, now)
    await fetch(session, _REPLACE, station.id, reading.observed_at, now, *said)
    return True
