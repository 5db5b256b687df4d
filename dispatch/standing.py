"""How an order and a person stand to each other before an act: what is known once the order is held. Plain values."""

from dataclasses import dataclass
from datetime import datetime

from models.ids import PersonId


@dataclass(frozen=True, slots=True)
class Standing:
    """Where it says no, nothing has to be asked any more; the order's row is held, so that it stays so."""

    at: datetime
    """When the act happens: never before the last one that was recorded."""
    barred: bool
    """The person has declared an interest in this very order."""
    interested: bool
    """The person is in the register of conflicts, for whatever: what the order is about is to be looked at."""
    requested: bool
    """A request waits for its decision."""
    handed_down: bool
    """A task of it is unfinished."""
    instead_of: PersonId | None
    """Whom the person stands in for on the post that this act takes."""
