"""The limits of GB 3095 as data: what a concentration may be, by grade of the area and by date.

µg/m³, CO mg/m³. Grade 1 (一级) holds in nature reserves and scenic areas, grade 2 (二级) everywhere else.
GB 3095-2012 was introduced in steps from 2012 and everywhere on 2016-01-01. GB 3095-2026 is in force since
2026-03-01, with limits of transition to the end of 2030. Gases refer to 298.15 K and 1013.25 hPa (before
2018-09-01 to 273 K), particles to the air as it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Literal

from airquality.period import Column, Period, Validity

Grade = Literal[1, 2]


@dataclass(frozen=True, slots=True, eq=False)
class LimitTable:
    """The limits of one standard over one stretch of time."""

    code: str
    phase: str | None
    """`transition` or `final`; None where the standard knows only one set."""
    validity: Validity
    limits: Mapping[Column, tuple[Decimal, Decimal]]
    """Grade 1 and grade 2."""

    def limit(self, pollutant: str, period: Period, grade: Grade) -> Decimal:
        """LookupError when the standard limits no such mean: particles by the hour, ozone by the year."""
        pair = self.limits.get((pollutant, period))
        if pair is None or grade not in (1, 2):
            raise LookupError(f"{self.code} has no limit of grade {grade} for {pollutant} over {period}")
        return pair[grade - 1]


Pairs = Mapping[Period, tuple[int, int]]


def _limits(*, so2: Pairs, no2: Pairs, pm10: Pairs, pm25: Pairs) -> Mapping[Column, tuple[Decimal, Decimal]]:
    by_pollutant: dict[str, Pairs] = {
        "pm25": pm25,
        "pm10": pm10,
        "so2": so2,
        "no2": no2,
        # The same in every version so far.
        "co": {Period.DAY: (4, 4), Period.HOUR: (10, 10)},
        "o3": {Period.EIGHT_HOURS: (100, 160), Period.HOUR: (160, 200)},
    }
    return MappingProxyType(
        {
            (pollutant, period): (Decimal(first), Decimal(second))
            for pollutant, pairs in by_pollutant.items()
            for period, (first, second) in pairs.items()
        }
    )


_SO2 = {Period.YEAR: (20, 60), Period.DAY: (50, 150), Period.HOUR: (150, 500)}
_NO2 = {Period.YEAR: (40, 40), Period.DAY: (80, 80), Period.HOUR: (200, 200)}

GB3095_2012 = LimitTable(
    code="GB 3095-2012",
    phase=None,
    validity=Validity(date(2016, 1, 1), date(2026, 2, 28)),
    limits=_limits(
        so2=_SO2,
        no2=_NO2,
        pm10={Period.YEAR: (40, 70), Period.DAY: (50, 150)},
        pm25={Period.YEAR: (15, 35), Period.DAY: (35, 75)},
    ),
)

GB3095_2026_TRANSITION = LimitTable(
    code="GB 3095-2026",
    phase="transition",
    validity=Validity(date(2026, 3, 1), date(2030, 12, 31)),
    limits=_limits(
        so2=_SO2,
        no2=_NO2,
        pm10={Period.YEAR: (40, 60), Period.DAY: (50, 120)},
        pm25={Period.YEAR: (15, 30), Period.DAY: (35, 60)},
    ),
)

GB3095_2026_FINAL = LimitTable(
    code="GB 3095-2026",
    phase="final",
    validity=Validity(date(2031, 1, 1), None),
    limits=_limits(
        so2={Period.YEAR: (20, 20), Period.DAY: (50, 50), Period.HOUR: (150, 150)},
        no2={Period.YEAR: (30, 30), Period.DAY: (50, 50), Period.HOUR: (200, 200)},
        pm10={Period.YEAR: (20, 50), Period.DAY: (50, 100)},
        pm25={Period.YEAR: (10, 25), Period.DAY: (25, 50)},
    ),
)

LIMIT_TABLES: tuple[LimitTable, ...] = (GB3095_2012, GB3095_2026_TRANSITION, GB3095_2026_FINAL)


def limits_at(day: date) -> LimitTable:
    """The limits in force on a day of Beijing time; LookupError for a day before the first of them."""
    for table in LIMIT_TABLES:
        if table.validity.covers(day):
            return table
    raise LookupError(f"no limits are known for {day}")


def limit(pollutant: str, period: Period, grade: Grade = 2, *, on: date) -> Decimal:
    """The limit in force on a day, µg/m³ (CO mg/m³); LookupError where the standard sets none."""
    return limits_at(on).limit(pollutant, period, grade)
