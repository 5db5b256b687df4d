"""Which known sources may have caused an event: upwind of the station, near, and of a fitting kind.

A hint for the officer who is sent out, not a proof. The score is a product of three parts between 0 and 1 that
are shown beside it:

- direction: across the wind a plume falls off as a Gaussian (the crosswind term of the Gaussian plume model,
  here by angle). Its width is how much the wind direction varied, by the single-pass estimator of Yamartino
  (J. Climate Appl. Meteor. 23, 1984, 1362-1366), with the width that remains in steady wind.
- distance: `1 / (1 + (d / D)^1.5)`; the axis of a plume from near the ground thins out about so, as the
  product of its two spreads grows with a power of the distance between 1.5 and 2.
- category: do the pollutants that rose look like what such a place emits.

Asking which sources lie in the sector the wind came from is the practice of the conditional probability
function (Ashbaugh et al. 1985; Kim, Hopke and Edgerton 2003). In a calm, when the wind turns about, and when
none is known, no direction can be named: then distance and category rank alone, and the answer says so.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from alerts.emissions import NEUTRAL_MATCH, Fit, fit, shares
from alerts.geodesy import EARTH_RADIUS_M, angle_between, bearing_deg, distance_m, is_place
from alerts.wind import Wind, WindSample, WindWord, summarise

__all__ = ["LikelySource", "Parts", "Reason", "Source", "Upwind", "WindSample", "evidence", "likely_sources"]

STEADY_WIDTH_DEG = 15.0  # own value: vane and siting errors and what a plume meanders within the samples
SITE_M = (
    100.0  # own value: a yard's own size and the error of its coordinates; closer, a bearing says nothing
)
HALF_DISTANCE_M = 2_000.0  # own value: within the 3 km cells that hot grids are searched by
DECAY = 1.5
REACH_M = 10_000.0  # own value: at two metres a second, what an hour or two carries
LEAST_CATEGORY = 0.2  # own value: categories are written loosely, so a poor fit lowers but never rules out
LEAST_SCORE = 0.01  # what is below is noise in a list that somebody drives out for
NEAR_M = 1_000.0
GOOD_FIT, POOR_FIT = 0.7, 0.4


class Reason(StrEnum):
    """Why a source stands where it stands; codes for the console to word."""

    AT_STATION = "at_station"
    NEAR = "near"
    UPWIND = "upwind"
    EDGE_OF_WIND = "edge_of_wind"
    OFF_WIND = "off_wind"
    WIND_CALM = "wind_calm"
    WIND_VARIABLE = "wind_variable"
    WIND_UNKNOWN = "wind_unknown"
    CATEGORY_FITS = "category_fits"
    CATEGORY_DIFFERS = "category_differs"
    CATEGORY_UNKNOWN = "category_unknown"
    POLLUTANT_LISTED = "pollutant_listed"  # its own entry names the pollutant that rose most
    NO_SIGNATURE = "no_signature"  # nothing rose that tells kinds of sources apart


_NO_DIRECTION = {
    WindWord.CALM: Reason.WIND_CALM,
    WindWord.VARIABLE: Reason.WIND_VARIABLE,
    WindWord.UNKNOWN: Reason.WIND_UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class Source:
    """What the registry knows of a pollution source."""

    code: str
    name: str
    lon: float
    lat: float
    category: str
    pollutants: tuple[str, ...]
    grid: str


@dataclass(frozen=True, slots=True)
class Parts:
    """The score's factors, each 0..1; no direction where the wind names none."""

    direction: float | None
    distance: float
    category: float


@dataclass(frozen=True, slots=True)
class LikelySource:
    code: str
    name: str
    category: str
    grid: str
    distance_m: float
    bearing_deg: float
    """From the station to the source, clockwise from true north."""
    off_wind_deg: float | None
    """Angle between the source and where the wind came from; None without such a direction or on the spot."""
    category_match: float
    """0..1; 0.5 when nothing rose that could tell."""
    score: float
    parts: Parts
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Upwind:
    wind: Wind
    sources: tuple[LikelySource, ...]
    """Likeliest first; on equal scores the nearer one, then by code."""


def likely_sources(
    lon: float,
    lat: float,
    *,
    samples: Iterable[WindSample],
    signature: Mapping[str, float],
    sources: Iterable[Source],
    reach_m: float = REACH_M,
    most: int = 5,
) -> Upwind:
    """The `most` likeliest sources within `reach_m` of a station, ranked, with the wind they were judged by.

    `signature` says by pollutant how much it rose against its own level before: (level - before) / before, so
    0 is unchanged; what is missing in it counts as unchanged. Samples, rises and places that are no numbers
    are passed over.
    """
    wind = summarise(samples)
    risen = shares(signature)
    found = [
        _judged(wind, risen, source, away, bearing_deg(lon, lat, source.lon, source.lat))
        for source, away in _within(lon, lat, sources, reach_m)
    ]
    ranked = sorted(
        (candidate for candidate in found if candidate.score >= LEAST_SCORE),
        key=lambda candidate: (-candidate.score, candidate.distance_m, candidate.code),
    )
    return Upwind(wind, tuple(ranked[: max(0, most)]))


def _within(
    lon: float, lat: float, sources: Iterable[Source], reach_m: float
) -> Iterable[tuple[Source, float]]:
    if not is_place(lon, lat):
        return
    band = math.degrees(reach_m / EARTH_RADIUS_M) + 1e-6
    for source in sources:
        # No way is shorter than along the meridian: spares the sines for all but a band of a large registry.
        if is_place(source.lon, source.lat) and abs(source.lat - lat) <= band:
            away = distance_m(lon, lat, source.lon, source.lat)
            if away <= reach_m:
                yield source, away


def _judged(
    wind: Wind, risen: Mapping[str, float], source: Source, away: float, bearing: float
) -> LikelySource:
    on_the_spot = away <= SITE_M
    off = None if on_the_spot or wind.from_deg is None else angle_between(wind.from_deg, bearing)
    kind = fit(risen, source.category, source.name, source.pollutants)
    match = NEUTRAL_MATCH if kind is None else kind.match
    parts = Parts(
        direction=_direction(wind, off, away),
        distance=1.0 / (1.0 + (away / HALF_DISTANCE_M) ** DECAY),
        category=LEAST_CATEGORY + (1.0 - LEAST_CATEGORY) * match,
    )
    return LikelySource(
        code=source.code,
        name=source.name,
        category=source.category,
        grid=source.grid,
        distance_m=away,
        bearing_deg=bearing,
        off_wind_deg=off,
        category_match=match,
        score=(1.0 if parts.direction is None else parts.direction) * parts.distance * parts.category,
        parts=parts,
        reasons=(*_where(wind, off, away), *_what(kind)),
    )


def _width(wind: Wind, away: float) -> float:
    """Degrees of one standard deviation of the sector; a near source fills more of it by its own size."""
    return math.hypot(wind.spread_deg or 0.0, STEADY_WIDTH_DEG, math.degrees(math.atan2(SITE_M, away)))


def _direction(wind: Wind, off: float | None, away: float) -> float | None:
    if wind.from_deg is None:
        return None
    return 1.0 if off is None else math.exp(-0.5 * (off / _width(wind, away)) ** 2)


def _where(wind: Wind, off: float | None, away: float) -> Iterable[Reason]:
    if wind.from_deg is None:
        yield _NO_DIRECTION[wind.word]
    if away <= SITE_M:
        yield Reason.AT_STATION
    elif away <= NEAR_M:
        yield Reason.NEAR
    if off is not None:
        widths = off / _width(wind, away)
        yield Reason.UPWIND if widths <= 1 else Reason.EDGE_OF_WIND if widths <= 2 else Reason.OFF_WIND


def _what(kind: Fit | None) -> Iterable[Reason]:
    if kind is None:
        yield Reason.NO_SIGNATURE
        return
    if kind.kind is None:
        yield Reason.CATEGORY_UNKNOWN
    elif kind.match >= GOOD_FIT:
        yield Reason.CATEGORY_FITS
    elif kind.match < POOR_FIT:
        yield Reason.CATEGORY_DIFFERS
    if kind.listed:
        yield Reason.POLLUTANT_LISTED


def evidence(found: Upwind) -> dict[str, Any]:
    """The answer as an alert keeps it: plain JSON, metres and degrees without false precision."""

    def short(value: float | None, digits: int) -> float | None:
        return None if value is None else round(value, digits)

    return {
        "wind": {
            "word": found.wind.word.value,
            "speed": short(found.wind.speed_ms, 1),
            "direction": None if found.wind.mean_deg is None else round(found.wind.mean_deg) % 360,
            "spread": short(found.wind.spread_deg, 0),
            "samples": found.wind.samples,
        },
        "sources": [
            {
                "code": source.code,
                "name": source.name,
                "category": source.category,
                "grid": source.grid,
                "distance_m": round(source.distance_m),
                "bearing": round(source.bearing_deg) % 360,
                "off_wind": short(source.off_wind_deg, 0),
                "category_match": round(source.category_match, 2),
                "score": round(source.score, 3),
                "parts": {
                    "direction": short(source.parts.direction, 3),
                    "distance": round(source.parts.distance, 3),
                    "category": round(source.parts.category, 3),
                },
                "reasons": [reason.value for reason in source.reasons],
            }
            for source in found.sources
        ],
    }
