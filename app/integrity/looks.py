"""Alerts that may be signs: looked at again until they are one, or are over."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from alerts.integrity import cases, evidence
from alerts.integrity.cases import Look
from alerts.integrity.moved import moved, still_there
from alerts.integrity.muffled import muffled
from alerts.integrity.rules import IntegrityRules
from alerts.integrity.rules_file import LOOKED_AT_HOURS, READ_HOURS
from alerts.integrity.sign import Sign
from app.integrity import work
from app.integrity.surroundings import Surroundings
from app.integrity.work import Work
from app.registry.directory import Directory
from models.enums import SignKind
from models.facts import StationInfo

AGAIN: dict[SignKind, timedelta] = {
    SignKind.MOVED: timedelta(minutes=10),
    SignKind.MUFFLED: timedelta(hours=1),
}
LONGEST = timedelta(hours=LOOKED_AT_HOURS)
"""An alert that is no sign after so long becomes none by waiting; what it grows into shows in the days."""
LEAD = timedelta(hours=1)
"""The detector wants two positions before it speaks; the first one belongs to the sign as well."""
HISTORY = timedelta(hours=READ_HOURS + 24)


async def look(
    session: AsyncSession,
    seen: Look,
    station: StationInfo,
    *,
    rules: IntegrityRules,
    surroundings: Surroundings,
    directory: Directory,
    now: datetime,
) -> tuple[Sign | None, Work]:
    """The sign in an alert as things stand, and who was at work beside it; says when to look next, if ever."""
    until = now if seen.cleared_at is None else min(now, seen.cleared_at)
    working = await work.between(session, seen.started_at - HISTORY, now, directory)
    if seen.kind is SignKind.MOVED:
        sign = await _moved(session, seen, station, rules, surroundings, working, until)
    else:
        sign = await _muffled(session, seen, station, rules, surroundings, working, until)
    if sign is not None or seen.cleared_at is not None or now - seen.detected_at > LONGEST:
        await cases.settled(session, seen.alert_id)
    else:
        await cases.again(session, seen.alert_id, max(now + AGAIN[seen.kind], _earliest(seen, rules)))
    return sign, working


def _earliest(seen: Look, rules: IntegrityRules) -> datetime:
    """Before then it cannot have lasted long enough, whenever it began."""
    if seen.kind is SignKind.MOVED:
        return seen.started_at
    return seen.started_at + timedelta(hours=rules.muffled.hours - rules.muffled.search_hours)


async def _moved(
    session: AsyncSession,
    seen: Look,
    station: StationInfo,
    rules: IntegrityRules,
    surroundings: Surroundings,
    working: Work,
    until: datetime,
) -> Sign | None:
    site = surroundings.sites[seen.station_id]
    home = (site.lon, site.lat)
    said = await evidence.positions(session, seen.station_id, seen.started_at - LEAD, until)
    spans = working.maintained(station.code, (seen.started_at - LEAD).timestamp(), until.timestamp())
    positions = [p for p in said if not any(begin <= p[0] < end for begin, end in spans)]
    sign = moved(home, positions, rules.moved)
    if sign is None:
        return None
    last = await cases.before(session, station, SignKind.MOVED)
    if last is not None:
        # The detector may begin anew while the station stands where it was seen standing: that is no news.
        place = last.evidence["values"]["lon"], last.evidence["values"]["lat"]
        after = await evidence.positions(session, seen.station_id, last.until, until)
        if still_there(home, place, after, rules.moved):
            return None
    return sign


async def _muffled(
    session: AsyncSession,
    seen: Look,
    station: StationInfo,
    rules: IntegrityRules,
    surroundings: Surroundings,
    working: Work,
    until: datetime,
) -> Sign | None:
    if until < _earliest(seen, rules):
        return None
    members = surroundings.group(seen.station_id)
    hours = await evidence.of_readings(session, members, seen.started_at - HISTORY, until)
    spans = working.maintained(station.code, hours.begins_at, until.timestamp())
    return muffled(work.without(hours, spans), seen.started_at.timestamp(), rules.muffled)
