"""Carries out the plan for the duties of the people a file lists."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ARRAY, Integer, any_, bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.registry.duties import Held, Plan, Wanted, plan
from app.registry.entries import PersonEntry
from models.registry import Duty

NAMED = 50


@dataclass(slots=True)
class Tally:
    """How many of a kind were added, changed, ended (duties only) and found as they were."""

    added: int = 0
    changed: int = 0
    ended: int = 0
    unchanged: int = 0
    names: list[str] = field(default_factory=list)
    """The first of what was added or changed, by code or user name."""

    def name(self, name: str) -> None:
        if len(self.names) < NAMED:
            self.names.append(name)

    @property
    def touched(self) -> int:
        return self.added + self.changed + self.ended

    @property
    def total(self) -> int:
        return self.touched + self.unchanged

    def counts(self) -> dict[str, int]:
        """The counts that are not nought."""
        counts = {
            "added": self.added,
            "changed": self.changed,
            "ended": self.ended,
            "unchanged": self.unchanged,
        }
        return {key: count for key, count in counts.items() if count}

    def shown(self) -> str:
        return ", ".join(f"{count} {key}" for key, count in self.counts().items())


async def renew_duties(
    session: AsyncSession,
    people: Sequence[PersonEntry],
    person_ids: Mapping[str, int],
    grid_ids: Mapping[str, int],
    tally: Tally,
    *,
    now: datetime,
) -> None:
    """Makes the duties of each person who has a list in the file what the list says."""
    wanted = {
        person_ids[person.username]: [
            Wanted(grid_ids[duty.grid], duty.role.value, duty.valid_from, duty.valid_to)
            for duty in person.duties
        ]
        for person in people
        if person.duties is not None
    }
    held = await _held(session, list(wanted))
    begin: list[dict[str, object]] = []
    for person_id, duties in wanted.items():
        acts = plan(duties, held.get(person_id, []), now=now)
        await _carry_out(session, acts, now=now)
        begin.extend({"person_id": person_id, **period._asdict()} for period in acts.begin)
        tally.added += len(acts.begin)
        tally.changed += len(acts.change)
        tally.ended += len(acts.end) + len(acts.drop)
        tally.unchanged += acts.unchanged
    if begin:
        await session.execute(insert(Duty), begin)


async def _held(session: AsyncSession, person_ids: list[int]) -> dict[int, list[Held]]:
    columns = (Duty.person_id, Duty.id, Duty.grid_id, Duty.role, Duty.valid_from, Duty.valid_to)
    mine = Duty.person_id == any_(bindparam("people", person_ids, ARRAY(Integer)))
    held: dict[int, list[Held]] = {}
    for row in await session.execute(select(*columns).where(mine).order_by(Duty.id)):
        duty = Held(row.id, row.grid_id, row.role, row.valid_from, row.valid_to)
        held.setdefault(row.person_id, []).append(duty)
    return held


async def _carry_out(session: AsyncSession, acts: Plan, *, now: datetime) -> None:
    """Ends before it opens: at no moment are there two open duties of one role in one grid."""
    if acts.drop:
        await session.execute(delete(Duty).where(Duty.id.in_(acts.drop)))
    if acts.end:
        await session.execute(update(Duty).where(Duty.id.in_(acts.end)).values(valid_to=now))
    for duty_id, (since, until) in sorted(acts.change.items(), key=lambda change: change[1][1] is None):
        await session.execute(update(Duty).where(Duty.id == duty_id).values(valid_from=since, valid_to=until))
