"""To whom an order goes: pure, once it is known who has which turn, who has an interest, and who leads."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from models.enums import UnitPart
from models.facts import Recipient
from models.ids import PersonId


@dataclass(frozen=True, slots=True)
class UnitRef:
    """A unit that handles an order, with its members on duty."""

    id: int
    name: str
    part: UnitPart
    members: tuple[Recipient, ...] = ()


@dataclass(frozen=True, slots=True)
class Address:
    """The recipients, the responsible one first; then the members of the units."""

    recipients: tuple[Recipient, ...]
    category: str | None = None
    units: tuple[UnitRef, ...] = ()
    conflicted: bool = False
    """Nobody of the grid's handlers is without an interest: the prefecture has to see to it."""
    gap: str | None = None
    """Named by the roster: nobody had the turn."""

    @property
    def lead(self) -> str | None:
        return next((unit.name for unit in self.units if unit.part is UnitPart.LEAD), None)

    @property
    def co_handlers(self) -> tuple[str, ...]:
        return tuple(unit.name for unit in self.units if unit.part is UnitPart.CO_HANDLER)


def address(
    answering: Sequence[Recipient],
    unit: Sequence[Recipient],
    conflicted: Collection[PersonId],
    *,
    desk: Sequence[Recipient],
    category: str | None,
    units: Sequence[UnitRef],
    gap: str | None,
) -> Address:
    """Leaves out who has an interest. `unit` is everybody of the grid who could handle it, the first first."""
    clear = [person for person in answering if person.id not in conflicted]
    others = [person for person in unit if person.id not in conflicted]
    if not clear:
        clear = others
    whole = bool(unit) and not others
    if whole:
        clear += [person for person in desk if person.id not in conflicted]
    members = [m for one in units for m in one.members if m.id not in conflicted]
    people: dict[PersonId, Recipient] = {}
    for person in (*clear, *members):
        people.setdefault(person.id, person)
    return Address(tuple(people.values()), category, tuple(units), whole, gap)
