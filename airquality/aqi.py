"""The air-quality index of an hour or a day, with what it is due to (HJ 633, 4.3 to 5.3)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from airquality.breakpoints import IndexRules
from airquality.iaqi import Iaqi, iaqi
from airquality.levels import Level, level_of
from airquality.period import Period
from airquality.rounding import Exact
from models.enums import POLLUTANTS

Concentrations = Mapping[str, Exact | None]
"""By the names of POLLUTANTS, µg/m³ (CO mg/m³); None or no entry is missing."""


@dataclass(frozen=True, slots=True)
class Aqi:
    rules: str
    """Code of the rules it was computed by."""
    value: int | None
    """The largest IAQI; None is published as NA, and so are level and primary pollutants."""
    parts: tuple[Iaqi, ...]
    """In the order of POLLUTANTS; published even where the AQI is not."""
    missing: tuple[str, ...]
    """The pollutants that should have had an IAQI and have none."""
    primary: tuple[str, ...]
    """首要污染物: when the AQI is over 50, every pollutant whose rounded IAQI equals it."""
    exceeding: tuple[str, ...]
    """超标污染物: IAQI over 100; empty under rules that do not know the word."""

    @property
    def level(self) -> Level | None:
        return None if self.value is None else level_of(self.value)

    @property
    def off_scale(self) -> bool:
        """Whether the value is only the cap: some concentration lies above what the standard defines."""
        return self.value is not None and any(part.off_scale for part in self.parts)


def hourly_aqi(
    rules: IndexRules,
    concentrations: Concentrations,
    *,
    so2_day: Exact | None = None,
    unmonitored: Collection[str] = (),
) -> Aqi:
    """The real-time AQI from the 1 h means of the six pollutants.

    HJ 633-2012 also lists running means in its report; the national feed's AQI was always of the 1 h means, as
    HJ 633-2026 has it now. `so2_day` is the running 24 h mean, which under 2012 stands in for an SO2 hour over
    800. `unmonitored` are pollutants that are not measured at this point at all and may be ignored (never
    primary at light pollution or worse for three years; the caller vouches for that): they are not missing.
    """
    parts = _parts(rules, concentrations, tuple((pollutant, Period.HOUR) for pollutant in POLLUTANTS))
    if concentrations.get("so2") is not None and so2_day is not None and not _has(parts, "so2"):
        parts += _parts(rules, {"so2": so2_day}, (("so2", Period.DAY),))
    return _aqi(rules, parts, unmonitored)


def daily_aqi(
    rules: IndexRules,
    concentrations: Concentrations,
    *,
    o3_hour: Exact | None = None,
    unmonitored: Collection[str] = (),
) -> Aqi:
    """The AQI of a natural day from the 24 h means and, under `o3`, the day's largest 8 h mean.

    `o3_hour` is the day's largest 1 h mean: an item of its own under HJ 633-2012, where it also remains when
    the 8 h mean is over 800; HJ 633-2026 has no such item and it is left out.
    """
    parts = _parts(rules, concentrations, tuple(item for item in rules.daily_items if item[1] != Period.HOUR))
    if o3_hour is not None and ("o3", Period.HOUR) in rules.daily_items:
        parts += _parts(rules, {"o3": o3_hour}, (("o3", Period.HOUR),))
    return _aqi(rules, parts, unmonitored)


def _parts(
    rules: IndexRules, concentrations: Concentrations, columns: tuple[tuple[str, Period], ...]
) -> tuple[Iaqi, ...]:
    for pollutant in concentrations:
        if pollutant not in POLLUTANTS:
            raise LookupError(f"{pollutant} is no pollutant of the AQI")
    given = ((column, concentrations.get(column[0])) for column in columns)
    found = (iaqi(rules, *column, level) for column, level in given if level is not None)
    return tuple(part for part in found if part is not None)


def _has(parts: tuple[Iaqi, ...], pollutant: str) -> bool:
    return any(part.pollutant == pollutant for part in parts)


def _aqi(rules: IndexRules, parts: tuple[Iaqi, ...], unmonitored: Collection[str]) -> Aqi:
    highest = {
        pollutant: max(part.value for part in parts if part.pollutant == pollutant)
        for pollutant in POLLUTANTS
        if _has(parts, pollutant)
    }
    missing = tuple(name for name in POLLUTANTS if name not in highest and name not in unmonitored)
    value = max(highest.values(), default=None)
    if value is not None and value <= 100 and missing and rules.withholds_incomplete:
        value = None
    return Aqi(
        rules=rules.code,
        value=value,
        parts=tuple(sorted(parts, key=lambda part: POLLUTANTS.index(part.pollutant))),
        missing=missing,
        primary=tuple(n for n in highest if highest[n] == value) if value is not None and value > 50 else (),
        exceeding=tuple(n for n in highest if highest[n] > 100) if rules.names_exceeding else (),
    )
