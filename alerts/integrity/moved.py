"""A station that reports from elsewhere than it is registered, and stands there."""

from collections.abc import Sequence
from statistics import median

from alerts.geodesy import distance_m, is_place
from alerts.integrity.rules import MovedRule
from alerts.integrity.sign import Sign
from models.enums import SignKind

Position = tuple[float, float, float]
"""When (seconds since the epoch), longitude, latitude (WGS 84 degrees)."""
MOST_POINTS = 120


def moved(home: tuple[float, float], positions: Sequence[Position], rule: MovedRule) -> Sign | None:
    """The sign in these positions, which are in order of time; None while they do not make one.

    `home` is where the registry has the station. What is none on earth says nothing.
    """
    placed = _placed(positions)
    away = [position for position in placed if _km(home, position[1:]) > rule.away_km]
    if len(away) < rule.positions or away[-1][0] - away[0][0] < rule.lasting_s:
        return None
    since = [position for position in placed if position[0] >= away[0][0]]
    if len(away) < rule.share * len(since):
        return None
    place = median(lon for _, lon, _ in away), median(lat for _, _, lat in away)
    spread = median(_km(place, position[1:]) for position in away)
    if spread > rule.spread_km or _km(home, place) <= rule.away_km:
        return None
    step = -(-len(away) // MOST_POINTS)
    shown = away[::step]
    return Sign(
        SignKind.MOVED,
        away[0][0],
        away[-1][0],
        {
            "lon": round(place[0], 6),
            "lat": round(place[1], 6),
            "registered_lon": home[0],
            "registered_lat": home[1],
            "away_km": round(_km(home, place), 3),
            "spread_km": round(spread, 3),
            "positions": len(away),
            "positions_at_home_since": len(since) - len(away),
        },
        {
            "at": [at for at, _, _ in shown],
            "away_km": [round(_km(home, position[1:]), 3) for position in shown],
        },
    )


def still_there(
    home: tuple[float, float], place: tuple[float, float], since: Sequence[Position], rule: MovedRule
) -> bool:
    """Whether a station that was seen standing at `place` has stood there ever `since`: it is no news then.

    Two positions at home are a return; one may be wrong.
    """
    placed = _placed(since)
    returned = sum(_km(home, position[1:]) <= rule.away_km for position in placed)
    there = sum(_km(place, position[1:]) <= rule.away_km for position in placed)
    return returned < 2 and 2 * there >= len(placed)


def _placed(positions: Sequence[Position]) -> list[Position]:
    """Those on earth; a receiver without a fix says zero and zero, which is in the sea."""
    return [p for p in positions if is_place(p[1], p[2]) and p[1:] != (0.0, 0.0)]


def _km(a: tuple[float, float], b: tuple[float, float]) -> float:
    return distance_m(a[0], a[1], b[0], b[1]) / 1000
