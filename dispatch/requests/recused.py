"""Who takes over from a person who keeps out of an order (annex 1 art. 11): pure."""

from collections.abc import Iterable

from dispatch.registry import DutyRow
from models.enums import Role
from models.errors import Invalid
from models.facts import Recipient
from models.ids import GridId, PersonId


def check_takes_over(alternate: str | None, grid_id: GridId | None) -> None:
    """Raises Invalid unless exactly one is named: somebody of the same unit, or another grid."""
    if (alternate is None) == (grid_id is None):
        raise Invalid(
            "who takes over: an alternate of the same unit, or a grid when the whole unit is concerned",
            field="alternate",
        )


def alternate(
    username: str,
    duties: Iterable[DutyRow],
    *,
    unit: GridId,
    role: Role,
    barred: frozenset[PersonId],
) -> Recipient:
    """The person of this name who has the same duty in the same unit; raises Invalid for anybody else."""
    for duty in duties:
        person = duty.person
        if duty.grid_id == unit and duty.role is role and person.username == username:
            if person.id in barred:
                raise Invalid(f"{username} keeps out of this order as well", field="alternate")
            return person
    raise Invalid(f"{username} has no such duty in the same unit", field="alternate")
