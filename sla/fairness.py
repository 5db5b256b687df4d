"""Where the time of a clock went: who held the order, and what was lost by no fault of theirs. Pure.

The span of a clock is from its start to its stop, or to the present while it is not stopped. Nothing here excuses
anything: it is shown beside the breach, and a person decides.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from models.enums import OutageKind

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Segment:
    """A grid held the order from `held_from` until just before `held_to` (still while None)."""

    grid: str
    grid_name: str
    held_from: datetime
    held_to: datetime | None
    misdispatched: bool = False


@dataclass(frozen=True, slots=True)
class Away:
    """Something of the platform was away."""

    kind: OutageKind
    began_at: datetime
    ended_at: datetime


@dataclass(frozen=True, slots=True)
class Share:
    """What one stretch of holding took of the span."""

    grid: str
    grid_name: str
    seconds: float
    misdispatched: bool


@dataclass(frozen=True, slots=True)
class Fair:
    """The span of a clock, taken apart. `lost_s` counts an instant once, on whatever grounds it was lost."""

    span_s: float
    late_s: float
    held: tuple[Share, ...]
    wrong_dispatch_s: float
    outage_s: float
    lost_s: float

    @property
    def covered(self) -> bool:
        """Whether it would have been in time without what was lost."""
        return self.lost_s >= self.late_s


def take_apart(
    started_at: datetime,
    due_at: datetime,
    stopped_at: datetime | None,
    segments: Iterable[Segment],
    outages: Iterable[Away],
    now: datetime,
) -> Fair:
    """Seconds of the span by holder, of wrong dispatch, and of outages."""
    span = (started_at, max(started_at, now if stopped_at is None else stopped_at))
    held, wrong = [], []
    for segment in sorted(segments, key=lambda s: s.held_from):
        part = cut((segment.held_from, span[1] if segment.held_to is None else segment.held_to), span)
        if part is None:
            continue
        held.append(Share(segment.grid, segment.grid_name, _seconds([part]), segment.misdispatched))
        if segment.misdispatched:
            wrong.append(part)
    away = [part for o in outages if (part := cut((o.began_at, o.ended_at), span)) is not None]
    return Fair(
        span_s=_seconds([span]),
        late_s=max(0.0, (span[1] - due_at).total_seconds()),
        held=tuple(held),
        wrong_dispatch_s=_seconds(merged(wrong)),
        outage_s=_seconds(merged(away)),
        lost_s=_seconds(merged([*wrong, *away])),
    )


def cut(part: Span, span: Span) -> Span | None:
    """What of `part` lies in `span`; None for nothing."""
    begin, end = max(part[0], span[0]), min(part[1], span[1])
    return (begin, end) if begin < end else None


def merged(parts: Sequence[Span]) -> list[Span]:
    """The same instants, in order, without overlap."""
    found: list[Span] = []
    for begin, end in sorted(parts):
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((begin, end))
    return found


def uncovered(part: Span, known: Sequence[Span]) -> list[Span]:
    """What of `part` none of the `known` spans holds."""
    found, begin = [], part[0]
    for since, until in merged(known):
        if since >= part[1]:
            break
        if since > begin:
            found.append((begin, since))
        begin = max(begin, until)
    if begin < part[1]:
        found.append((begin, part[1]))
    return found


def _seconds(parts: Iterable[Span]) -> float:
    return sum((end - begin for begin, end in parts), timedelta(0)).total_seconds()
