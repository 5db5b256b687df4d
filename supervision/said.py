"""What a person enters about a duty: a line of text, a day that is past; refused by the name of the field. Pure."""

from datetime import date, datetime

from airquality.period import BEIJING
from models.errors import Invalid

FIRST_YEAR = 2013


def text_of(field: str, text: str | None, longest: int) -> str:
    """The trimmed text of a line; raises Invalid where there is none, or too much."""
    found = (text or "").strip()
    if not 0 < len(found) <= longest or any(ord(char) < 32 or ord(char) == 127 for char in found):
        raise Invalid(f"wants a line of at most {longest} characters", field=field)
    return found


def day_of_the_past(field: str, day: date, now: datetime) -> None:
    """Raises Invalid for a day to come, and for one before there was such a duty."""
    if not date(FIRST_YEAR, 1, 1) <= day <= now.astimezone(BEIJING).date():
        raise Invalid("a day is today or before", field=field)
