"""What the station and its neighbours measured around a report, put before `alerts.closure`."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from alerts.closure import COARSE_S, ClosureRules, Point, Verdict, Watch, chart, judge
from alerts.instants import instant
from alerts.network.site import FINE_S
from app.explain import MOST_SHOWN, NEAR_DEGREES
from dispatch.review.policy import WatchRules
from dispatch.review.verdicts import Due, Judged
from models.bulk import fetch
from models.enums import POLLUTANTS, VerdictState

BEFORE = timedelta(hours=6)
"""Of the event, as far as it is needed to see how high it was; stations of hours show a day."""
AGAIN = timedelta(minutes=1)
"""Between two looks while the answer is open; stations of hours six."""
AGAIN_SETTLED = timedelta(minutes=15)
"""When enough has been seen, and only late readings can change it."""
LATE = timedelta(minutes=15)
"""After the end of the watch, for what is on its way."""
MOST_POINTS = 200
_NEIGHBOURS = """
SELECT s.id, s.code FROM station s
 WHERE s.code = ANY($1::text[]) AND s.id <> $2 AND s.retired_at IS NULL ORDER BY s.id LIMIT $3
"""
_NEAREST = """
SELECT s.id, s.code FROM station o JOIN station s ON s.id <> o.id
 WHERE o.id = $1 AND s.retired_at IS NULL AND (s.cadence_s <= $2) = (o.cadence_s <= $2)
   AND s.lon BETWEEN o.lon - $3::float8 AND o.lon + $3::float8
   AND s.lat BETWEEN o.lat - $3::float8 AND o.lat + $3::float8
 ORDER BY ((s.lon - o.lon) * cos(radians(o.lat))) ^ 2 + (s.lat - o.lat) ^ 2, s.id LIMIT $4
"""
# One of the closed list of columns; never what somebody typed.
_SERIES = {
    pollutant: f"""
SELECT r.station_id, extract(epoch FROM r.observed_at)::float8, r.{pollutant}, f.level IS NOT NULL
  FROM reading r
  LEFT JOIN reading_flag f
    ON f.station_id = r.station_id AND f.observed_at = r.observed_at AND f.pollutant = '{pollutant}'
 WHERE r.station_id = ANY($1::int[]) AND r.observed_at >= $2 AND r.observed_at <= $3
"""
    for pollutant in POLLUTANTS
}


async def asked(session: AsyncSession, due: Due, rules: WatchRules, *, now: datetime) -> Judged:
    """What the station of a held row says at `now`, and when it is to be asked again."""
    near = await neighbours(session, due.station_id, due.why)
    coarse = due.cadence_s >= COARSE_S
    event_from = max(due.event_from, due.reported_at - (timedelta(days=1) if coarse else BEFORE))
    rows = await fetch(
        session, _SERIES[due.pollutant], [due.station_id, *near], min(event_from, due.reported_at),
        min(now, due.until_at),
    )  # fmt: skip
    told: dict[int, list[Point]] = {station: [] for station in (due.station_id, *near)}
    for station, at, value, flagged in rows:
        told[station].append(Point(at, value, flagged))
    own = told.pop(due.station_id)
    watch = Watch(
        due.reported_at.timestamp(),
        event_from.timestamp(),
        due.cadence_s,
        clear=_named(due.why, "clear", due.pollutant),
        base=_named(due.why, "base", due.pollutant),
        excess=_named(due.why, "excess", due.pollutant),
    )
    figures = ClosureRules(
        enough_s=60 * rules.enough_minutes,
        longest_s=(due.until_at - due.reported_at).total_seconds(),
        held=rules.held_hourly if coarse else rules.held,
        share=rules.share,
        regional_share=rules.regional_share,
    )
    found = judge(watch, own, list(told.values()), rules=figures, now=now.timestamp())
    return Judged(
        found.state,
        found.relapsed,
        next_look(due, found, now),
        _figures(found, watch, sorted(near.values())),
        _chart(due, chart(watch, own, list(told.values()), most=MOST_POINTS)),
    )


def next_look(due: Due, found: Verdict, now: datetime) -> datetime | None:
    """Late readings may come until a while after the end of the watch; then nothing changes any more."""
    if now >= due.until_at + LATE:
        return None
    settled = found.over and found.state is not VerdictState.PENDING
    wait = AGAIN_SETTLED if settled else max(AGAIN, timedelta(seconds=due.cadence_s / 10))
    # Not past the last look, and never twice at one instant.
    return min(now + wait, max(due.until_at + LATE, now + AGAIN))


async def neighbours(session: AsyncSession, station_id: int, why: Mapping[str, Any]) -> dict[int, str]:
    """Codes by id of those the alert was judged by; the nearest of the station's kind, where it names none."""
    named = [code for code in why.get("near", ()) if isinstance(code, str)]
    rows = await fetch(session, _NEIGHBOURS, named, station_id, MOST_SHOWN) if named else []
    if not rows:
        rows = await fetch(session, _NEAREST, station_id, FINE_S, NEAR_DEGREES, MOST_SHOWN)
    return {row[0]: row[1] for row in rows}


def _named(why: Mapping[str, Any], group: str, pollutant: str) -> float | None:
    """A figure of the alert's evidence; None where it is of a shape this release does not know."""
    figures = why.get(group)
    value = figures.get(pollutant) if isinstance(figures, Mapping) else None
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _short(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def _figures(found: Verdict, watch: Watch, near: Sequence[str]) -> dict[str, Any]:
    return {
        "level": _short(found.level),
        "neighbours": _short(found.neighbours),
        "peak_excess": _short(found.peak_excess),
        "limit": _short(found.limit),
        "clear": _short(watch.clear),
        "counted": found.counted,
        "wanted": found.wanted,
        "flagged": found.flagged,
        "recovered_at": None if found.recovered_at is None else instant(found.recovered_at).isoformat(),
        "over": found.over,
        "near": list(near),
    }


def _chart(due: Due, points: Sequence[tuple[float, float | None, float | None]]) -> dict[str, Any]:
    return {
        "pollutant": due.pollutant,
        "reported_at": due.reported_at.isoformat(),
        "at": [instant(at).isoformat() for at, _, _ in points],
        "station": [_short(level) for _, level, _ in points],
        "neighbours": [_short(level) for _, _, level in points],
    }
