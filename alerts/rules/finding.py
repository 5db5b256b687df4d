"""What a detector hands on: frozen, and complete enough to answer "why" years later."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from alerts.window import Series
from models.enums import AlertKind, Severity

MOST_INPUTS = 120
"""Readings kept as evidence: two hours of minutes; more would bloat the row and convince nobody further."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule met at one reading. Instants are event time, aware UTC; `value` is the level that met it."""

    kind: AlertKind
    pollutant: str | None
    severity: Severity
    started_at: datetime
    detected_at: datetime
    value: float | None
    why: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Assessment:
    """An open alert at a reading. Level and severity are None when the readings are too few to tell, or too
    low.
    """

    level: float | None
    severity: Severity | None
    over: bool = False


def instant(epoch: float) -> datetime:
    """Aware UTC of seconds since the epoch, exact to the microsecond that went in."""
    return datetime.fromtimestamp(epoch, UTC)


def evidence(series: Series, start: int, end: int) -> dict[str, Any]:
    """The readings [start, end) of a window as JSON: seconds before the last one, and values."""
    start = max(start, end - MOST_INPUTS)
    last = series.times[end - 1]
    return {
        "until": instant(last).isoformat(),
        "before_s": [round(last - at, 3) for at in series.times[start:end]],
        "values": series.values[start:end].tolist(),
    }
