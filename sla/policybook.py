"""The life of a policy: draft → tried → active → retired, one active at a time. Never commits.

A body is what `sla.policy_body.check` takes: the caller has it checked, since it knows the registry.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from models import transitions
from models.enums import ClockKind, PolicyState
from models.errors import NotFound, VersionConflict
from sla import policy_repository as repository
from sla.policy import Policy, default_policy, policy_body
from sla.policy_repository import PolicyInfo

ALLOWED: dict[PolicyState, dict[str, PolicyState]] = {
    PolicyState.DRAFT: {
        "edit": PolicyState.DRAFT,
        "try": PolicyState.TRIED,
        "retire": PolicyState.RETIRED,
    },
    PolicyState.TRIED: {
        # Over other days, or another grid: it stays what it is.
        "try": PolicyState.TRIED,
        "activate": PolicyState.ACTIVE,
        "retire": PolicyState.RETIRED,
    },
    # Only another one's activation retires it: without a policy no order could go out.
    PolicyState.ACTIVE: {"try": PolicyState.ACTIVE, "apply": PolicyState.ACTIVE},
    PolicyState.RETIRED: {"try": PolicyState.RETIRED},
}


def following(state: PolicyState, act: str) -> PolicyState:
    """The state an act leads to; raises ForbiddenTransition, naming what could be done instead."""
    return transitions.following(ALLOWED, state, act, what="a policy")


async def in_force(session: AsyncSession) -> Policy:
    """The policy that rules what is dispatched in this transaction; raises NotFound while none is active."""
    found = await repository.active(session)
    if found is None:
        raise NotFound("no SLA policy is active")
    return found[0]


async def policy_of(session: AsyncSession, version: int) -> Policy:
    """The policy an order was dispatched under; it rules the order's later clocks too."""
    return await repository.policy_of(session, version)


async def held(session: AsyncSession, version: int, act: str | None = None) -> PolicyInfo:
    """The version, held until the transaction ends; raises unless it takes the act."""
    await repository.lock(session)
    found = await repository.find(session, version)
    if found is None:
        raise NotFound(f"no SLA policy {version}")
    if act is not None:
        following(found.state, act)
    return found


async def ensure(
    session: AsyncSession, limits: Mapping[ClockKind, timedelta], *, author: str, now: datetime
) -> tuple[Policy, bool]:
    """The policy in force, and whether a person's stands in the way of what the settings say.

    While the one in force was made out of settings, other settings make another version.
    """
    found = await repository.active(session)
    if found is None or (found[1] and not _says(found[0], limits)):
        await repository.lock(session)
        # Another process may have been quicker.
        found = await repository.active(session)
        if found is None or (found[1] and not _says(found[0], limits)):
            version = await repository.next_version(session)
            made = default_policy(version, limits)
            await repository.add(
                session, version=version, state=PolicyState.RETIRED.value, body=policy_body(made), author=author,
                from_settings=True, created_at=now,
            )  # fmt: skip
            await repository.put_in_force(session, version, now=now)
            return made, False
    return found[0], not found[1] and not _says(found[0], limits)


def _says(policy: Policy, limits: Mapping[ClockKind, timedelta]) -> bool:
    return policy_body(policy) == policy_body(default_policy(policy.version, limits))


async def draft(
    session: AsyncSession, body: Mapping[str, Any], *, parent: int, note: str, author: str, now: datetime
) -> int:
    """A new draft; gives its version. `parent` is the one it was made from."""
    await held(session, parent)
    version = await repository.next_version(session)
    await repository.add(
        session, version=version, state=PolicyState.DRAFT.value, body=dict(body), parent_version=parent, note=note,
        author=author, created_at=now,
    )  # fmt: skip
    return version


async def edit(
    session: AsyncSession,
    found: PolicyInfo,
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
        session, found.version, body=dict(body), note=found.note if note is None else note,
        revision=found.revision + 1, changed_at=now,
    )  # fmt: skip
    return found.revision + 1


async def tried(session: AsyncSession, found: PolicyInfo, *, now: datetime) -> None:
    """A held draft was run over past orders; from here on its body stands."""
    after = following(found.state, "try")
    if found.state is PolicyState.DRAFT:
        await repository.change(session, found.version, state=after.value, tried_at=now)


async def activate(session: AsyncSession, found: PolicyInfo, *, now: datetime) -> int | None:
    """Puts a held, tried policy in force and retires the one before, which it gives."""
    following(found.state, "activate")
    return await repository.put_in_force(session, found.version, now=now)


async def retire(session: AsyncSession, found: PolicyInfo, *, now: datetime) -> None:
    """Puts away a held policy that never came into force."""
    after = following(found.state, "retire")
    await repository.change(session, found.version, state=after.value, retired_at=now)
