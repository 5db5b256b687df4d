"""What a duty says beside its role: filled in where it was not known, otherwise the duty ends and begins anew."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.registry.duties import Held, Period, Plan, Terms, Wanted, plan
from app.registry.file import parse
from tests.fakes import START as NOW
from tests.unit.registry.texts import duty

DAY = timedelta(days=1)
terms = st.builds(
    Terms,
    st.sampled_from([None, "party", "government"]),
    st.sampled_from([None, True, False]),
    st.frozensets(st.integers(1, 3)),
)


def held(said: Terms, since: int = -30) -> Held:
    return Held(7, 1, "chief", NOW + since * DAY, None, said)


def wanted(said: Terms, since: int | None = None) -> Wanted:
    return Wanted(1, "chief", None if since is None else NOW + since * DAY, None, said)


def test_what_was_not_recorded_is_filled_in() -> None:
    acts = plan([wanted(Terms("party"))], [held(Terms(covers=frozenset()))], now=NOW)
    assert acts == Plan(change={7: (NOW - 30 * DAY, None)}, terms={7: Terms("party", None, frozenset())})


def test_a_file_that_says_nothing_leaves_it() -> None:
    assert plan([wanted(Terms())], [held(Terms("party", None, frozenset({2})))], now=NOW) == Plan(unchanged=1)


def test_another_post_ends_the_duty_and_begins_it_anew() -> None:
    acts = plan([wanted(Terms("government"), since=-30)], [held(Terms("party", None, frozenset()))], now=NOW)
    assert acts.end == [7]
    assert acts.begin == [Period(1, "chief", NOW, None, Terms("government", None, frozenset()))]


def test_other_towns_end_the_duty_too() -> None:
    acts = plan([wanted(Terms(covers=frozenset({1, 2})))], [held(Terms(covers=frozenset({1})))], now=NOW)
    assert (acts.end, [period.terms.covers for period in acts.begin]) == ([7], [frozenset({1, 2})])


def test_a_duty_to_come_is_changed_where_it_stands() -> None:
    acts = plan([wanted(Terms("government"), since=5)], [held(Terms("party"), since=5)], now=NOW)
    assert (acts.end, acts.begin, acts.terms) == ([], [], {7: Terms("government")})


@given(terms, terms, st.sampled_from([None, -30]))
def test_the_second_time_nothing_happens(before: Terms, after: Terms, since: int | None) -> None:
    acts = plan([wanted(after, since)], [held(before)], now=NOW)
    stored = [held(acts.terms.get(7, before))] if not acts.end else [held(before)._replace(valid_to=NOW)]
    stored += [Held(8, *period) for period in acts.begin]
    again = plan([wanted(after, since)], stored, now=NOW + DAY)
    assert again == Plan(unchanged=1)


def test_the_file_says_them() -> None:
    text = duty('grid: "652301", role: sub_chief, covers: ["652301001", "652301002"]')
    registry = parse(text, "r.yaml", {}).registry
    assert registry is not None
    assert (registry.people[0].duties or ())[0].covers == ("652301001", "652301002")
    text = duty('grid: "652301", role: supervisor, full_time: false')
    registry = parse(text, "r.yaml", {}).registry
    assert registry is not None
    assert (registry.people[0].duties or ())[0].full_time is False
