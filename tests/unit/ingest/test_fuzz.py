"""The fuzzer's own targets over a fixed stretch of its inputs; `make fuzz` goes on from there."""

import random

import pytest

from tests.fuzz.mutate import corpus, mutated
from tests.fuzz.reached import reached
from tests.fuzz.targets import TARGETS


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_mutated_messages_give_readings_or_rejections(name: str) -> None:
    source, known = random.Random(212), corpus(name)
    assert sum(TARGETS[name](mutated(source, known)) for _ in range(3000)) > 100


def test_what_inputs_reach_is_told_line_by_line() -> None:
    """The first inputs alone come through most of both decoders; what nothing came to is named."""
    nothing = reached("json", [])
    assert (nothing.lines, nothing.readings) == (0, 0)
    assert "decode.py:decode" in nothing.never_entered
    for name in TARGETS:
        came = reached(name, corpus(name))
        assert came.readings > 1
        assert 0 < len(came.missed) < came.lines / 3, came.missed
    assert "decode.py:parse_topic" in reached("json", corpus("json")).never_entered
