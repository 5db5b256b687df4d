"""The facts of a consultation as the API shows them. Pure."""

from collections.abc import Mapping
from dataclasses import asdict
from fractions import Fraction
from typing import Any

from airquality.rounding import rounded
from app.consultation.facts import Facts


def consultation_document(facts: Facts) -> dict[str, Any]:
    """Units in their order, with figures as they are published."""
    return {
        "from": facts.first.isoformat(),
        "until": facts.last.isoformat(),
        "units": [
            {
                "grid": unit.code,
                "grid_name": unit.name,
                "aqi": None if unit.aqi is None else unit.aqi.value,
                "category": None if unit.aqi is None or unit.aqi.level is None else unit.aqi.level.category,
                "primary": [] if unit.aqi is None else list(unit.aqi.primary),
                "day": _figures(unit.day),
                "month": _figures(unit.month.figures),
                "good_days": unit.month.good,
                "judged_days": unit.month.judged,
                "work": asdict(unit.work),
                "open_problems": unit.problems.open,
                "overdue_problems": unit.problems.overdue,
                "measures": list(unit.direction.measures),
                "reasons": list(unit.direction.reasons),
            }
            for unit in facts.units
        ],
        "watched": [
            {
                "code": one.station.code,
                "name": one.station.name,
                "grid_name": one.station.unit,
                "reasons": list(one.reasons),
            }
            for one in facts.watched
        ],
    }


def _figures(levels: Mapping[str, Fraction]) -> dict[str, float]:
    return {name: float(rounded(name, level)) for name, level in levels.items()}
