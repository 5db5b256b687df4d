"""The breakpoints of the IAQI and what else differs between HJ 633-2012 and HJ 633-2026, as data.

Concentrations are µg/m³, CO mg/m³. The two tables differ only at IAQI 100 of PM2.5 and PM10; the rules beside
them differ more. HJ 633-2026 is in force since 2026-03-01. HJ 633-2012 came with GB 3095-2012, which was
introduced in steps from 2012 and everywhere on 2016-01-01 (环发〔2012〕11号).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from airquality.period import Column, Period, Validity

INDEX: tuple[int, ...] = (0, 50, 100, 150, 200, 300, 400, 500)
"""The IAQI at each bound of a scale."""
TOP = INDEX[-1]


@dataclass(frozen=True, slots=True)
class Scale:
    """One column of the table: the concentration at each step of `INDEX`, as far as the column goes."""

    bounds: tuple[Decimal, ...]
    above: int | None = TOP
    """The IAQI of anything above the last bound; None where the column gives none at all there."""

    @property
    def open_ended(self) -> bool:
        """Whether the standard leaves undefined what lies above the last bound; 500 there is our cap."""
        return len(self.bounds) == len(INDEX)


@dataclass(frozen=True, slots=True, eq=False)
class IndexRules:
    """One version of the AQI rules."""

    code: str
    validity: Validity
    scales: Mapping[Column, Scale]
    daily_items: tuple[Column, ...]
    """What the daily report is made of."""
    rounds_concentrations: bool
    """By GB/T 8170 before the index is computed (4.2.2 of 2026); the text of 2012 has no such clause."""
    withholds_incomplete: bool
    """With an item missing, an AQI of 100 or less is not published (5.3 of 2026)."""
    names_exceeding: bool
    """Whether the rules know 超标污染物, the pollutants with an IAQI over 100; dropped in 2026."""

    def scale(self, pollutant: str, period: Period) -> Scale:
        """LookupError when the standard has no such column."""
        try:
            return self.scales[pollutant, period]
        except KeyError:
            raise LookupError(f"{self.code} has no scale for {pollutant} over {period}") from None

    def bound(self, pollutant: str, period: Period, index: int) -> Decimal:
        """The concentration at which the IAQI is `index`, one of the steps of `INDEX`.

        LookupError for any other index, and where the column ends before it.
        """
        bounds = self.scale(pollutant, period).bounds
        if index not in INDEX[: len(bounds)]:
            raise LookupError(f"{self.code} has no bound at IAQI {index} for {pollutant} over {period}")
        return bounds[INDEX.index(index)]


def _scale(*bounds: int, above: int | None = TOP) -> Scale:
    return Scale(tuple(map(Decimal, bounds)), above)


def _scales(
    pm10: Scale, pm25: Scale, *, so2_hour: int | None, o3_eight: int | None
) -> Mapping[Column, Scale]:
    table: dict[Column, Scale] = {
        ("pm25", Period.DAY): pm25,
        ("pm10", Period.DAY): pm10,
        # Hour values of PM go on the daily columns: a rule since 2026, and what the national feed has done
        # all the time before (real published rows of 2014-2020 agree with it).
        ("pm25", Period.HOUR): pm25,
        ("pm10", Period.HOUR): pm10,
        ("so2", Period.DAY): _scale(0, 50, 150, 475, 800, 1600, 2100, 2620),
        ("so2", Period.HOUR): _scale(0, 150, 500, 650, 800, above=so2_hour),
        ("no2", Period.DAY): _scale(0, 40, 80, 180, 280, 565, 750, 940),
        ("no2", Period.HOUR): _scale(0, 100, 200, 700, 1200, 2340, 3090, 3840),
        ("co", Period.DAY): _scale(0, 2, 4, 14, 24, 36, 48, 60),
        ("co", Period.HOUR): _scale(0, 5, 10, 35, 60, 90, 120, 150),
        ("o3", Period.EIGHT_HOURS): _scale(0, 100, 160, 215, 265, 800, above=o3_eight),
        ("o3", Period.HOUR): _scale(0, 160, 200, 300, 400, 800, 1000, 1200),
    }
    return MappingProxyType(table)


_DAILY: tuple[Column, ...] = (
    *((pollutant, Period.DAY) for pollutant in ("pm25", "pm10", "so2", "no2", "co")),
    ("o3", Period.EIGHT_HOURS),
)

HJ633_2012 = IndexRules(
    code="HJ 633-2012",
    validity=Validity(date(2016, 1, 1), date(2026, 2, 28)),
    scales=_scales(
        pm10=_scale(0, 50, 150, 250, 350, 420, 500, 600),
        pm25=_scale(0, 35, 75, 115, 150, 250, 350, 500),
        so2_hour=None,
        o3_eight=None,
    ),
    daily_items=(*_DAILY, ("o3", Period.HOUR)),
    rounds_concentrations=False,
    withholds_incomplete=False,
    names_exceeding=True,
)

HJ633_2026 = IndexRules(
    code="HJ 633-2026",
    validity=Validity(date(2026, 3, 1), None),
    scales=_scales(
        pm10=_scale(0, 50, 120, 250, 350, 420, 500, 600),
        pm25=_scale(0, 35, 60, 115, 150, 250, 350, 500),
        so2_hour=200,
        o3_eight=300,
    ),
    daily_items=_DAILY,
    rounds_concentrations=True,
    withholds_incomplete=True,
    names_exceeding=False,
)

INDEX_RULES: tuple[IndexRules, ...] = (HJ633_2012, HJ633_2026)


def rules_at(day: date) -> IndexRules:
    """The rules in force on a day of Beijing time; LookupError for a day before the first of them.

    A day, not an instant: see `airquality.period.beijing_day`.
    """
    for rules in INDEX_RULES:
        if rules.validity.covers(day):
            return rules
    raise LookupError(f"no AQI rules are known for {day}")
