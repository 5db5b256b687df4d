"""What holds for every stream."""

from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.quality import DEFAULT_QUALITY_RULES, Level, Screen, Screened
from models.enums import POLLUTANTS
from tests.unit.alerts.quality.streams import Arrival, final, streams, walks

Stream = tuple[float, list[Arrival]]
FEW = settings(max_examples=120, deadline=None)
ANY = st.one_of(streams(), walks())


def run(screen: Screen, arrivals: list[Arrival]) -> list[Screened]:
    return [arrival.into(screen) for arrival in arrivals]


def shown(results: list[Screened]) -> list[str]:
    """By their text, in which an instant that is no number equals itself."""
    return [repr(result) for result in results]


@FEW
@given(ANY)
def test_usable_is_what_came_or_nothing(stream: Stream) -> None:
    cadence, arrivals = stream
    for arrival, result in zip(arrivals, run(Screen(DEFAULT_QUALITY_RULES, cadence), arrivals), strict=True):
        assert len(result.usable) == len(POLLUTANTS)
        for given_value, used in zip(arrival.values, result.usable, strict=True):
            assert used is None or used is given_value
            assert used is None or used >= 0


@FEW
@given(ANY)
def test_flags_name_each_value_once_and_never_a_pass(stream: Stream) -> None:
    cadence, arrivals = stream
    for result in run(Screen(DEFAULT_QUALITY_RULES, cadence), arrivals):
        keys = [(repr(flag.observed_at), flag.pollutant) for flag in result.flags]
        assert len(keys) == len(set(keys))
        assert all(
            flag.level > Level.PASS and flag.version == DEFAULT_QUALITY_RULES.version for flag in result.flags
        )
        assert set(result.revoked) <= {(flag.observed_at, flag.pollutant) for flag in result.flags}


@FEW
@given(ANY)
def test_failed_and_missing_values_are_never_used(stream: Stream) -> None:
    cadence, arrivals = stream
    for arrival, result in zip(arrivals, run(Screen(DEFAULT_QUALITY_RULES, cadence), arrivals), strict=True):
        bad = {
            flag.pollutant
            for flag in result.flags
            if flag.level >= Level.FAIL and repr(flag.observed_at) == repr(arrival.observed_at)
        }
        assert all(result.usable[POLLUTANTS.index(pollutant)] is None for pollutant in bad)


@FEW
@given(ANY)
def test_the_short_way_comes_to_the_same_results(stream: Stream) -> None:
    cadence, arrivals = stream
    short, long = Screen(DEFAULT_QUALITY_RULES, cadence), Screen(DEFAULT_QUALITY_RULES, cadence, gated=False)
    for arrival in arrivals:
        assert repr(arrival.into(short)) == repr(arrival.into(long))
        assert short.dump() == long.dump()


@FEW
@given(ANY, st.data())
def test_a_stream_may_be_cut_anywhere(stream: Stream, data: st.DataObject) -> None:
    cadence, arrivals = stream
    whole = Screen(DEFAULT_QUALITY_RULES, cadence)
    expected = shown(run(whole, arrivals))
    cuts = sorted(data.draw(st.sets(st.integers(0, len(arrivals)), max_size=6)))
    screen = Screen(DEFAULT_QUALITY_RULES, cadence)
    found: list[Screened] = []
    for start, end in zip((0, *cuts), (*cuts, len(arrivals)), strict=True):
        screen = Screen.restore(DEFAULT_QUALITY_RULES, cadence, screen.dump())
        found += run(screen, arrivals[start:end])
    assert shown(found) == expected
    assert screen.dump() == whole.dump()


@FEW
@given(ANY, st.data())
def test_doubled_instants_change_nothing(stream: Stream, data: st.DataObject) -> None:
    """Sent again at once, or once more later while the delay is still that of a fresh reading."""
    cadence, arrivals = stream
    expected = run(Screen(DEFAULT_QUALITY_RULES, cadence), arrivals)
    screen = Screen(DEFAULT_QUALITY_RULES, cadence)
    found: list[Screened] = []
    everything: list[Screened] = []
    for arrival in arrivals:
        found.append(arrival.into(screen))
        everything.append(found[-1])
        if data.draw(st.booleans()):
            everything.append(arrival.into(screen))
            assert everything[-1].revoked == ()
    assert shown(found) == shown(expected)
    assert repr(sorted(final(everything).items(), key=repr)) == repr(
        sorted(final(expected).items(), key=repr)
    )


@FEW
@given(ANY)
def test_verdicts_on_values_do_not_depend_on_when_they_arrive(stream: Stream) -> None:
    """Apart from the clock: the same instants in the same order, delivered together hours later."""
    cadence, arrivals = stream
    kept = [a for a in arrivals if a.observed_at == a.observed_at and abs(a.observed_at) < 1e12]
    timely = [Arrival(a.observed_at + 2, a.observed_at, a.values, a.humidity) for a in kept]
    newest = max((a.observed_at for a in kept), default=0.0)
    together = [Arrival(newest + 1e6, a.observed_at, a.values, a.humidity) for a in kept]
    one, other = Screen(DEFAULT_QUALITY_RULES, cadence), Screen(DEFAULT_QUALITY_RULES, cadence)
    assert [r.flags for r in run(one, timely)] == [r.flags for r in run(other, together)]
