"""What counts as a sign of interference: one frozen group a sign, each figure with its reason.

`log_*` are differences of natural logarithms (−0.5 = four tenths gone), hours are whole hours of the clock, days
those of Beijing time. No published rule has such figures; what the acts are is in 环发〔2015〕175号 art. 4 and in
annex 3 art. 6. Overridable by season, response, grid and station like every other rule.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class MovedRule:
    """Art. 4(一): a monitoring point changed without approval."""

    away_km: float = 0.2
    """As the instrument event `moved`: ten times the error of a cheap receiver."""
    positions: int = 6
    """From elsewhere; one wrong fix, or two, is what receivers do."""
    lasting_s: float = 1800.0
    """A unit that is carried to the workshop and back within half an hour measured nothing there."""
    share: float = 0.8
    """Of the positions since it moved. A receiver that errs comes back in between."""
    spread_km: float = 0.2
    """Median distance from their own middle: who stands somewhere else stands, who errs wanders."""


@dataclass(frozen=True, slots=True)
class MuffledRule:
    """Art. 4(二) and (六): the inlet covered, blocked or filtered."""

    log_level: float = -0.5
    """Both particle sizes against the neighbours. Sensors of one type agree within a third (EPA/600/R-20/280)."""
    log_stir: float = -0.4
    """What a filter holds back it also calms, in µg/m³ from reading to reading; a shifted zero keeps its stir."""
    gas_share: float = 0.5
    """Gases may have fallen by less than this share of the particles: a filter lets them pass, clean air does not."""
    steep_hours: int = 3
    """Within so long more than half of it has to have happened: dust in a fan takes weeks."""
    hours: int = 24
    """Known hours after the change. In the recorded networks 97 lows in 100 that nobody made were over after 13 h."""
    before_hours: int = 24
    """Known hours before it: a whole day on both sides, so that the hours of the day weigh alike."""
    search_hours: int = 12
    """So far to both sides of what the detector said the change is looked for."""
    neighbours: int = 3
    others_share: float = 0.25
    """Of the neighbours may have fallen by half as much: beyond, it was the air."""


@dataclass(frozen=True, slots=True)
class CutRule:
    """Art. 4(五): power or network cut."""

    days: int = 35
    """Five weeks: every day of the week five times."""
    silent_share: float = 0.5
    """Of its usual readings missing makes an hour a silent one."""
    fine_hours: int = 1
    coarse_hours: int = 3
    """Hourly stations lose single hours for many honest reasons."""
    longest_hours: int = 48
    """Longer is a defect that waits for its repair, no switch."""
    shared: float = 0.34
    """Of the neighbours silent with it: the line of the quarter, not of the station."""
    neighbours: int = 2
    """Without two others nobody can tell its silence from the network's."""
    least: int = 5
    """Days with an outage of its own; below, coincidence."""
    weeks: int = 4
    """Different weeks with one, for a pattern by day of the week."""
    widest_hours: int = 3
    """The outages of a habit begin within so many hours of the clock."""
    high_share: float = 0.2
    """The highest fifth of all days, at the same hours, is high pollution."""
    apart_days: int = 2
    """Days of one episode are one coincidence."""
    least_high: int = 4
    """Coincidences; five weeks rarely hold more episodes."""
    high_chance: float = 0.002
    """Four of four, or five of six. Weaker than `chance`, since few stations have so many outages of their own, and
    the ones who have are to be asked why."""
    chance: float = 0.0001
    """Probability of as much by accident. A station is judged every day, on ten independent spans a year: in a
    thousand stations one such accident a year."""


@dataclass(frozen=True, slots=True)
class ChangedRule:
    """Art. 4(八): the instrument's state, parameters or data changed."""

    before_days: int = 14
    """Two weeks hold both kinds of weather; a month would hold another season."""
    least_before: int = 9
    after_days: int = 6
    least_after: int = 5
    """A character is what stays: a three-day inversion, a week's road works next door, are over after that."""
    hours: int = 12
    """Known hours that make a day."""
    neighbours: int = 3
    z: float = 3.5
    """In units of the station's own day-to-day scatter (1.4826 × MAD); of six days' median that is five of its own
    standard errors."""
    past_half: float = 0.2
    """Share of the days on either side that may lie beyond half of the change: else it is no change, or crept in."""
    level: float = 0.3
    """Both sizes against the neighbours: a third more or a quarter less, beyond what season and damp do to one unit."""
    ratio: float = 0.45
    """PM2.5 ÷ PM10 against theirs: half as much again. Road works do less than that for a week."""
    noise: float = 0.5
    """Reading-to-reading stir relative to the level, against theirs: two thirds more, or a third less."""
    swing: float = 0.5
    """The day's amplitude against theirs: capped or stretched."""
    agreement: float = 0.9
    """Fisher's z of the correlation with them over a day: from 0.95 to 0.73."""
    profile: float = 0.3
    """Night (20–8) against day relative to theirs: a third, as when somebody comes every evening."""
    floors: float = 0.15
    """Share of these sizes that a day's scatter counts at least: a quiet fortnight makes no small step great."""
    together: int = 2
    """Traits that changed at once: one alone is what sensors do, and its alert is maintenance."""
    alone: float = 1.5
    """But one that changed by so many times its size and z is enough."""
    others_share: float = 0.25


@dataclass(frozen=True, slots=True)
class IntegrityRules:
    moved: MovedRule = field(default_factory=MovedRule)
    muffled: MuffledRule = field(default_factory=MuffledRule)
    cut: CutRule = field(default_factory=CutRule)
    changed: ChangedRule = field(default_factory=ChangedRule)
