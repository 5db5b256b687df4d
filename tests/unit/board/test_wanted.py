"""Filters: every one that is given must hold, and none shows more than the scope."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.auth.scope import EVERYTHING, Scope
from app.board.wanted import Traits, Wanted, traits_of

KINDS = ["sla.breached", "sla.escalated", "order.dispatched", "alert.opened"]
CLOCKS = ["feedback", "report", "review"]
grids = st.frozensets(st.integers(1, 5))
traits = st.builds(
    Traits, st.sampled_from(KINDS), st.none() | st.integers(1, 5), st.frozensets(st.sampled_from(CLOCKS)),
    st.integers(0, 3),
)  # fmt: skip
wanted = st.builds(
    Wanted, st.builds(Scope, st.none() | grids), st.booleans(), st.none() | grids,
    st.none() | st.frozensets(st.sampled_from(CLOCKS), min_size=1), st.integers(0, 3),
    st.none() | st.frozensets(st.sampled_from(KINDS), min_size=1),
)  # fmt: skip


@given(wanted, traits)
def test_nothing_leaks_out_of_the_scope_or_past_a_filter(asked: Wanted, event: Traits) -> None:
    expected = [
        asked.scope.sees(event.grid_id),
        not asked.only_sla or event.kind.startswith("sla."),
        asked.grids is None or event.grid_id in asked.grids,
        asked.clocks is None or bool(asked.clocks & event.clocks),
        event.level >= asked.level,
        asked.kinds is None or event.kind in asked.kinds,
    ]
    assert asked.wants(event) == all(expected)


def of(name: str, **data: Any) -> Traits:
    return traits_of(name, 1, json.dumps(data))


def test_traits_come_from_the_event_itself_and_from_the_clocks_it_changed() -> None:
    assert of("sla.escalated", clock="report", level=2) == Traits(
        "sla.escalated", 1, frozenset({"report"}), 2
    )
    changed = [{"id": 1, "clock": "feedback", "level": 3}, {"id": 2, "clock": "review"}]
    assert of("order.feedback", clocks=changed) == Traits(
        "order.feedback", 1, frozenset({"feedback", "review"}), 3
    )
    assert of("alert.opened", kind="offline") == Traits("alert.opened", 1)


def test_a_level_that_is_a_word_is_no_rung() -> None:
    assert of("response.switched", level="red") == Traits("response.switched", 1)
    assert of("response.switched", level="red", clock="report").level == 0
    assert of("something.else", clock=7) == Traits("something.else", 1)


def test_no_filter_lets_everything_through() -> None:
    assert Wanted(EVERYTHING).wants(Traits("registry.loaded", None))
