"""Factor codes → what a reading holds, and the units they may come in.

Codes of 2017: HJ 212-2017 table B.2; `a05024` ozone is of HJ 524-2009 and used with both versions. The plain
names are those that devices after HJ/T 212-2005 send.
"""

from collections.abc import Mapping

from models.enums import MET, POLLUTANTS

FACTORS: tuple[str, ...] = (*POLLUTANTS, *MET)
"""What a code can stand for, in the order of a reading."""

CODES: Mapping[str, str] = {
    "a34004": "pm25", "a34002": "pm10", "a21026": "so2", "a21004": "no2", "a21005": "co", "a05024": "o3",
    "a01001": "temperature", "a01002": "humidity", "a01006": "pressure", "a01007": "wind_speed",
    "a01008": "wind_direction",
    "PM25": "pm25", "PM10": "pm10", "SO2": "so2", "NO2": "no2", "CO": "co", "O3": "o3",
    "TEM": "temperature", "TEMP": "temperature", "RH": "humidity", "HUMI": "humidity",
    "WS": "wind_speed", "WD": "wind_direction",
}  # fmt: skip

# Litres a mole fills at 298.15 K and 1013.25 hPa, the state GB 3095-2026 refers gases to.
_MOLE = 24.465
_MASS = {"so2": 64.06, "no2": 46.01, "co": 28.01, "o3": 48.00}
_MICRO = {"ug/m3": 1.0, "mg/m3": 1e3, "ng/m3": 1e-3}
_OTHER: Mapping[str, Mapping[str, float]] = {
    "temperature": {"C": 1.0},
    "humidity": {"%": 1.0},
    "pressure": {"hPa": 1.0, "kPa": 10.0, "Pa": 0.01},
    "wind_speed": {"m/s": 1.0},
    "wind_direction": {"deg": 1.0},
}

DEFAULT_UNITS: Mapping[str, str] = {
    **dict.fromkeys(POLLUTANTS, "ug/m3"),
    "co": "mg/m3",
    "temperature": "C",
    "humidity": "%",
    "pressure": "kPa",
    "wind_speed": "m/s",
    "wind_direction": "deg",
}
"""What a microstation is taken to mean without a word in its profile. Not the standard's own defaults, which
are ng/m³ for particles and mg/m³ for gases: no device for ambient air was seen to follow them throughout."""


def units_of(factor: str) -> Mapping[str, float]:
    """The units a factor may come in, with what one of them is in a reading's unit."""
    if factor in _OTHER:
        return _OTHER[factor]
    units = dict(_MICRO)
    if factor in _MASS:
        per_ppb = _MASS[factor] / _MOLE
        units |= {"ppb": per_ppb, "ppm": per_ppb * 1e3}
    if factor == "co":  # a reading holds it in mg/m³
        units = {unit: value / 1e3 for unit, value in units.items()}
    return units


def plain_unit(text: str) -> str:
    """The unit in the spelling used here: `µg/m³` is `ug/m3`, `℃` is `C`."""
    for sign, plain in (("µ", "u"), ("μ", "u"), ("³", "3"), ("°C", "C"), ("℃", "C"), ("°", "deg")):
        text = text.replace(sign, plain)
    return text
