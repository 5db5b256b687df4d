"""What an order is about, in the reader's language: where, what, how high by now, and against what that is much.

`reason` says all of it, `cause` leaves out the station that has a column of its own, `brief` is for a wall.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from app.console.names import named
from app.console.texts import Texts
from app.console.why import number
from models.alert import Alert
from models.enums import Severity
from models.order import WorkOrder
from models.registry import Station

LEAST = 1.05
"""Under so many times the limit the figure would read as "1 times"."""
_RANK = case({severity.value: severity.rank for severity in Severity}, value=Alert.severity)
# An order is as grave as the gravest alert it was made for or took in: that one says why.
_CAUSE = (
    select(
        WorkOrder.id,
        Station.name.label("station"),
        Alert.kind,
        Alert.pollutant,
        Alert.peak,
        Alert.why["level"].label("level"),
        Alert.why["threshold"].label("threshold"),
        Alert.why["base"].label("base"),
        Alert.why["clear"].label("clear"),
    )
    .join(Alert, or_(Alert.id == WorkOrder.alert_id, Alert.order_id == WorkOrder.id))
    .join(Station, Station.id == Alert.station_id)
    .ext(distinct_on(WorkOrder.id))
    .order_by(WorkOrder.id, _RANK.desc(), (Alert.id == WorkOrder.alert_id).desc(), Alert.id)
)


@dataclass(frozen=True, slots=True)
class Measured:
    """How high the pollutant of an alert was when it was judged last, in µg/m³ (CO mg/m³)."""

    level: float | None = None
    limit: float | None = None
    """That the level is over; None where the alert is about no limit."""
    usual: float | None = None
    """The station's own level before."""

    @property
    def times(self) -> float | None:
        """Of the limit, or where there is none of the usual level; None where that says nothing."""
        against = self.limit or self.usual
        if self.level is None or not against or against <= 0 or self.level < LEAST * against:
            return None
        return self.level / against


def measured(
    pollutant: str | None,
    *,
    level: Any,
    peak: float | None = None,
    threshold: Any = None,
    base: Any = None,
    clear: Any = None,
) -> Measured:
    """From the evidence of an alert, whatever release kept it: what is not there or of another shape is not known."""
    opening = _of(level, pollutant)
    if opening is None:
        return Measured()
    # A threshold without the level at which the alert ends bounds the excess over the neighbours, not the level.
    limit = _of(threshold, pollutant) if isinstance(clear, Mapping) else None
    return Measured(max(opening, peak or opening), limit, _of(base, pollutant))


def _of(values: Any, pollutant: str | None) -> float | None:
    value = values.get(pollutant) if isinstance(values, Mapping) else values
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


async def retold(
    session: AsyncSession, orders: Sequence[dict[str, Any]], words: Texts
) -> list[dict[str, Any]]:
    """The orders, in their order, each with `reason`, `cause` and `brief` in these words.

    One statement for all of them. What a person wrote as the reason of an order by hand stays as it is.
    """
    ids = [order["id"] for order in orders if order["alert_id"] is not None]
    rows = await session.execute(_CAUSE.where(WorkOrder.id.in_(ids))) if ids else ()
    told = {row.id: _told(words, row) for row in rows}
    own = ("reason", "cause", "brief")
    return [order | told.get(order["id"], dict.fromkeys(own, order["reason"])) for order in orders]


def _told(words: Texts, row: Any) -> dict[str, str]:
    found = measured(
        row.pollutant, level=row.level, peak=row.peak, threshold=row.threshold, base=row.base, clear=row.clear
    )
    return {
        "reason": reason_in_words(words, row.station, row.kind, row.pollutant, found),
        "cause": cause_in_words(words, row.kind, row.pollutant, found),
        "brief": brief_in_words(words, row.kind, row.pollutant, found),
    }


def reason_in_words(words: Texts, station: str, kind: str, pollutant: str | None, found: Measured) -> str:
    """Station, kind of alert, pollutant and how high it has been; what is not known is left out."""
    return words.say(
        "%(station)s: %(cause)s", station=station, cause=cause_in_words(words, kind, pollutant, found)
    )


def cause_in_words(words: Texts, kind: str, pollutant: str | None, found: Measured) -> str:
    """Kind of alert, pollutant, the highest level so far, and how many times what it should be that is."""
    name = named(words, "alert", kind)
    if pollutant is None:
        return name
    text = words.say("%(kind)s, %(pollutant)s", kind=name, pollutant=named(words, "pollutant", pollutant))
    if found.level is None:
        return text
    unit = "mg/m³" if pollutant == "co" else "µg/m³"
    text = words.say(
        "%(cause)s reaching %(level)s %(unit)s", cause=text, level=number(found.level), unit=unit
    )
    if found.times is None:
        return text
    if found.limit:
        return words.say(
            "%(cause)s, %(times)s times the limit of %(limit)s",
            cause=text,
            times=number(found.times),
            limit=number(found.limit),
        )
    return words.say("%(cause)s, %(times)s times the usual level", cause=text, times=number(found.times))


def brief_in_words(words: Texts, kind: str, pollutant: str | None, found: Measured) -> str:
    """Pollutant, level and times in as few words as can be read across a room."""
    if pollutant is None or found.level is None:
        return cause_in_words(words, kind, pollutant, found)
    text = f"{named(words, 'pollutant', pollutant)} {number(found.level)}"
    if found.times is None:
        return text
    if found.limit:
        return words.say("%(what)s, %(times)s × limit", what=text, times=number(found.times))
    return words.say("%(what)s, %(times)s × usual", what=text, times=number(found.times))
