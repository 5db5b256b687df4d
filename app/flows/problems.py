"""The problem list: who may do what with a problem, and from the act to journal, feed and notices."""

import secrets
import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.permissions import permit_role
from app.auth.scope import Caller
from app.context import Context
from app.views.problem_candidates import known
from dispatch.review import sample
from models.enums import Role, SpotCheckState
from models.errors import Forbidden, Invalid, NotFound
from models.facts import Told
from models.ids import GridId
from supervision.problems import problems, samples
from supervision.problems.problems import By, Draft, Finding, ProblemRow
from supervision.problems.samples import Lot

PREPARE = (Role.DUTY_OFFICER, Role.ADMINISTRATOR)
"""Of the prefecture: who enters problems, joins and merges them."""
DECIDE = (Role.DUTY_OFFICER,)
"""Of the prefecture: who pushes, clears, returns, checks, judges, draws samples."""
CORRECT = (Role.SUPERVISOR,)
"""Of the county or park that answers for it."""


@dataclass(frozen=True, slots=True)
class Deed:
    """An act on one problem: who may do it, and what it does once the problem is held."""

    roles: tuple[Role, ...]
    do: Callable[[AsyncSession, ProblemRow, By, datetime], Awaitable[list[Told]]]
    of_grid: bool = False
    """Whether somebody of its grid does it, and not the prefecture."""


def joined(finding: Finding) -> Deed:
    return Deed(PREPARE, lambda s, p, by, now: problems.join(s, p, finding, by=by, now=now))


def pushed(due_on: date, said: str | None) -> Deed:
    return Deed(DECIDE, lambda s, p, by, now: problems.push(s, p, due_on, said=said, by=by, now=now))


def corrected(done: str, evidence: Sequence[uuid.UUID]) -> Deed:
    return Deed(
        CORRECT,
        lambda s, p, by, now: problems.correct(s, p, done=done, evidence=evidence, by=by, now=now),
        of_grid=True,
    )


def cleared(finding: str) -> Deed:
    return Deed(DECIDE, lambda s, p, by, now: problems.clear(s, p, finding=finding, by=by, now=now))


def given_back(due_on: date, why: str) -> Deed:
    return Deed(DECIDE, lambda s, p, by, now: problems.give_back(s, p, due_on, why=why, by=by, now=now))


def withdrawn(why: str) -> Deed:
    return Deed(DECIDE, lambda s, p, by, now: problems.withdraw(s, p, why=why, by=by, now=now))


def judged(missed: bool, why: str) -> Deed:
    return Deed(DECIDE, lambda s, p, by, now: problems.judge(s, p, missed=missed, why=why, by=by, now=now))


def checked(finding: str) -> Deed:
    return Deed(DECIDE, lambda s, p, by, now: problems.check(s, p, finding=finding, by=by, now=now))


async def open_(session: AsyncSession, draft: Draft, *, caller: Caller, context: Context) -> int:
    """Enters a new problem; gives its id."""
    permit_prefecture(caller, PREPARE, context)
    now = context.clock.now()
    problem, facts = await problems.open_(session, draft, by=_by(caller), now=now)
    await context.pipeline.told(session, facts, now=now)
    return problem.row.id


async def take_up(
    session: AsyncSession, ref: str, into: int | None, *, caller: Caller, context: Context
) -> int:
    """Puts what the service knows on the list: a new problem, or a further finding of one; gives its id.

    A report that an order came of is the same problem as the order: both are its findings. Raises NotFound for what is
    no candidate (any more).
    """
    permit_prefecture(caller, PREPARE, context)
    now = context.clock.now()
    found = await known(session, context.directory, now=now, ref=ref)
    if not found:
        raise NotFound(f"{ref} is no candidate")
    one = found[0]
    finding = Finding(one.kind, one.ref, one.found_at)
    by = _by(caller)
    if into is None:
        draft = Draft(
            one.grid_id, one.category, one.title, one.text, finding, one.place, one.lon, one.lat, one.place_grid_id,
            one.source_id,
        )  # fmt: skip
        problem, facts = await problems.open_(session, draft, by=by, now=now)
    else:
        problem = await problems.hold(session, into)
        if problem.row.grid_id != one.grid_id:
            raise Invalid("problems of two grids are two problems", field="into")
        facts = await problems.join(session, problem, finding, by=by, now=now)
    for kind, also in one.also:
        if not await problems.is_finding(session, kind, also):
            beside = Finding(kind, also, one.found_at)
            facts = [*facts, *await problems.join(session, problem, beside, by=by, now=now)]
    await context.pipeline.told(session, facts, now=now)
    return problem.row.id


async def act(
    session: AsyncSession, problem_id: int, deed: Deed, *, caller: Caller, context: Context
) -> None:
    """Carries an act out on a problem that the caller sees; raises NotFound, Forbidden, and what the act refuses."""
    problem = await problems.hold(session, problem_id)
    if not (caller.scope.sees(problem.row.grid_id) or caller.scope.sees(problem.row.place_grid_id)):
        raise NotFound(f"no problem {problem_id}")
    if deed.of_grid:
        permit_role(caller, deed.roles, problem.row.grid_id, context.directory, act="correcting a problem")
    else:
        permit_prefecture(caller, deed.roles, context)
    now = context.clock.now()
    await context.pipeline.told(session, await deed.do(session, problem, _by(caller), now), now=now)


async def merge(
    session: AsyncSession, problem_id: int, into: int, why: str, *, caller: Caller, context: Context
) -> None:
    """Two problems turn out to be one; the other is kept."""
    permit_prefecture(caller, PREPARE, context)
    now = context.clock.now()
    _, facts = await problems.merge(session, problem_id, into, why=why, by=_by(caller), now=now)
    await context.pipeline.told(session, facts, now=now)


async def draw_sample(
    session: AsyncSession,
    *,
    since: datetime,
    until: datetime,
    size: int,
    caller: Caller,
    context: Context,
) -> int:
    """Draws a sample of what was cleared, as spot checks of orders are drawn; gives its id."""
    permit_prefecture(caller, DECIDE, context)
    prefecture = context.directory.grid(context.directory.prefecture or 0)
    if prefecture is None:
        raise NotFound("no prefecture is registered")
    seed = secrets.token_hex(32)
    lot = Lot(
        sample.METHOD,
        seed,
        lambda population, wanted: sample.draw(seed, _members(population), size=wanted),
        lambda population: sample.population_hash(_members(population)),
    )
    now = context.clock.now()
    row, facts = await samples.draw(
        session, (GridId(prefecture.id), prefecture.code), since=since, until=until, size=size, lot=lot,
        by=_by(caller), now=now,
    )  # fmt: skip
    await context.pipeline.told(session, facts, now=now)
    return row.id


async def sampled(
    session: AsyncSession,
    sample_id: int,
    problem_id: int,
    outcome: SpotCheckState,
    finding: str,
    *,
    caller: Caller,
    context: Context,
) -> None:
    """What a second look at a cleared problem found."""
    permit_prefecture(caller, DECIDE, context)
    now = context.clock.now()
    _, facts = await samples.result(
        session, sample_id, problem_id, outcome, finding=finding, by=_by(caller), now=now
    )
    await context.pipeline.told(session, facts, now=now)


def _members(population: Sequence[tuple[int, int]]) -> list[sample.Member]:
    return [sample.Member(problem, grid) for problem, grid in population]


def _by(caller: Caller) -> By:
    return By(caller.id, caller.name)


def prepares(caller: Caller, context: Context) -> bool:
    """Whether the caller enters problems."""
    return any(role in PREPARE and grid == context.directory.prefecture for role, grid in caller.duties)


def permit_prefecture(caller: Caller, wanted: tuple[Role, ...], context: Context) -> None:
    """Raises Forbidden unless the caller has one of the roles in the prefecture itself."""
    if not any(role in wanted and grid == context.directory.prefecture for role, grid in caller.duties):
        names = " or ".join(role.value for role in wanted)
        raise Forbidden(f"this takes the role {names} in the prefecture")
