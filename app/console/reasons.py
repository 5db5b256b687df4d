"""What an order is about, in the reader's language."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.console.names import named
from app.console.texts import Texts
from app.console.why import number
from models.alert import Alert
from models.order import WorkOrder
from models.registry import Station

_CAUSE = (
    select(
        WorkOrder.id,
        Station.name.label("station"),
        Alert.kind,
        Alert.pollutant,
        Alert.why["level"].label("level"),
    )
    .join(Alert, Alert.id == WorkOrder.alert_id)
    .join(Station, Station.id == Alert.station_id)
)


async def retold(
    session: AsyncSession, orders: Sequence[dict[str, Any]], words: Texts
) -> list[dict[str, Any]]:
    """The orders, in their order, with the reason of those that came from an alert put in these words.

    One statement for all of them. What a person wrote as the reason of an order by hand stays as it is.
    """
    ids = [order["id"] for order in orders if order["alert_id"] is not None]
    rows = await session.execute(_CAUSE.where(WorkOrder.id.in_(ids))) if ids else ()
    told = {row.id: reason_in_words(words, row.station, row.kind, row.pollutant, row.level) for row in rows}
    return [order | {"reason": told.get(order["id"], order["reason"])} for order in orders]


def reason_in_words(words: Texts, station: str, kind: str, pollutant: str | None, level: Any) -> str:
    """Station, kind of alert, pollutant and its level in µg/m³ (CO mg/m³); what is not known is left out."""
    name = named(words, "alert", kind)
    if isinstance(level, Mapping):
        level = level.get(pollutant)
    if pollutant is None:
        return words.say("%(station)s: %(kind)s", station=station, kind=name)
    unit = "mg/m³" if pollutant == "co" else "µg/m³"
    text = words.say(
        "%(station)s: %(kind)s, %(pollutant)s %(level)s",
        station=station,
        kind=name,
        pollutant=named(words, "pollutant", pollutant),
        level=f"{number(level)} {unit}" if isinstance(level, int | float) else "",
    )
    return text.strip()
