"""What can be added to a scene: counts, sizes and make-up per kind, as read off the open scenes.

Amplitudes are µg/m³ of the main pollutant: a factor on the local background, but at least a floor.
`ratios` give the other pollutants per µg/m³ of the main one; CO is in mg/m³.
"""

from __future__ import annotations

from dataclasses import dataclass

Range = tuple[float, float]


@dataclass(frozen=True)
class Size:
    """How large an event of one difficulty is drawn."""

    factor: Range
    floor: float


@dataclass(frozen=True)
class Make:
    """One kind of pollution or regional episode."""

    main: str
    sizes: dict[str, Size]
    ratios: dict[str, Range]
    ozone_loss: Range | None = None


def _sizes(hard: Range, hard_floor: float, medium: Range, medium_floor: float, easy: Range,
           easy_floor: float) -> dict[str, Size]:  # fmt: skip
    return {
        "hard": Size(hard, hard_floor),
        "medium": Size(medium, medium_floor),
        "easy": Size(easy, easy_floor),
    }


_DUST = _sizes((0.7, 1.2), 50, (1.35, 1.9), 57, (3.8, 7.5), 160)
_BURNING = _sizes((0.63, 1.1), 17, (1.5, 2.1), 34, (4.3, 9.0), 95)
_STORM = _sizes((0.9, 1.2), 40, (2.2, 3.0), 48, (3.0, 3.6), 60)
_INVERSION = _sizes((0.9, 1.2), 20, (2.0, 2.6), 24, (2.6, 3.2), 33)

POLLUTION: dict[str, dict[str, Make]] = {
    "network": {
        "dust": Make("pm10", _DUST, {"pm25": (0.08, 0.19)}),
        "burning": Make("pm25", _BURNING, {"pm10": (1.10, 1.28)}),
        "industrial": Make(
            "pm10", _sizes((0.9, 1.1), 30, (1.7, 2.2), 65, (3.0, 6.0), 115), {"pm25": (0.44, 0.64)}
        ),
    },
    "hourly": {
        "dust": Make("pm10", _DUST, {"pm25": (0.08, 0.19)}),
        "burning": Make(
            "pm25",
            _BURNING,
            {"pm10": (1.1, 1.28), "co": (0.008, 0.0145), "no2": (0.04, 0.1), "so2": (0.012, 0.035)},
        ),
        "industrial": Make(
            "so2",
            _sizes((1.0, 1.5), 44, (1.7, 2.4), 50, (4.0, 7.0), 110),
            {"no2": (0.35, 0.6), "pm10": (0.32, 0.45), "pm25": (0.1, 0.28), "co": (0.002, 0.004)},
        ),
        "traffic": Make(
            "no2",
            _sizes((0.85, 1.1), 65, (1.7, 2.2), 70, (4.5, 6.5), 150),
            {"co": (0.006, 0.011), "pm10": (0.19, 0.24), "pm25": (0.07, 0.17)},
            ozone_loss=(0.25, 0.52),
        ),
    },
}

REGIONAL: dict[str, dict[str, Make]] = {
    "network": {
        "dust_storm": Make("pm10", _STORM, {"pm25": (0.16, 0.24)}),
        "inversion": Make("pm25", _INVERSION, {"pm10": (1.2, 1.24)}),
    },
    "hourly": {
        "dust_storm": Make("pm10", _STORM, {"pm25": (0.16, 0.24)}),
        "inversion": Make(
            "pm25", _INVERSION, {"pm10": (1.12, 1.26), "co": (0.0082, 0.0102), "no2": (0.16, 0.2)}
        ),
    },
}

POLLUTION_COUNTS = {
    "network": {"dust": 17, "burning": 16, "industrial": 6},
    "hourly": {"burning": 9, "dust": 9, "industrial": 8, "traffic": 8},
}
REGIONAL_COUNTS = {"network": {"dust_storm": 3, "inversion": 2}, "hourly": {"dust_storm": 2, "inversion": 2}}
SEVERAL_STATIONS = 10
DURING_REGIONAL = {"network": 3, "hourly": 2}
FAULT_COUNTS = {
    "network": {
        "drift": 3, "filter": 3, "moved": 2, "offset_step": 3, "blocked": 3, "gap": 4, "noise": 3, "clock_shift": 2,
        "humidity": 3, "flat_line": 4, "spike_burst": 4, "spike": 6,
    },
    "hourly": {
        "drift": 3, "filter": 3, "moved": 1, "offset_step": 3, "blocked": 3, "gap": 4, "noise": 3, "humidity": 3,
        "flat_line": 3, "spike_burst": 3, "spike": 6,
    },
}  # fmt: skip

LOCAL_MINUTES = {"network": (42.0, 275.0), "hourly": (190.0, 480.0)}
REGIONAL_MINUTES = {
    "network": {"dust_storm": (1400.0, 1600.0), "inversion": (1300.0, 1700.0)},
    "hourly": {"dust_storm": (960.0, 1080.0), "inversion": (920.0, 1420.0)},
}
FAULT_MINUTES: dict[str, dict[str, Range]] = {
    "network": {
        "drift": (5100, 6300), "filter": (1450, 2850), "moved": (900, 3200), "offset_step": (500, 2500),
        "blocked": (260, 930), "gap": (180, 940), "noise": (650, 1020), "clock_shift": (320, 580),
        "humidity": (420, 510), "flat_line": (235, 400), "spike_burst": (54, 142), "spike": (0, 0),
    },
    "hourly": {
        "drift": (6200, 7100), "filter": (1050, 2950), "moved": (900, 1800), "offset_step": (690, 1650),
        "blocked": (300, 1020), "gap": (298, 340), "noise": (770, 960), "humidity": (315, 365),
        "flat_line": (370, 780), "spike_burst": (300, 850), "spike": (0, 0),
    },
}  # fmt: skip
FAULT_DIFFICULTY = {
    "drift": "hard", "filter": "hard", "humidity": "hard", "offset_step": "medium", "noise": "medium",
    "clock_shift": "medium", "spike_burst": "medium", "moved": "easy", "blocked": "easy", "gap": "easy",
    "flat_line": "easy", "spike": "easy",
}  # fmt: skip
