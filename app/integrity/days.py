"""Every station's day, once it is over: patterns of silence, and a character that changed."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from alerts.integrity import cases, evidence
from alerts.integrity.changed import changed
from alerts.integrity.cut import cut
from alerts.integrity.evidence import COLUMNS, Part
from alerts.integrity.hours import DAY, Hours, assembled
from alerts.integrity.rules import IntegrityRules
from alerts.integrity.sign import Sign
from alerts.network.medians import Floats
from app.integrity import work
from app.integrity.rulings import Rulings
from app.integrity.surroundings import Surroundings
from app.integrity.work import Work
from app.registry.directory import Directory
from models.enums import SignKind
from models.facts import StationInfo


@dataclass(frozen=True, slots=True)
class Judged:
    """A sign of one station, by the rules that hold for it."""

    station: StationInfo
    sign: Sign
    rules: IntegrityRules


async def judge(
    session: AsyncSession, part: Part, *, rulings: Rulings, surroundings: Surroundings, directory: Directory
) -> tuple[list[Judged], Work]:
    """The signs of the part's stations on its day, by id of the station."""
    stations = [
        s for s in directory.stations if s.id % part.parts == part.part and s.id in surroundings.sites
    ]
    stations.sort(key=lambda station: station.id)
    rules = {int(station.id): rulings.of(station.code) for station in stations}
    longest = max((_span(rule) for rule in rules.values()), default=0)
    members = sorted({member for station in stations for member in surroundings.group(station.id)})
    table = await evidence.of_days(session, members, part.day, longest)
    end = evidence.midnight(part.day + timedelta(days=1))
    working = await work.between(session, end - timedelta(days=longest), end, directory)
    known = await cases.known_since(session, [int(station.id) for station in stations], SignKind.CUT)

    def look() -> list[Judged]:
        found: list[Judged] = []
        for station in stations:
            group, rule = surroundings.group(station.id), rules[int(station.id)]
            if int(station.id) not in table:
                continue
            sign = _cut(table, group, part.day, station, rule, working, known.get(int(station.id)))
            found += [] if sign is None else [Judged(station, sign, rule)]
            sign = _changed(table, group, part.day, station, rule, working)
            found += [] if sign is None else [Judged(station, sign, rule)]
        return found

    # Seconds of arithmetic for a part: the loop must go on meanwhile.
    return await asyncio.to_thread(look), working


def _span(rules: IntegrityRules) -> int:
    return max(rules.cut.days, rules.changed.before_days + rules.changed.after_days)


def _hours(table: Mapping[int, Floats], group: Sequence[int], day: date, days: int) -> Hours:
    """The last days of the group up to `day`; members without anything are there, unknown."""
    blank = np.full((days * 24, COLUMNS), np.nan, dtype=np.float32)
    told = np.stack([table[member][-days * 24 :] if member in table else blank for member in group], axis=1)
    return assembled(evidence.midnight(day).timestamp() - (days - 1) * DAY, told)


def _cut(
    table: Mapping[int, Floats],
    group: Sequence[int],
    day: date,
    station: StationInfo,
    rules: IntegrityRules,
    working: Work,
    since: datetime | None,
) -> Sign | None:
    hours = _hours(table, group, day, rules.cut.days)
    excused = working.maintained(station.code, hours.begins_at, hours.at(hours.length))
    return cut(hours, rules.cut, excused=excused, since=None if since is None else since.timestamp())


def _changed(
    table: Mapping[int, Floats],
    group: Sequence[int],
    day: date,
    station: StationInfo,
    rules: IntegrityRules,
    working: Work,
) -> Sign | None:
    """None too where somebody was at work when it changed: another sensor has another character."""
    hours = _hours(table, group, day, rules.changed.before_days + rules.changed.after_days)
    sign = changed(hours, rules.changed)
    if sign is None or working.maintained(station.code, sign.began_at - DAY, sign.began_at + DAY):
        return None
    return sign
