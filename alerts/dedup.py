"""One open alert per station, pollutant and kind: what a finding means to what is open already."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from alerts.rules.finding import Assessment, Finding
from models.enums import AlertKind, Severity
from models.ids import AlertId


@dataclass(slots=True, eq=False)
class OpenAlert:
    """What has to be known of an alert while it is open; `id` is None until the database has given one."""

    kind: AlertKind
    pollutant: str | None
    severity: Severity
    started_at: datetime
    detected_at: datetime
    last_at: datetime
    peak: float | None
    why: dict[str, Any]
    id: AlertId | None = None
    written_at: datetime | None = None
    """`last_at` as the database has it."""
    cleared_at: datetime | None = None
    order_due: bool = True
    """False while only late data speaks for it."""


@dataclass(frozen=True, slots=True)
class Open:
    """Nothing was open: the finding becomes an alert."""

    finding: Finding


@dataclass(frozen=True, slots=True)
class Raise:
    """The open alert got graver."""

    severity: Severity
    level: float | None


@dataclass(frozen=True, slots=True)
class Refresh:
    """The reading belongs to the open alert and changes nothing else."""

    level: float | None


@dataclass(frozen=True, slots=True)
class Due:
    """Fresh data carries on what late data had opened."""


@dataclass(frozen=True, slots=True)
class Clear:
    """The open alert is over."""


@dataclass(frozen=True, slots=True)
class Ignore:
    """Nothing open, nothing found."""


Decision = Open | Raise | Refresh | Clear | Ignore


def decide(
    current: OpenAlert | None, finding: Finding | None, assessment: Assessment | None = None
) -> Decision:
    """The one effect of a reading on one identity: `finding` if nothing is open, else the open one's
    `assessment`.

    Being over comes before all else. Severity only rises while open.
    """
    if current is None:
        return Ignore() if finding is None else Open(finding)
    if assessment is None:
        return Ignore()
    if assessment.over:
        return Clear()
    severity = assessment.severity
    if severity is not None and severity.rank > current.severity.rank:
        return Raise(severity, assessment.level)
    return Refresh(assessment.level)


def opened(finding: Finding) -> OpenAlert:
    return OpenAlert(
        kind=finding.kind,
        pollutant=finding.pollutant,
        severity=finding.severity,
        started_at=finding.started_at,
        detected_at=finding.detected_at,
        last_at=finding.detected_at,
        peak=finding.value,
        why=finding.why,
    )


def apply(current: OpenAlert, decision: Raise | Refresh | Clear, at: datetime) -> None:
    """Carries the decision out on the alert held in memory."""
    if isinstance(decision, Clear):
        current.cleared_at = at
        return
    current.last_at = max(current.last_at, at)
    if decision.level is not None:
        current.peak = decision.level if current.peak is None else max(current.peak, decision.level)
    if isinstance(decision, Raise):
        current.severity = decision.severity
