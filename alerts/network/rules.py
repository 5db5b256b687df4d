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
    ("coarse", "restless_labels"),
    # Said of several stations together.
    ("join",),
    ("region",),
    ("fault", "again"),
    ("fault", "again_s"),
    ("fault", "well_s"),
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
    log_stir: float = math.log(1.25)
    """A neighbour stirs when it is up by a quarter,"""
    stir_share: float = 0.4
    """and so many of them together are more than their noise: it may be the edge of an episode."""
    wait_s: float = 1200.0
    """So long an order of the mildest degree waits for them then; an episode takes hours, a plume is here now."""
    shared_s: float = 900.0
    """A neighbour's reading older than this says nothing about now."""


@dataclass(frozen=True, slots=True)
class CoarseRule:
    """Stations of hours: the change of the hour, by source profile, against the noise the network has."""

    base_labels: int = 2
    """The level before is the last known one of so many labels: an older one says less of now."""
    offsets: PerPollutant = (200, 320, 120, 240, 6, 320)
    """Variance-stabilising: the hour-to-hour noise of a station is additive at these levels and proportional
    only far above (generalised logarithm, Rocke & Durbin 2001)."""
    first: float = 5.5
    """Matched-filter statistic that one hour must reach, in units of its own usual size."""
    later: float = 4.0
    """And the best of each of two hours, when both together reach `first`."""
    troubled: float = 1.5
    """Times `first` where the station has a fault: an instrument in trouble has to show more."""
    begin: float = 2.5
    floors: PerPollutant = (18, 45, 20, 35, 0.6, 0)
    least_share: float = 0.25
    """Of the level without a source: instruments agree no better than that (EPA/600/R-20/280)."""
    odds: float = 3.0
    """Logarithm of how much better a source must explain a change than an instrument that pretends: twenty to one."""
    odds_lasting: float = 1.0
    """The same when it has lasted for two hours or more."""
    gain_spread: float = 0.35
    """How differently stations answer the same shared rise, as a share of it."""
    wander: float = 0.7
    """Each further label since the base adds so much of the noise's variance: levels wander."""
    restless_labels: float = 6.0
    """Half of what is known of the present restlessness is forgotten in so many labels."""
    calmest: float = 0.2
    wildest: float = 6.0
    """Bounds of it, in units of the long average of the squares."""
    wait_s: float = 600.0
    """After the first reading of an hour nobody waits longer for the others."""
    quorum: float = 0.75
    """Of the neighbours that report must have reported this hour before anybody is judged."""


@dataclass(frozen=True, slots=True)
class SignatureRule:
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
    fine_s: float = 7200.0
    """A plume at 1.5 m/s crosses ten kilometres in less than two hours, and has to be noticed then."""
    fine_km: float = 10.0
    coarse_s: float = 14400.0
    coarse_km: float = 50.0
    """A plume is seen so far away at most; whether it is one, the wind decides."""
    same_km: float = 1.0
    """So near, two stations (of hours: thrice as far) see the same source whatever the wind."""
    calm: float = 0.5
    """m/s; slower air has no direction (WMO No. 8: calm)."""
    calm_km: float = 5.0
    """Without wind a cloud lies about its source; of hours thrice as far."""
    spread: float = 0.6
    """Half-width of a plume's path, in units of its length: 30 degrees either side, as wind turns within the hour."""
    meander: float = 1.4
    """m/s; weak wind wanders further: twice its sideways swing of 0.7 m/s, against its own speed (Hanna, 1990)."""
    slack_s: float = 1800.0
    """By which a plume may come sooner than the wind would bring it; of hours four times as long."""
    linger_s: float = 2700.0
    """After its last station is clean an event stays open so long (of hours: one): its plume may be on the way."""
    again_s: float = 3600.0
    """Within so long after its end the same event goes on rather than a new one beginning."""
    longest_s: float = 28800.0
    """What stays for a working day is the station's new level, or its fault."""
    explained_log: float = math.log(1.3)
    """No further above its neighbours than that, an event was the edge of what has come over all of them."""
    clear_share: float = 0.3
    """Of its own peak: under this for `clear_steps` steps it is over."""
    clear_steps: int = 3


@dataclass(frozen=True, slots=True)
class RegionRule:
    least: int = 4
    """Stations; with fewer nobody can say what a region does."""
    rank: float = 0.2
    """The rise that four stations in five share."""
    offsets: tuple[float, float] = (30.0, 60.0)
    """Of fine and of coarse particles."""
    hours: int = 12
    together_s: float = 21600.0
    """Both modes within so long are one episode."""
    lowest: float = 0.25
    highest: float = 1.2
    share: float = 0.995
    """Of the hours begin no episode: in the long run a network has one of each mode in eight days, whatever its air."""
    pace: float = 0.1
    """An episode lifts the threshold by so much; it falls back within the time one is expected in."""
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
    again: int = 3
    again_s: float = 259200.0
    """A fault that came so often within three days keeps coming: one item, until the station was well for a day."""
    well_s: float = 86400.0
    silent_again: float = 3.0
    """And a station that keeps falling silent is given so many times the patience."""
    burst: int = 3
    burst_s: float = 7200.0
    burst_coarse_s: float = 43200.0
    moved_km: float = 0.2
    clock_readings: int = 4
    low_log: float = -0.65
    """Half of what it should be: a filter, a blocked inlet, a tired fan."""
    blocked_log: float = -1.6
    noise_ratio: float = 2.2
    noise_fine: float = 0.25
    noise_coarse: float = 0.6
    high_log: float = 0.5
    damp_log: float = 0.65
    """Twice as much in damp air: water on the particles (a factor of two near 95 %)."""
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
    lately: int = 8
    """Hours before which the place was not yet so far above its neighbours: a source begins, a drift creeps."""
    log_lately: float = math.log(1.5)
    log_grown: float = math.log(1.25)
    """By which its own level has to have grown since then."""
    log_creep: float = 0.2
    """And what was then above its usual by more than this was on its way already."""
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
