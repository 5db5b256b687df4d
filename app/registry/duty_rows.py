"""Carries out the plan for the duties of the people a file lists."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ARRAY, Integer, any_, bindparam, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.registry.duties import Held, Period, Plan, Terms, Wanted, plan
from app.registry.entries import PersonEntry
from models.registry import Duty, DutyCover

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
            Wanted(
                grid_ids[duty.grid],
                duty.role.value,
                duty.valid_from,
                duty.valid_to,
                Terms(
                    duty.post,
                    duty.full_time,
                    None if duty.covers is None else frozenset(grid_ids[code] for code in duty.covers),
                ),
            )
            for duty in person.duties
        ]
        for person in people
        if person.duties is not None
    }
    held = await held_by(session, list(wanted))
    begin: list[tuple[int, Period]] = []
    for person_id, duties in wanted.items():
        acts = plan(duties, held.get(person_id, []), now=now)
        await _carry_out(session, acts, now=now)
        begin.extend((person_id, period) for period in acts.begin)
        tally.added += len(acts.begin)
        tally.changed += len(acts.change)
        tally.ended += len(acts.end) + len(acts.drop)
        tally.unchanged += acts.unchanged
    await _begin(session, begin)


async def _begin(session: AsyncSession, periods: Sequence[tuple[int, Period]]) -> None:
    if not periods:
        return
    rows = [
        {
            "person_id": person_id, "grid_id": period.grid_id, "role": period.role, "post": period.terms.post,
            "full_time": period.terms.full_time, "valid_from": period.valid_from, "valid_to": period.valid_to,
        }
        for person_id, period in periods
    ]  # fmt: skip
    statement = insert(Duty).returning(Duty.id, sort_by_parameter_order=True)
    ids = (await session.scalars(statement, rows)).all()
    covered = [
        {"duty_id": id_, "grid_id": grid}
        for id_, (_, period) in zip(ids, periods, strict=True)
        for grid in sorted(period.terms.covers or ())
    ]
    if covered:
        await session.execute(insert(DutyCover), covered)


async def held_by(
    session: AsyncSession, person_ids: Sequence[int], *, after: datetime | None = None
) -> dict[int, list[Held]]:
    """The duties of these people as they are stored; only those that last beyond `after`, where it is given."""
    mine = Duty.person_id == any_(bindparam("people", list(person_ids), ARRAY(Integer)))
    statement = select(Duty).where(mine).order_by(Duty.valid_from, Duty.id)
    covering = (
        select(DutyCover.duty_id, DutyCover.grid_id).join(Duty, Duty.id == DutyCover.duty_id).where(mine)
    )
    if after is not None:
        statement = statement.where(or_(Duty.valid_to.is_(None), Duty.valid_to > after))
    covers: dict[int, set[int]] = {}
    for duty_id, grid_id in await session.execute(covering):
        covers.setdefault(duty_id, set()).add(grid_id)
    held: dict[int, list[Held]] = {}
    for row in await session.scalars(statement, execution_options={"populate_existing": True}):
        terms = Terms(row.post, row.full_time, frozenset(covers.get(row.id, ())))
        duty = Held(row.id, row.grid_id, row.role, row.valid_from, row.valid_to, terms)
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
    for duty_id, terms in acts.terms.items():
        values = {"post": terms.post, "full_time": terms.full_time}
        await session.execute(update(Duty).where(Duty.id == duty_id).values(**values))
        await session.execute(delete(DutyCover).where(DutyCover.duty_id == duty_id))
        if terms.covers:
            covered = [{"duty_id": duty_id, "grid_id": grid} for grid in sorted(terms.covers)]
            await session.execute(insert(DutyCover), covered)
