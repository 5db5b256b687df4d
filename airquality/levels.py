"""The six levels of the AQI with their names and colours (HJ 633 tables 2 and 4; the same in both versions)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Level:
    number: int
    highest: int | None
    """The last AQI of the level; None for the gravest."""
    name: str
    category: str
    colour: str
    rgb: tuple[int, int, int]
    cmyk: tuple[int, int, int, int]


LEVELS: tuple[Level, ...] = (
    Level(1, 50, "一级", "优", "green", (0, 228, 0), (40, 0, 100, 0)),
    Level(2, 100, "二级", "良", "yellow", (255, 255, 0), (0, 0, 100, 0)),
    Level(3, 150, "三级", "轻度污染", "orange", (255, 126, 0), (0, 52, 100, 0)),
    Level(4, 200, "四级", "中度污染", "red", (255, 0, 0), (0, 100, 100, 0)),
    Level(5, 300, "五级", "重度污染", "purple", (153, 0, 76), (10, 100, 40, 30)),
    Level(6, None, "六级", "严重污染", "maroon", (126, 0, 35), (30, 100, 100, 30)),
)


def level_of(aqi: int) -> Level:
    """The level of an AQI (or IAQI) of 0 and more."""
    if aqi < 0:
        raise ValueError(f"{aqi} is no AQI")
    return next(level for level in LEVELS if level.highest is None or aqi <= level.highest)
