"""What the network's judgement rests on: one frozen group a noun, each figure with its reason.

Levels are µg/m³ (co mg/m³) in the order of `models.enums.POLLUTANTS`; `log_*` are differences of logarithms
(0.4 = half as much again); durations seconds of event time unless named otherwise. No published rule has such
figures for microstations (standards §4.2): they are the prefecture's own to change, by back-test.
"""

import math
from dataclasses import dataclass, field

PerPollutant = tuple[float, float, float, float, float, float]
WHOLE_NETWORK: tuple[tuple[str, ...], ...] = (
    # Steps are the rows of arrays that all stations share; levels are compared as logarithms over one offset.
    ("fine", "step_s"),
    ("fine", "base_steps"),
    ("fine", "guard_steps"),
    ("fine", "offsets"),
    ("coarse", "base_labels"),
    ("coarse", "offsets"),
    # One hour is waited for by all.
    ("coarse", "quorum"),
    ("coarse", "wait_s"),
    # Said of several stations together.
    ("join",),
    ("region",),
    ("fault", "network_least"),
    ("fault", "network_share"),
    ("fine_reach_km",),
    ("coarse_reach_km",),
    ("neighbours",),
)
"""Figures and groups of `NetworkRules` that no grid and no station can have for itself."""


@dataclass(frozen=True, slots=True)
class FineRule:
    """Stations of minutes: the last readings against the station's last two hours and its neighbours."""

    step_s: float = 300.0
    base_steps: int = 24
    """Two hours: short enough to share weather and time of day with now, long enough for a firm median."""
    guard_steps: int = 3
    """A quarter of an hour is left out, so that a beginning event is not its own background."""
    z: float = 5.0
    """Times the usual residual (robust sigma): rarer than once in months if residuals were normal; they are
    not, which is what `tail` is for."""
    tail: float = 1.15
    """And clear of the station's own 97th percentile, which follows how restless its place is."""
    tail_share: float = 0.97
    log_ratio: float = math.log(1.5)
    """Never for less than half as much again: particle sensors agree within a third (EPA/600/R-20/280)."""
    log_long: float = math.log(1.3)
    """And above its own last day: a return to normal after a low is no event."""
    floors: PerPollutant = (16, 32, 14, 28, 0.4, 40)
    """Excess that is worth a walk: about a quarter of the daily limit (GB 3095-2026)."""
    offsets: PerPollutant = (2, 4, 3, 4, 0.1, 8)
    """Added before the logarithm: near the detection limit ratios mean nothing."""
    sigma_floors: PerPollutant = (0.11, 0.11, 0.2, 0.15, 0.15, 0.2)
    hot: int = 4
    """Readings of the last five that must carry it: one spike is noise, two may be a lorry."""
    window: int = 5
    hot_share: float = 0.6
    strong: float = 3.0
    """Three readings in a row at this many thresholds need no fifth."""
    shared_s: float = 900.0
    """A neighbour's reading older than this says nothing about now."""


@dataclass(frozen=True, slots=True)
class CoarseRule:
    """Stations of hours: the change of the hour, by source profile, against the noise the network has."""

    base_labels: int = 2
    offsets: PerPollutant = (200, 320, 120, 240, 6, 320)
    """Variance-stabilising: the hour-to-hour noise of a station is additive at these levels and proportional
    only far above (generalised logarithm, Rocke & Durbin 2001)."""
    first: float = 5.0
    """Matched-filter statistic that one hour must reach, in units of its own usual size."""
    later: float = 4.0
    """And the best of each of two hours, when both together reach `first`."""
    begin: float = 2.5
    floors: PerPollutant = (18, 45, 20, 35, 0.6, 0)
    confirm: float = 0.5
    """Share of the profile's proportion that another instrument must show to speak for the same source."""
    wait_s: float = 600.0
    """After the first reading of an hour nobody waits longer for the others."""
    quorum: float = 0.75
    """Of the neighbours that report must have reported this hour before anybody is judged."""


@dataclass(frozen=True, slots=True)
class SignatureRule:
    gain_log: float = 0.3
    """Both particle sizes up by one factor (within a third): the instrument's gain, or damp air."""
    gain_damp_log: float = 0.12
    damp_percent: float = 85.0
    """Above this, particle counters see water (SDS011 data sheet: not above 70 %; fog from 85 %)."""
    jump_share: float = 0.6
    """Of the excess in a single reading: no plume arrives so."""
    quiet_share: float = 0.035
    quiet_ratio: float = 1.8
    """After a step of the electronics the readings differ as they did before; a plume is turbulent."""
    settle: int = 6
    sure: int = 11
    """Readings after the jump: enough to hear turbulence, enough to be sure of silence."""
    noise_log: float = 0.25
    noise_ratio: float = 2.2
    swell_s: float = 5400.0
    """A unit that swells in damp air does so for hours; a plume has arrived after three quarters of one."""


@dataclass(frozen=True, slots=True)
class JoinRule:
    fine_s: float = 5400.0
    """A plume at 1.5 m/s crosses eight kilometres in an hour and a half."""
    fine_km: float = 8.0
    coarse_s: float = 14400.0
    coarse_km: float = 50.0
    again_s: float = 3600.0
    """Within so long after its end the same event goes on rather than a new one beginning."""
    longest_s: float = 28800.0
    """What stays for a working day is the station's new level, or its fault."""
    clear_share: float = 0.3
    """Of its own peak: under this for `clear_steps` steps it is over."""
    clear_steps: int = 3


@dataclass(frozen=True, slots=True)
class RegionRule:
    least: int = 4
    """Stations; with fewer nobody can say what a region does."""
    rank: float = 0.35
    """The rise that two stations in three share."""
    offsets: tuple[float, float] = (30.0, 60.0)
    hours: int = 12
    lowest: float = 0.3
    highest: float = 0.95
    share: float = 0.975
    """Rarer than one hour in forty of this network's own days: daily swings are no episode."""
    begin: float = 0.4
    end_share: float = 0.4
    end_hours: int = 3


@dataclass(frozen=True, slots=True)
class FaultRule:
    silent_s: float = 3600.0
    silent_cadences: float = 3.0
    network_least: int = 4
    network_share: float = 0.6
    """Of the stations in service silent together: not they have failed but what carries them."""
    burst: int = 3
    burst_s: float = 7200.0
    burst_coarse_s: float = 43200.0
    moved_km: float = 0.2
    clock_readings: int = 4
    low_log: float = -0.65
    """Half of what it should be: a filter, a blocked inlet, a tired fan."""
    blocked_log: float = -1.6
    noise_ratio: float = 3.0
    noise_fine: float = 0.25
    noise_coarse: float = 0.6
    high_log: float = 0.5
    drift_log: float = 0.4


@dataclass(frozen=True, slots=True)
class LimitRule:
    """When a level over the limits is the station's own."""

    neighbours: int = 3
    """Live neighbours without whom nobody can tell the region from the place."""
    warm_hours: int = 12
    """Before, nobody knows what the neighbours usually have."""
    log_apart: float = math.log(2.0)
    """Twice what the neighbours have, for an hour: a hot spot, whatever it usually is."""
    gain_log: float = 0.4
    hours: int = 3
    of: int = 4
    """Whole hours over the limit that make a high level a lasting one."""


@dataclass(frozen=True, slots=True)
class NetworkRules:
    fine: FineRule = field(default_factory=FineRule)
    coarse: CoarseRule = field(default_factory=CoarseRule)
    signature: SignatureRule = field(default_factory=SignatureRule)
    join: JoinRule = field(default_factory=JoinRule)
    limit: LimitRule = field(default_factory=LimitRule)
    region: RegionRule = field(default_factory=RegionRule)
    fault: FaultRule = field(default_factory=FaultRule)
    fine_reach_km: float = 50.0
    coarse_reach_km: float = 80.0
    neighbours: int = 8
