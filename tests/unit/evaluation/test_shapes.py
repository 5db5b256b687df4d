"""The course of an added event and the conversion of recorded units."""

from __future__ import annotations

import math

import numpy as np
import pytest

from evaluation.background import humidity_from_dew_point
from evaluation.real import micrograms
from evaluation.scene import decimal_text
from evaluation.shapes import STEP_MIN, Envelope, sampled, top_tenth


def _even(envelope: Envelope) -> np.ndarray:
    return np.ones(int(envelope.minutes / STEP_MIN) + 3)


def test_an_event_rises_stays_and_ends_where_its_decay_has_come_down() -> None:
    envelope = Envelope(rise=10, plateau=30, tau=20)
    course = envelope.at(np.array([-1.0, 0.0, 10.0, 40.0, 60.0, 100.0, 100.1]))
    assert course == pytest.approx([0, 0, 1, 1, math.exp(-1), math.exp(-3), 0])


def test_an_hourly_value_is_the_mean_over_the_hour_before() -> None:
    envelope = Envelope(rise=0.1, plateau=120, tau=5)
    hours = np.array([0.0, 3600.0, 7200.0])
    values = sampled(envelope, _even(envelope), 1800.0, hours, 3600.0)
    assert values == pytest.approx([0, 0.5, 1], abs=0.02)


def test_an_instants_value_is_nothing_outside_the_window() -> None:
    envelope = Envelope(rise=1, plateau=10, tau=2)
    values = sampled(envelope, _even(envelope), 600.0, np.array([0.0, 599.0, 900.0, 600 + 60 * 17.1]), 0.0)
    assert values[[0, 1, 3]].tolist() == [0, 0, 0]
    assert values[2] == pytest.approx(1)


def test_the_top_tenth_leaves_missing_values_out() -> None:
    assert top_tenth(np.array([1.0, math.nan, 5.0, 2.0])) == 5
    assert math.isnan(top_tenth(np.array([math.nan])))


@pytest.mark.parametrize(("gas", "expected"), [("no2", 1.88), ("o3", 1.96)])
def test_ppb_becomes_micrograms_at_25_degrees(gas: str, expected: float) -> None:
    assert micrograms(gas, 1) == pytest.approx(expected, abs=0.003)


def test_humidity_follows_from_the_dew_point() -> None:
    assert humidity_from_dew_point(12.0, 9.0) == 81.9
    assert humidity_from_dew_point(5.0, 5.0) == 100.0


@pytest.mark.parametrize(
    ("value", "text"), [(1.50, "1.5"), (300.0, "300"), (0.0, "0"), (-0.001, "0"), (math.nan, "")]
)
def test_numbers_are_written_without_trailing_zeros(value: float, text: str) -> None:
    assert decimal_text(value, 2) == text
