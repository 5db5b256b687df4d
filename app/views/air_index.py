"""Hourly and daily AQI and yearly figures as the API shows them: rounded as they are published, in text."""

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

from airquality.aqi import Aqi
from airquality.composite import Composite
from airquality.rounding import round_half_even, rounded
from models.enums import POLLUTANTS
from supervision.air.indices import HourIndex
from supervision.air.lookups import DayIndex
from supervision.air.year import Year


def aqi_document(aqi: Aqi) -> dict[str, Any]:
    """An AQI with its level and what it is due to; `value` None is published as NA."""
    level = aqi.level
    return {
        "value": aqi.value,
        "level": None if level is None else level.number,
        "category": None if level is None else level.category,
        "colour": None if level is None else level.colour,
        "primary": list(aqi.primary),
        "exceeding": list(aqi.exceeding),
        "missing": list(aqi.missing),
        "off_scale": aqi.off_scale,
        "parts": [
            {"pollutant": part.pollutant, "period": part.period.value, "value": part.value}
            for part in aqi.parts
        ],
        "rules": aqi.rules,
    }


def levels_document(levels: Mapping[str, Fraction]) -> dict[str, str]:
    """Concentrations as they are published: whole µg/m³, CO to 0.1 mg/m³."""
    return {name: str(rounded(name, levels[name])) for name in POLLUTANTS if name in levels}


def hours_document(hours: Sequence[HourIndex]) -> list[dict[str, Any]]:
    return [
        {"hour": one.hour, "levels": levels_document(one.levels), "aqi": aqi_document(one.aqi)}
        for one in hours
    ]


def days_document(days: Sequence[DayIndex]) -> list[dict[str, Any]]:
    return [
        {"day": one.day.isoformat(), "levels": levels_document(one.levels), "aqi": aqi_document(one.aqi)}
        for one in days
    ]


def year_document(code: str, name: str, raw: Year, deducted: Year) -> dict[str, Any]:
    """A unit's year: as measured, and without what dust took out."""
    rate = raw.good.rate
    return {
        "grid": code,
        "grid_name": name,
        "raw": _series(raw),
        "deducted": _series(deducted),
        "good_days": {
            "good": raw.good.good,
            "judged": raw.good.judged,
            "percent": None if rate is None else str(round_half_even(rate, 1)),
        },
    }


def _series(year: Year) -> dict[str, Any]:
    return {
        "figures": None if year.index is None else _figures(year.index),
        "index": None if year.index is None else str(year.index.value),
        "provisional": levels_document(year.provisional),
        "so_far": None if year.so_far is None else str(year.so_far.value),
        "primary": [] if year.so_far is None else list(year.so_far.primary),
        "days": dict(year.days),
        "missing": list(year.missing),
    }


def _figures(index: Composite) -> dict[str, str]:
    return {name: str(index.figures[name]) for name in POLLUTANTS}


def span(first: date, last: date) -> int:
    """Days of [first, last]."""
    return (last - first).days + 1
