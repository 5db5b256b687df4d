"""Spike: one value far above both of its neighbours in time; known when the following one has come.

`value + floor > ratio x (reference + floor)`, where the reference is the highest of the neighbours, not their
mean: a step or the beginning of a rise has one high neighbour and is none. A ratio, since concentrations are
lognormal; the floor keeps the noise near the detection limit from counting. Only contiguous samples; values
found bad are no neighbours. Source: QARTOD `spike_test`; with its "average" method the two neighbours of a
spike score half its height and are flagged as well (`design/standards.md` 5), hence the maximum.
"""

from dataclasses import dataclass

from alerts.quality.outcome import Level


@dataclass(frozen=True, slots=True)
class SpikeRatios:
    suspect: float
    fail: float


@dataclass(frozen=True, slots=True)
class SpikeRule:
    fine: SpikeRatios
    """At cadences of minutes: a value stands for itself."""
    coarse: SpikeRatios
    """At cadences of hours: a value is a mean, and an hour of real smoke may stand alone."""


def rose(value: float, reference: float, floor: float, ratios: SpikeRatios) -> bool:
    """Whether a value stands so far above what was before it that it may turn out a spike."""
    return value + floor > ratios.suspect * (reference + floor)


def level(value: float, reference: float, following: float, floor: float, ratios: SpikeRatios) -> Level:
    """The verdict on a value, given the highest one before it and the one after it."""
    around = max(reference, following) + floor
    if value + floor > ratios.fail * around:
        return Level.FAIL
    return Level.SUSPECT if value + floor > ratios.suspect * around else Level.PASS
