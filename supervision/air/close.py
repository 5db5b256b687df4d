"""The close of a month: from frozen inputs to indices, rates and ranking, the same bytes from the same inputs.

Inputs and result are plain JSON, so that what was signed can be computed again by anybody years later.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal

from airquality.composite import Composite
from airquality.rounding import round_half_even
from models.enums import POLLUTANTS
from supervision.air.month import Series, StationMonth, UnitMonth, checked_against, unit_month
from supervision.air.ranking import Entry, Side, Standing, rank
from supervision.readings import Readings

Source = Literal["published", "own"]


@dataclass(frozen=True, slots=True)
class Chosen:
    """The two sides that are compared, and where each comes from."""

    now: Side | None
    now_source: Source | None
    base: Side | None
    base_source: Source | None


def canonical(document: Mapping[str, Any]) -> bytes:
    """The one way a document is written: keys in order, no blanks, UTF-8."""
    return json.dumps(
        document, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode()


def digest_of(document: Mapping[str, Any]) -> bytes:
    """SHA-256 of the canonical form."""
    return hashlib.sha256(canonical(document)).digest()


def close(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The result of a month from its inputs (`supervision.air.inputs` writes them).

    Every unit has its three series, the published index beside them, and what the ranking compared. Raises Invalid for
    readings that are none, ValueError or LookupError for inputs that contradict themselves.
    """
    readings = Readings.parse(inputs["readings"]["body"])
    month = date.fromisoformat(f"{inputs['month']}-01")
    units = sorted(inputs["units"], key=lambda unit: str(unit["code"]))
    computed = {unit["code"]: _unit(unit["now"], month, readings) for unit in units}
    before = month.replace(year=month.year - 1)
    bases = {unit["code"]: _unit(unit["base"], before, readings) for unit in units}
    chosen = {
        unit["code"]: choose(
            computed[unit["code"]],
            unit["now"].get("published"),
            bases[unit["code"]],
            unit["base"].get("published"),
        )
        for unit in units
    }
    standings = {
        one.unit: one for one in rank([Entry(code, sides.now, sides.base) for code, sides in chosen.items()])
    }
    return {
        "month": inputs["month"],
        "readings": inputs["readings"]["version"],
        "units": [
            _told(unit, computed[unit["code"]], chosen[unit["code"]], standings[unit["code"]])
            for unit in units
        ],
    }


def choose(
    now: UnitMonth,
    published: Mapping[str, Any] | None,
    base: UnitMonth,
    base_published: Mapping[str, Any] | None,
) -> Chosen:
    """Which indices are compared: those the Region published lead, on both sides (annex 3 art. 3).

    A month with void days is compared by the service's own index, since the published one does not have the highest
    values in it (annex 3 art. 6). Sides of different origin that follow the same rules are compared, and the result
    says so.
    """
    own, own_base = _side(now.ranked.index), _side(base.ranked.index)
    given, given_base = _given(published), _given(base_published)
    if given is not None and not now.voided:
        if given_base is not None and given_base.rules == given.rules:
            return Chosen(given, "published", given_base, "published")
        if own_base is not None and own_base.rules == given.rules:
            return Chosen(given, "published", own_base, "own")
        return Chosen(given, "published", given_base, None if given_base is None else "published")
    if own is None:
        return Chosen(
            None, None, given_base or own_base, "published" if given_base else "own" if own_base else None
        )
    if own_base is not None:
        return Chosen(own, "own", own_base, "own")
    return Chosen(own, "own", given_base, None if given_base is None else "published")


def _side(index: Composite | None) -> Side | None:
    return None if index is None else Side(index.value, index.rules)


def _given(published: Mapping[str, Any] | None) -> Side | None:
    return None if published is None else Side(Decimal(published["value"]), published["rules"])


def _unit(part: Mapping[str, Any], month: date, readings: Readings) -> UnitMonth:
    stations = [
        StationMonth(
            station["code"],
            {
                _day(month, day): {name: _level(level) for name, level in levels.items()}
                for day, levels in station["days"].items()
            },
            frozenset(_day(month, day) for day in station.get("void", ())),
        )
        for station in part.get("stations", ())
    ]
    excluded = {_day(month, day): names for day, names in part.get("excluded", {}).items()}
    return unit_month(stations, year=month.year, month=month.month, excluded=excluded, readings=readings)


def _day(month: date, day: str) -> date:
    return month.replace(day=int(day))


def _level(level: Sequence[int]) -> Fraction:
    """`[sum, count]` as days are stored: thousandths."""
    total, count = level
    return Fraction(total, 1000 * count)


def _told(unit: Mapping[str, Any], month: UnitMonth, sides: Chosen, standing: Standing) -> dict[str, Any]:
    published = _given(unit["now"].get("published"))
    differs = checked_against(month.deducted.index, None if published is None else published.value)
    return {
        "code": unit["code"],
        "raw": _series(month.raw),
        "deducted": _series(month.deducted),
        "ranked": _series(month.ranked),
        "good_days": {
            "good": month.good_days.good,
            "judged": month.good_days.judged,
            "percent": _percent(month.good_days.rate),
        },
        "voided": {
            code: [
                {
                    "day": one.day.isoformat(),
                    "kept": _levels(one.kept),
                    "substituted": _levels(one.substituted),
                }
                for one in days
            ]
            for code, days in month.voided.items()
        },
        "published": unit["now"].get("published"),
        "differs": None if differs is None else str(differs),
        "compared": {
            "now": None if sides.now is None else str(sides.now.value),
            "now_source": sides.now_source,
            "base": None if sides.base is None else str(sides.base.value),
            "base_source": sides.base_source,
            "rules": None if sides.now is None else sides.now.rules,
        },
        "improvement": None if standing.shown is None else str(standing.shown),
        "place": standing.place,
        "last": standing.last,
        "not_ranked": None if standing.exclusion is None else standing.exclusion.value,
    }


def _series(series: Series) -> dict[str, Any]:
    index = series.index
    return {
        "figures": None if index is None else {name: str(index.figures[name]) for name in POLLUTANTS},
        "parts": None if index is None else {name: str(index.parts[name]) for name in POLLUTANTS},
        "index": None if index is None else str(index.value),
        "primary": [] if index is None else list(index.primary),
        "provisional": _levels(series.month.provisional),
        "days": dict(series.month.days),
        "missing": list(series.month.missing),
    }


def _levels(levels: Mapping[str, Any]) -> dict[str, str]:
    """To three decimals: enough to follow, and no endless fraction."""
    return {name: str(round_half_even(levels[name], 3)) for name in POLLUTANTS if name in levels}


def _percent(rate: Fraction | None) -> str | None:
    return None if rate is None else str(round_half_even(rate, 1))
