"""The range check of the first release, for the modules that still ask it.

The reading itself is kept as it came. Limits are our own design values: the top of the AQI scale, with room
for dust (PM10) and for smoke (PM2.5). µg/m³, CO mg/m³.
"""

from collections.abc import Sequence

from models.enums import POLLUTANTS

HIGHEST: dict[str, float] = {
    "pm25": 1000.0,  # twice the top breakpoint of 500: heavy smoke at the fence of a fire still counts
    "pm10": 3000.0,  # five times the top breakpoint of 600: dust storms in the basin pass 2000
    "so2": 2620.0,  # top 24 h breakpoint of HJ 633
    "no2": 3840.0,  # top 1 h breakpoint of HJ 633
    "co": 150.0,  # top 1 h breakpoint of HJ 633
    "o3": 1200.0,  # top 1 h breakpoint of HJ 633
}

TOPS: tuple[float, ...] = tuple(HIGHEST[pollutant] for pollutant in POLLUTANTS)


def sound(pollutant: str, value: float | None) -> bool:
    """True for a value a window may hold; false for missing, negative, not a number, or off the scale."""
    return value is not None and 0.0 <= value <= HIGHEST[pollutant]


def screened(values: Sequence[float | None]) -> tuple[float | None, ...]:
    """The same values in the order of POLLUTANTS, with None in place of what is not sound."""
    return tuple(
        value if value is not None and 0.0 <= value <= top else None
        for value, top in zip(values, TOPS, strict=True)
    )
