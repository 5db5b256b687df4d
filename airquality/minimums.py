"""How much must have been measured for a mean to count (GB 3095-2026 table 4; 2012 has the same numbers)."""

HOUR_MINUTES = 45
"""Minutes of sampling in the hour, for the gases: the table names no particles here."""
DAY_HOURS = 20
"""Hourly means in the day; for ozone the day is judged by its 8 h means instead."""
EIGHT_HOURS_HOURS = 6
"""Hourly ozone means in the eight hours."""
DAY_EIGHT_HOURS = 14
"""Running 8 h means, of the 17 that end from 08:00 to 24:00, for the day's largest to count (HJ 663, 6.1.2).

With fewer the day still counts if the largest exceeds the limit.
"""
MONTH_DAYS = 27
FEBRUARY_DAYS = 25
YEAR_DAYS = 324
"""Daily means in the year, with every month valid by itself."""
