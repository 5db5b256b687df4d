"""Wilson's interval, by its definition and by published figures."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.precision import Z95, precision


def test_without_an_outcome_there_is_no_share() -> None:
    assert precision(0, 0) is None


# Newcombe (1998), Statistics in Medicine 17, table I, method 3; the last one is the mirror image of 0 of 29.
@pytest.mark.parametrize(
    ("confirmed", "of", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (29, 29, 0.8830, 1.0),
    ],
)
def test_published_figures(confirmed: int, of: int, low: float, high: float) -> None:
    share = precision(confirmed, of - confirmed)
    assert share is not None
    assert share.value == confirmed / of
    assert (round(share.low, 4), round(share.high, 4)) == (low, high)


@given(st.integers(0, 100_000), st.integers(0, 100_000))
def test_its_bounds_are_where_the_score_test_turns(confirmed: int, false_alarms: int) -> None:
    share = precision(confirmed, false_alarms)
    if share is None:
        return
    n = confirmed + false_alarms
    assert 0 <= share.low <= share.value <= share.high <= 1
    for bound, exact in ((share.low, confirmed > 0), (share.high, false_alarms > 0)):
        if exact:
            # |p - bound| = z · sqrt(bound (1 - bound) / n)
            assert abs(share.value - bound) == pytest.approx(
                Z95 * (bound * (1 - bound) / n) ** 0.5, rel=1e-6, abs=1e-9
            )
