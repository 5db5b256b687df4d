"""The rules a fresh system starts with, each number with its reason.

"Standards" is `design/standards.md` section 4; rates and quantiles are those of docs/quality.md, measured on
sensors of Aberdeen (150 s), stations of Beijing (1 h) and sensors in North Carolina (60 s).
"""

from typing import Any

from alerts.quality.rules import parse_quality
from models.enums import POLLUTANTS

FIRST_VERSION = 1


def _span(fail_high: float, suspect_high: float) -> dict[str, float]:
    # Below zero fails: baselines take logarithms and means of what is used (standards 4.4).
    return {"fail_low": 0, "suspect_low": 0, "suspect_high": suspect_high, "fail_high": fail_high}


def _each(*numbers: float | None) -> dict[str, float | None]:
    return dict(zip(POLLUTANTS, numbers, strict=True))


DEFAULT_QUALITY: dict[str, Any] = {
    # No MinInterval of HJ 212 between 10 min and an hour is in use for ambient air: ten minutes part
    # instruments that tell single values from stations that tell means.
    "coarse_above_s": 600,
    # Two lost readings in a row are daily radio trouble; over a longer gap any step is possible.
    "contiguous_cadences": 2.5,
    # Around the detection limits of low-cost cells and optical counters; in them, ratios mean nothing.
    "floors": _each(2, 4, 3, 4, 0.1, 8),
    # A week: longer than a repair takes, shorter than the life of a station without the sensor.
    "missing": {"forget_s": 7 * 86400},
    "range": {
        # Fail after standards 4.4 (top of the AQI scale, with room for smoke and dust); suspect after the
        # same for PM, and one step of IAQI below the top for gases, where it names one.
        "spans": {
            "pm25": _span(1000, 500),
            "pm10": _span(3000, 600),
            "so2": _span(2620, 1600),
            "no2": _span(3840, 1200),
            "co": _span(150, 60),
            # The 8 h scale ends at 800; Beijing's 104,000 hours have nothing between 500 and 1000, and what
            # is above 1000 there is one monitor at its ceiling, at night (standards 4.4 says 1200).
            "o3": _span(800, 500),
        },
        # Fireworks of the New Year and inversions: hours above 500 are real, above 1000 have been measured.
        "winter": {
            "first_month": 11,
            "last_month": 2,
            "spans": {"pm25": _span(1500, 800), "pm10": _span(3000, 1000)},
        },
        # Dust storms of the basin: PM10 of 2000 is spring weather there, with a tenth to a fifth as PM2.5.
        "dust": {
            "first_month": 3,
            "last_month": 5,
            "spans": {"pm25": _span(1000, 600), "pm10": _span(5000, 2000)},
        },
    },
    "spike": {
        # Tripling and back within two minutes is no air that an officer could find; five times is no air.
        "fine": {"suspect": 3, "fail": 5},
        # A mean of an hour can be one real fire: both ratios a step higher.
        "coarse": {"suspect": 4, "fail": 8},
    },
    "rate_of_change": {
        # About the fastest step in 10,000 of real records, from one sample to the next.
        "fine_per_s": _each(1, 5, 5, 5, 0.1, 2.5),
        "coarse_per_s": _each(0.11, 0.17, 0.056, 0.042, 0.0014, 0.045),  # 400, 600, 200, 150, 5, 160 an hour
    },
    "flat_line": {
        # Sixty minute values with the same digits do not happen above the exemption; standards 4.4 says 3 h
        # and 6 h without a cadence, which is kept for the failure and for hourly values. Optical PM has two
        # decimals and moves down to almost nothing; gases, and everything in hourly files, are shown in
        # whole µg/m³ or tenths of a mg/m³ of CO: below some ten such steps a calm night stays on one.
        "fine": {"suspect_s": 3600, "fail_s": 10800, "exempt_below": _each(1, 2, 10, 10, 2, 10)},
        "coarse": {"suspect_s": 10800, "fail_s": 21600, "exempt_below": _each(5, 10, 10, 10, 2, 10)},
    },
    "cross_parameter": {
        "suspect": {"ratio": 1.05, "margin": 5},  # standards 4.4
        # Beijing's reference pairs of 2013 pass the bound above in 7 % of hours, most of them inversions that
        # were real, and this one in 1 %.
        "fail": {"ratio": 1.5, "margin": 20},
    },
    "twins": {"difference": 5, "relative": 0.7},  # sensortoolkit and AirSensor AB_03, standards 4.3
    "humidity": {
        # Growth begins near 75 % (Jayaratne 2018), but only above 90 % does it exceed what PM does anyway.
        "threshold": 90,
        "growth": 2,
        "stuck_s": 10800,  # natural humidity moves by its last digit within three hours
        "damp_s": 86400,  # every afternoon but that of a fog day is dry somewhere
    },
    "warm_up": {
        # Shorter silences are lost messages. Ten minutes: fan, flow and laser settle, a PM sensor fills its
        # averaging window.
        "gap_s": 3600,
        "gap_cadences": 3,
        "for_s": 600,
    },
    "clock": {
        "late_s": 900,  # an operator's retry takes minutes
        "late_cadences": 2.5,  # two lost deliveries
        "ahead_s": 600,  # the contract: more than 10 min ahead goes to quarantine
        "steady_s": 60,
        "steady_cadences": 0.5,  # the delay swings by the sampling itself
        "spacing_cadences": 0.3,  # held-back readings come at once, not at a third of their pace
        "count": 4,  # three retries in a row with the same delay are still thinkable
    },
    # From which level on a value feeds nothing. What real air does as well (fast steps) is told and used;
    # what only instruments do is withheld once suspect.
    "withhold": {
        "clock": 3,  # a value at the wrong time spoils two places
        "spike": 3,
        "flat_line": 3,
        "cross_parameter": 4,
        "warm_up": 3,
        "humidity": 4,  # never reached: a fire in fog must still be found; who judges sees the flag
        "rate_of_change": 4,  # never reached: the beginning of every real plume
    },
}

DEFAULT_QUALITY_RULES = parse_quality(DEFAULT_QUALITY, FIRST_VERSION)
