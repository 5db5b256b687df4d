"""What can be decided about a report from below, as plain values."""

from dataclasses import dataclass

from dispatch.tasks.service import Handed
from models.enums import ReportAct, Severity
from models.ids import GridId, OrderId, ReportId


@dataclass(frozen=True, slots=True)
class AsOrder:
    """An order by hand: of a county to itself, of the prefecture to the grid it names."""

    severity: Severity
    reason: str | None = None
    """In place of the report's own words."""
    grid_id: GridId | None = None
    act = ReportAct.ORDER


@dataclass(frozen=True, slots=True)
class AsTask:
    """Handed back down as a task."""

    handed: Handed
    act = ReportAct.TASK


@dataclass(frozen=True, slots=True)
class Merge:
    """About the same as another report, or as an order; one of the two is named."""

    report_id: ReportId | None = None
    order_id: OrderId | None = None
    reason: str | None = None
    act = ReportAct.MERGE


@dataclass(frozen=True, slots=True)
class Dismiss:
    reason: str
    act = ReportAct.DISMISS


@dataclass(frozen=True, slots=True)
class Refer:
    """Passed on to the prefecture: beyond one county, or one department (annex 1 art. 18)."""

    reason: str
    act = ReportAct.REFER


Decision = AsOrder | AsTask | Merge | Dismiss | Refer
