"""What counts as a fault of the service itself: pure, from rows and `now`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dispatch.lifecycle import ALLOWED
from models.enums import ClockKind, OrderAct, OrderState, WatchdogCode
from sla.deadlines import STARTS, STOPS
from sla.policy import Do, Step

JUDGED_WITHIN = timedelta(seconds=60)
"""A deadline or a rung that is past for longer, and an alert that is open for longer, should have been dealt with."""
ROUTED_WITHIN = timedelta(minutes=15)
SENT_WITHIN = timedelta(minutes=5)
BEATS_WITHIN = timedelta(seconds=60)
REMEMBERED = timedelta(hours=1)
"""An engine that stopped for longer than this is not coming back, and another one works."""
DETECTED_WITHIN = timedelta(minutes=2)
EXAMPLES = 20

# Codes that only some of the rows are looked at for in one pass; see `settled`.
IN_TURNS = frozenset(
    {WatchdogCode.ESCALATION_MISSING, WatchdogCode.ORDER_WITHOUT_CLOCKS, WatchdogCode.ORDER_WITHOUT_HOLDER}
)
Bad = tuple[int | str, datetime]
"""What is wrong, and since when."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A fault as one pass has found it."""

    code: WatchdogCode
    subject: str
    count: int
    examples: tuple[int | str, ...]
    since: datetime


def seen(code: WatchdogCode, bad: Sequence[Bad], now: datetime, subject: str = "") -> list[Seen]:
    """One finding of all that is wrong, or none; it began with the oldest, and not in the future."""
    if not bad:
        return []
    oldest_first = sorted(bad, key=lambda one: (one[1], str(one[0])))
    since = min(now, oldest_first[0][1])
    return [Seen(code, subject, len(bad), tuple(id_ for id_, _ in oldest_first[:EXAMPLES]), since)]


@dataclass(frozen=True, slots=True)
class OpenOrder:
    """An order that is neither closed nor withdrawn, with the clocks of its that are not stopped."""

    id: int
    state: OrderState
    since: datetime
    clocks: frozenset[ClockKind]
    held: bool
    suspended: bool = False
    reports_later: bool = False
    """Whether its policy starts the clock of the report with the feedback."""

    @property
    def demanded(self) -> frozenset[ClockKind]:
        """While it is suspended (挂账) only the re-check is wanted of anybody."""
        if self.suspended:
            return SUSPENDED
        demanded = DEMANDED.get(self.state, frozenset())
        if self.reports_later and self.state in (OrderState.DISPATCHED, OrderState.ACKNOWLEDGED):
            return demanded - {ClockKind.REPORT}
        return demanded


def _demanded() -> Mapping[OrderState, frozenset[ClockKind]]:
    """By state, the clocks that are not stopped on any way that leads to it."""
    found: dict[OrderState, frozenset[ClockKind]] = {}
    ways = [(OrderState.DISPATCHED, frozenset(STARTS[OrderAct.DISPATCH]))]
    while ways:
        state, clocks = ways.pop()
        known = found.get(state)
        narrowed = clocks if known is None else known & clocks
        if narrowed == known:
            continue
        found[state] = narrowed
        for act, after in ALLOWED[state].items():
            kept = {kind for kind in narrowed if act not in STOPS[kind]}
            ways.append((after, frozenset(kept | set(STARTS.get(act, ())))))
    return {state: clocks for state, clocks in found.items() if not state.final}


DEMANDED = _demanded()
SUSPENDED = frozenset({ClockKind.RECHECK})


def without_clocks(orders: Iterable[OpenOrder]) -> list[Bad]:
    """Orders that lack a clock which their state demands."""
    return [(o.id, o.since) for o in orders if not o.demanded <= o.clocks]


def without_holder(orders: Iterable[OpenOrder]) -> list[Bad]:
    """Open orders that nobody holds."""
    return [(o.id, o.since) for o in orders if not o.held]


def missing_rung(plan: Iterable[Step], climbed: Iterable[int], now: datetime) -> datetime | None:
    """The instant of the first rung that should have been climbed and was not."""
    known = set(climbed)
    late = [s.at for s in plan if s.do is Do.ESCALATE and s.level not in known and s.at < now - JUDGED_WITHIN]
    return min(late, default=None)
