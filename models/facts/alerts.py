"""What became of an event in the air."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models.enums import AlertKind, AlertScope, Severity
from models.facts.readings import StationInfo
from models.ids import AlertId


@dataclass(frozen=True, slots=True)
class AlertOpened:
    alert_id: AlertId
    kind: AlertKind
    scope: AlertScope
    severity: Severity
    station: StationInfo
    pollutant: str | None
    started_at: datetime
    """Event time of the first reading that belongs to it."""
    detected_at: datetime
    """Event time of the reading that completed the decision."""
    why: dict[str, Any]
    order: bool
    """Whether an order is due for it."""


@dataclass(frozen=True, slots=True)
class AlertDue:
    """An order is due from now for an alert that was open without one: its silence is over, or it was decided anew."""

    alert_id: AlertId
    kind: AlertKind
    severity: Severity
    station: StationInfo
    pollutant: str | None
    why: dict[str, Any]
    at: datetime
    """Of the decision."""
    order: bool = True


@dataclass(frozen=True, slots=True)
class AlertRaised:
    """The severity of an open alert rose."""

    alert_id: AlertId
    kind: AlertKind
    station: StationInfo
    pollutant: str | None
    severity: Severity
    at: datetime


@dataclass(frozen=True, slots=True)
class AlertJoined:
    """Another station sees the same event."""

    alert_id: AlertId
    kind: AlertKind
    station: StationInfo
    pollutant: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class AlertRescoped:
    """New evidence decided anew who is meant."""

    alert_id: AlertId
    kind: AlertKind
    station: StationInfo
    pollutant: str | None
    scope: AlertScope
    at: datetime


@dataclass(frozen=True, slots=True)
class AlertCleared:
    alert_id: AlertId
    kind: AlertKind
    station: StationInfo
    pollutant: str | None
    at: datetime
