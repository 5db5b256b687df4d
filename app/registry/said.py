"""Duties that are stored, and what is said of one beside its role, in the words of a registry file."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from app.registry.duties import Held
from app.registry.editor import names_of_grids


class SaidTerms(NamedTuple):
    """What is said of a duty beside its role, in the words of a registry file; None: nothing is."""

    post: str | None = None
    full_time: bool | None = None
    covers: Sequence[str] | None = None


UNSAID = SaidTerms()


def duty_mark(duty: Held) -> list[object]:
    """What a form may touch of a duty."""
    return [*duty[:-1], duty.terms.post, duty.terms.full_time, sorted(duty.terms.covers or ())]


async def listed(session: AsyncSession, duties: Sequence[Held]) -> list[dict[str, Any]]:
    """Stored duties as a registry file would list them."""
    named = {duty.grid_id for duty in duties}.union(*(duty.terms.covers or () for duty in duties))
    codes = await names_of_grids(session, sorted(named))
    return [
        duty_entry(codes[duty.grid_id], duty.role, duty.valid_from, duty.valid_to, _said(duty, codes))
        for duty in duties
    ]


def _said(duty: Held, codes: Mapping[int, str]) -> SaidTerms:
    """What is stored of a duty; no grids where the role covers none."""
    covers = sorted(codes[grid] for grid in duty.terms.covers or ())
    return SaidTerms(duty.terms.post, duty.terms.full_time, covers or None)


def duty_entry(
    grid: str, role: str, since: datetime, until: datetime | None, terms: SaidTerms
) -> dict[str, Any]:
    """A duty as a registry file says it."""
    said: dict[str, Any] = {"post": terms.post, "full_time": terms.full_time}
    if terms.covers is not None:
        said["covers"] = list(terms.covers)
    return {
        "grid": grid,
        "role": role,
        "from": since.isoformat(),
        "to": until.isoformat() if until else None,
        **said,
    }
