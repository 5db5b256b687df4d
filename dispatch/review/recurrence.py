"""Whether an order is a place coming back, and what that says of the order that was closed: pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from dispatch.review.policy import RecurrenceRules
from models.enums import CandidateKind, ReportClaim, VerdictState


class Place(StrEnum):
    """How the places of two orders are one; the nearest first."""

    STATION = "station"
    SOURCE = "source"
    NEAR = "near"


@dataclass(frozen=True, slots=True)
class Closed:
    """An order that was closed as handled, seen from a new one."""

    order_id: int
    closed_at: datetime
    same_station: bool
    same_source: bool
    """The likeliest registered source of both alerts is one."""
    distance_m: float
    """Between the stations that saw them first, or where a report from below has them."""
    verdict: VerdictState | None
    """Of the last round."""
    claims: ReportClaim | None


def place_of(closed: Closed, rules: RecurrenceRules) -> Place | None:
    if closed.same_station:
        return Place.STATION
    if closed.same_source:
        return Place.SOURCE
    return Place.NEAR if closed.distance_m <= rules.radius_m else None


def recurred(found: Sequence[Closed], rules: RecurrenceRules, now: datetime) -> tuple[Closed, Place] | None:
    """The closed order that a new one is the recurrence of: the nearest in place, of those the newest."""
    since = now - timedelta(days=rules.days)
    fitting = [
        (closed, place)
        for closed in found
        if since <= closed.closed_at <= now and (place := place_of(closed, rules)) is not None
    ]
    order = list(Place)
    return min(
        fitting,
        key=lambda one: (order.index(one[1]), -one[0].closed_at.timestamp(), -one[0].order_id),
        default=None,
    )


def kind_of(closed: Closed) -> CandidateKind:
    """Sham, where the station said at the time that nothing had become better and the report that it had."""
    sham = closed.verdict is VerdictState.NOT_RECOVERED and closed.claims is ReportClaim.RECOVERED
    return CandidateKind.SHAM if sham else CandidateKind.INCOMPLETE
