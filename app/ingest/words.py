"""What stations say of themselves: `online`, `offline`, also by their last will."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from models.bulk import fetch
from models.facts import StationInfo

_SAID = """
UPDATE station s SET said_offline_at = n.at
  FROM unnest($1::int[], $2::timestamptz[], $3::boolean[]) AS n(id, at, retained)
 WHERE s.id = n.id AND (s.said_offline_at IS NULL) <> (n.at IS NULL)
   AND NOT (n.retained AND n.at IS NOT NULL
            AND s.last_received_at > n.at - greatest(interval '2 minutes', 3 * s.cadence_s * interval '1 second'))
"""


@dataclass(frozen=True, slots=True)
class Status:
    """A station's own word; `retained` when the broker repeated it at our subscription."""

    station: StationInfo
    online: bool
    retained: bool


async def note_words(session: AsyncSession, words: Iterable[Status], *, now: datetime) -> None:
    """Keeps each station's last word with it; what it means is for detection to say.

    A retained `offline` may be old: readings heard lately speak louder.
    """
    last = {word.station.id: word for word in words}
    if not last:
        return
    # In one order everywhere, so that two processes never wait for each other in a circle.
    ids = sorted(last)
    said = [None if last[i].online else now for i in ids]
    await fetch(session, _SAID, ids, said, [last[i].retained for i in ids])
