"""The life of a rule set: draft → back-tested → active → retired, one active at a time. Never commits.

A body is what `alerts.overlay.check` takes: the caller has it checked, since it knows the registry.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from alerts import rule_repository as repository
from alerts.rule_repository import RuleSetInfo
from alerts.ruleset import DEFAULT_RULES
from models import transitions
from models.enums import ResponseLevel, RuleSetState
from models.errors import Invalid, NotFound, VersionConflict

ALLOWED: dict[RuleSetState, dict[str, RuleSetState]] = {
    RuleSetState.DRAFT: {
        "edit": RuleSetState.DRAFT,
        "back_test": RuleSetState.BACK_TESTED,
        "retire": RuleSetState.RETIRED,
    },
    RuleSetState.BACK_TESTED: {
        # On other days, or another grid: it stays what it is.
        "back_test": RuleSetState.BACK_TESTED,
        "activate": RuleSetState.ACTIVE,
        "retire": RuleSetState.RETIRED,
    },
    # Only another one's activation retires it: without rules nothing would be found at all.
    RuleSetState.ACTIVE: {"back_test": RuleSetState.ACTIVE},
    RuleSetState.RETIRED: {},
}


@dataclass(frozen=True, slots=True)
class LevelSpan:
    """A response level and when it was in force; `until` is None while it still is."""

    level: ResponseLevel
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class InForce:
    """The active rule set, whole, and the response that chooses among its schedules."""

    version: int
    body: dict[str, Any]
    level: ResponseLevel


def following(state: RuleSetState, act: str) -> RuleSetState:
    """The state an act leads to; raises ForbiddenTransition, naming what could be done instead."""
    return transitions.following(ALLOWED, state, act, what="a rule set")


async def held(session: AsyncSession, version: int, act: str | None = None) -> RuleSetInfo:
    """The rule set, held until the transaction ends; raises unless it takes the act."""
    await repository.lock(session)
    found = await repository.find(session, version)
    if found is None:
        raise NotFound(f"no rule set {version}")
    if act is not None:
        following(found.state, act)
    return found


async def active_version(session: AsyncSession) -> int:
    version = await repository.active_version(session)
    if version is None:
        raise NotFound("no rule set is active")
    return version


async def ensure_first(session: AsyncSession, *, now: datetime) -> None:
    """Makes the shipped rules version 1 of a database that has none; two processes at once leave one."""
    await repository.add_first(session, DEFAULT_RULES, now=now)


async def in_force(session: AsyncSession) -> InForce:
    """What detection goes by at this moment; raises NotFound while no rule set is active."""
    found = await repository.active(session)
    if found is None:
        raise NotFound("no rule set is active")
    return InForce(found[0], found[1], await repository.level(session))


async def draft(
    session: AsyncSession, body: Mapping[str, Any], *, parent: int, note: str, author: str, now: datetime
) -> int:
    """A new draft; gives its version. `parent` is the rule set it was made from, or is to be compared with."""
    await held(session, parent)
    version = await repository.next_version(session)
    await repository.add(
        session,
        version=version,
        body=dict(body),
        parent_version=parent,
        note=note,
        author=author,
        created_at=now,
    )
    return version


async def edit(
    session: AsyncSession,
    found: RuleSetInfo,
    body: Mapping[str, Any],
    *,
    note: str | None,
    revision: int | None,
    now: datetime,
) -> int:
    """Puts `body` in place of a held draft's; gives its new revision."""
    following(found.state, "edit")
    if revision is not None and revision != found.revision:
        raise VersionConflict("the draft was changed since it was read", version=found.revision)
    await repository.change(
        session,
        found.version,
        body=dict(body),
        note=found.note if note is None else note,
        revision=found.revision + 1,
        changed_at=now,
    )
    return found.revision + 1


async def back_tested(session: AsyncSession, version: int, revision: int, *, now: datetime) -> bool:
    """A draft has passed its back-test; false when it was edited meanwhile or is no draft any more."""
    return await repository.promote(session, version, revision, now)


async def activate(session: AsyncSession, found: RuleSetInfo, *, now: datetime) -> int | None:
    """Puts a held, back-tested rule set in force and retires the one before, which it gives."""
    after = following(found.state, "activate")
    previous = await repository.active_version(session)
    if previous is not None:
        await repository.change(session, previous, state=RuleSetState.RETIRED.value, retired_at=now)
    await repository.change(session, found.version, state=after.value, activated_at=now)
    return previous


async def retire(session: AsyncSession, found: RuleSetInfo, *, now: datetime) -> None:
    """Puts away a held rule set that never came into force."""
    after = following(found.state, "retire")
    await repository.change(session, found.version, state=after.value, retired_at=now)


async def response_level(session: AsyncSession) -> ResponseLevel:
    """The heavy-pollution response in force."""
    return await repository.level(session)


async def response_levels(session: AsyncSession, since: datetime, until: datetime) -> Sequence[LevelSpan]:
    """What was in force at some instant of [since, until), oldest first; gaps mean none."""
    return [LevelSpan(*row) for row in await repository.levels(session, since, until)]


async def switch_response(
    session: AsyncSession, level: ResponseLevel, *, reason: str, author_id: int, now: datetime
) -> tuple[int, ResponseLevel]:
    """Another response is in force from `now`; gives its id and the level before."""
    await repository.lock(session)
    before = await repository.level(session)
    if before is level:
        raise Invalid(f"the response is {level.value} already", field="level")
    return await repository.switch_level(session, level, reason=reason, author_id=author_id, now=now), before
