"""The fuzzer's own targets over a fixed stretch of its inputs; `make fuzz` goes on from there."""

import random

import pytest

from tests.fuzz.mutate import corpus, mutated
from tests.fuzz.targets import TARGETS


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_mutated_messages_give_readings_or_rejections(name: str) -> None:
    source, known = random.Random(212), corpus(name)
    assert sum(TARGETS[name](mutated(source, known)) for _ in range(3000)) > 100
