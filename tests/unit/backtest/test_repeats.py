"""Readings that come again, and corrections."""

from app.backtest.repeats import KEPT_S, Repeat, Repeats


def test_the_same_is_ignored_and_another_value_corrects() -> None:
    repeats = Repeats({0: 60.0})
    said = [((1.0, None),), ((1.0, None),), ((2.0, None),), ((2.0, None),), ((1.0, None),)]
    found = [repeats.take(0, 60.0, content) for content in said]
    assert found == [Repeat.NEW, Repeat.SAME, Repeat.OTHER, Repeat.SAME, Repeat.OTHER]


def test_stations_do_not_share_instants() -> None:
    repeats = Repeats({0: 60.0, 1: 60.0})
    assert [repeats.take(n, 60.0, (1.0,)) for n in (0, 1)] == [Repeat.NEW, Repeat.NEW]


def test_memory_holds_a_day_and_not_much_more() -> None:
    repeats = Repeats({0: 60.0})
    for n in range(20_000):
        assert repeats.take(0, 60.0 * n, (n,)) is Repeat.NEW
        assert len(repeats._seen[0]) < 2.5 * KEPT_S / 60
    newest = 60.0 * 19_999
    assert repeats.take(0, newest - KEPT_S + 60, (newest / 60 - KEPT_S / 60 + 1,)) is Repeat.SAME


def test_an_instant_far_ahead_empties_nothing() -> None:
    repeats = Repeats({0: 60.0})
    repeats.take(0, 4e9, ())
    for n in range(3000):
        repeats.take(0, 60.0 * n, ())
    assert repeats.take(0, 60.0 * 2990, ()) is Repeat.SAME
