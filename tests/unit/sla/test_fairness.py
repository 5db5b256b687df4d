"""Where a clock's time went: holders fill the span, lost time counts once, outages never overlap."""

import itertools
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from models.enums import OutageKind
from sla.fairness import Away, Segment, cut, merged, take_apart, uncovered
from tests.unit.sla.test_deadlines import START


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def test_a_transferred_order_with_an_outage() -> None:
    """Held wrongly for 20 minutes; ten of them, and five more, the platform was away."""
    fair = take_apart(
        at(0), at(60), at(80),
        [Segment("652302", "阜康市", at(0), at(20), True), Segment("652301", "昌吉市", at(20), None)],
        [Away(OutageKind.DATABASE, at(10), at(25)), Away(OutageKind.ENGINE, at(12), at(20))],
        at(500),
    )  # fmt: skip
    assert [(share.grid, share.seconds, share.misdispatched) for share in fair.held] == [
        ("652302", 1200.0, True),
        ("652301", 3600.0, False),
    ]
    assert (fair.span_s, fair.late_s) == (4800.0, 1200.0)
    assert (fair.wrong_dispatch_s, fair.outage_s, fair.lost_s) == (1200.0, 900.0, 1500.0)
    assert fair.covered


def test_what_lies_outside_the_span_counts_nothing() -> None:
    fair = take_apart(
        at(0), at(60), at(61), [Segment("a", "a", at(-10), at(-5), True)],
        [Away(OutageKind.ENGINE, at(61), at(90)), Away(OutageKind.ENGINE, at(-90), at(0))], at(500),
    )  # fmt: skip
    assert (fair.held, fair.lost_s, fair.covered) == ((), 0.0, False)


instants = st.integers(-600, 600).map(lambda n: START + timedelta(seconds=n))
spans = (
    st.tuples(instants, instants).map(lambda two: (min(two), max(two))).filter(lambda two: two[0] < two[1])
)


def _inside(parts: list[tuple[datetime, datetime]], moment: datetime) -> bool:
    return any(begin <= moment < end for begin, end in parts)


@given(parts=st.lists(spans, max_size=8), moment=instants)
def test_merged_spans_hold_the_same_instants_apart_from_one_another(
    parts: list[tuple[datetime, datetime]], moment: datetime
) -> None:
    found = merged(parts)
    assert _inside(found, moment) == _inside(parts, moment)
    assert all(before[1] < after[0] for before, after in itertools.pairwise(found))


@given(part=spans, known=st.lists(spans, max_size=8), moment=instants)
def test_what_is_uncovered_is_new_and_all_that_is_new(
    part: tuple[datetime, datetime], known: list[tuple[datetime, datetime]], moment: datetime
) -> None:
    found = uncovered(part, known)
    assert _inside(found, moment) == (_inside([part], moment) and not _inside(known, moment))
    assert merged(found) == found


@given(
    edges=st.lists(instants, min_size=2, max_size=8, unique=True),
    due=instants,
    lost=st.lists(spans, max_size=4),
)
def test_holders_without_gap_fill_the_span(
    edges: list[datetime], due: datetime, lost: list[tuple[datetime, datetime]]
) -> None:
    edges.sort()
    segments = [Segment(str(n), "", *pair, n % 2 == 0) for n, pair in enumerate(itertools.pairwise(edges))]
    away = [Away(OutageKind.ENGINE, *part) for part in lost]
    fair = take_apart(edges[0], due, edges[-1], segments, away, START)
    assert sum(share.seconds for share in fair.held) == fair.span_s
    assert max(fair.wrong_dispatch_s, fair.outage_s) <= fair.lost_s <= fair.span_s
    assert fair.lost_s <= fair.wrong_dispatch_s + fair.outage_s
    assert cut((edges[0], edges[-1]), (edges[0], edges[-1])) == (edges[0], edges[-1])
