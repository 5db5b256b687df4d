import math

import pytest

from alerts.quality import HIGHEST, screened, sound
from models.enums import POLLUTANTS


@pytest.mark.parametrize("pollutant", POLLUTANTS)
def test_range_includes_its_ends_and_nothing_beyond(pollutant: str) -> None:
    top = HIGHEST[pollutant]
    assert sound(pollutant, 0.0)
    assert sound(pollutant, top)
    for value in (None, -0.01, math.nextafter(top, math.inf), math.inf, -math.inf, math.nan):
        assert not sound(pollutant, value)


def test_screened_agrees_with_sound_value_by_value() -> None:
    values = (5000.0, -1.0, None, math.nan, 3.5, 1200.0)
    assert screened(values) == (None, None, None, None, 3.5, 1200.0)
    for pollutant, value, kept in zip(POLLUTANTS, values, screened(values), strict=True):
        assert sound(pollutant, value) == (kept is not None)
