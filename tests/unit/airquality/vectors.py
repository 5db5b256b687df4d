"""The computed answers of the design note, by column: input, IAQI under 2012, IAQI under 2026."""

from decimal import Decimal

from airquality.period import Period

H, D, E = Period.HOUR, Period.DAY, Period.EIGHT_HOURS

# None: the rules give no IAQI from this mean.
VECTORS: tuple[tuple[str, Period, str, int | None, int], ...] = (
    ("pm25", D, "36", 52, 52),
    ("pm25", D, "60", 82, 100),
    ("pm25", D, "61", 83, 101),
    ("pm25", D, "75", 100, 114),
    ("pm25", D, "76", 102, 115),
    ("pm25", D, "80", 107, 119),
    ("pm25", D, "151", 201, 201),
    ("pm25", D, "351", 401, 401),
    ("pm10", D, "51", 51, 51),
    ("pm10", D, "120", 85, 100),
    ("pm10", D, "121", 86, 101),
    ("pm10", D, "150", 100, 112),
    ("pm10", D, "151", 101, 112),
    ("pm10", D, "351", 202, 202),
    ("no2", D, "41", 52, 52),
    ("co", D, "1.3", 33, 33),
    ("co", D, "2.1", 53, 53),
    ("o3", H, "161", 52, 52),
    ("o3", E, "161", 101, 101),
    ("o3", E, "216", 151, 151),
    ("o3", E, "801", None, 300),
    ("so2", H, "801", None, 200),
)

WHOLE_DAY: dict[str, Decimal] = {
    "so2": Decimal(7),
    "no2": Decimal(35),
    "pm10": Decimal(130),
    "pm25": Decimal(70),
    "co": Decimal("1.3"),
    "o3": Decimal(54),
}
