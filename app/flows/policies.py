"""Acts on SLA policies: checked against the registry, in the journal; the transaction's commit puts them in force."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.scope import Caller
from app.pipeline import Pipeline
from app.registry.directory import Directory
from dispatch import moving as orders
from dispatch.moving import OpenOrder
from models.clock import Clock
from models.enums import EventKind, OrderState
from models.errors import Invalid
from models.facts import Fact, OrderTold, Told
from models.ids import PersonId
from models.merge_patch import merge
from models.said import Said
from sla import moves, policybook, trials
from sla.policy import parse_policy
from sla.policy_body import check

Body = Mapping[str, Any]
LISTED = 200
"""Clocks that are named one by one in what a move comes to."""


async def checked(body: Body, directory: Directory) -> dict[str, Any]:
    """The body itself; raises Invalid that names the place of its first fault."""
    # Many overrides take seconds to check: the loop must go on meanwhile.
    await asyncio.to_thread(check, body, paths=_paths(directory))
    return dict(body)


def _paths(directory: Directory) -> list[tuple[str, ...]]:
    """Of every grid the codes from the prefecture down to it; the directory has them from the top."""
    paths: dict[int, tuple[str, ...]] = {}
    for grid in directory.grids:
        above = () if grid.parent_id is None else paths.get(grid.parent_id, ())
        paths[grid.id] = (*above, grid.code)
    return list(paths.values())


async def draft(
    pipeline: Pipeline,
    session: AsyncSession,
    *,
    body: Body | None,
    patch: Body | None,
    parent: int | None,
    note: str,
    caller: Caller,
    now: datetime,
) -> int:
    """A new draft: `body` as it is, or the parent's (by default the active one's) with `patch` over it."""
    if parent is None:
        parent = (await policybook.in_force(session)).version
    if body is None:
        body = merge((await policybook.held(session, parent)).body, patch or {})
    whole = await checked(body, pipeline.directory)
    return await policybook.draft(session, whole, parent=parent, note=note, author=caller.username, now=now)


async def edit(
    pipeline: Pipeline,
    session: AsyncSession,
    version: int,
    *,
    body: Body | None,
    patch: Body | None,
    note: str | None,
    revision: int | None,
    now: datetime,
) -> int:
    """Changes a draft; gives its new revision."""
    found = await policybook.held(session, version, "edit")
    if body is None:
        body = merge(found.body, patch or {})
    whole = await checked(body, pipeline.directory)
    return await policybook.edit(session, found, whole, note=note, revision=revision, now=now)


async def activate(
    pipeline: Pipeline,
    session: AsyncSession,
    version: int,
    *,
    caller: Caller,
    now: datetime,
    reason: str | None = None,
) -> None:
    """Puts a tried policy in force: whatever is dispatched after the commit goes by it, in every process."""
    found = await policybook.held(session, version, "activate")
    try:
        await checked(found.body, pipeline.directory)
    except Invalid as fault:
        # A grid it names has gone since, or this release reads policies otherwise.
        raise Invalid(Said("it no longer fits: %(fault)s", fault=fault.detail)) from None
    previous = await policybook.activate(session, found, now=now)
    said = {"version": version, "previous": previous, "note": found.note}
    said |= {} if reason is None else {"reason": reason}
    await pipeline.told(session, [_told(EventKind.POLICY_ACTIVATED, caller, now, said)], now=now)


async def retire(
    pipeline: Pipeline, session: AsyncSession, version: int, *, caller: Caller, now: datetime
) -> None:
    """Puts away a policy that never came into force."""
    found = await policybook.held(session, version, "retire")
    await policybook.retire(session, found, now=now)
    said = {"version": version, "note": found.note}
    await pipeline.told(session, [_told(EventKind.POLICY_RETIRED, caller, now, said)], now=now)


async def what_if(
    pipeline: Pipeline,
    session: AsyncSession,
    version: int,
    *,
    since: datetime,
    until: datetime,
    grid_id: int | None,
    caller: Caller,
    now: datetime,
) -> dict[str, Any]:
    """What the policy would have made of past orders; kept, and a draft is tried from here on."""
    found = await policybook.held(session, version, "try")
    result = await trials.run(
        session, parse_policy(version, found.body), since=since, until=until,
        grid_ids=None if grid_id is None else pipeline.directory.subtree(grid_id), now=now,
    )  # fmt: skip
    id_ = await trials.record(
        session, found, result, since=since, until=until, grid_id=grid_id, person_id=caller.id, now=now
    )
    return {"id": id_, "policy_version": version, "revision": found.revision, "result": result}


async def apply(
    pipeline: Pipeline,
    session: AsyncSession,
    version: int,
    *,
    grid_id: int | None,
    states: Sequence[OrderState],
    reason: str,
    dry_run: int | None,
    caller: Caller,
    clock: Clock,
) -> dict[str, Any]:
    """Moves open orders under the active policy, after a dry run of the same; without one this is the dry run.

    The time is taken when the orders are held: no clock is moved into its past.
    """
    dry = dry_run is None
    await policybook.held(session, version, "apply")
    wanted = sorted({state.value for state in states or orders.OPEN})
    if dry_run is not None:
        await moves.checked_dry_run(
            session, dry_run, version=version, grid_id=grid_id, states=wanted, now=clock.now()
        )
    found = await orders.open_orders(
        session, states=[OrderState(state) for state in wanted],
        grid_ids=None if grid_id is None else pipeline.directory.subtree(grid_id), not_under=version, hold=not dry,
    )  # fmt: skip
    now = clock.now()
    policy = await policybook.policy_of(session, version)
    done = await moves.move(
        session, [(o.id, o.number, o.policy_version) for o in found], policy, now=now, dry=dry
    )
    result = done.document(LISTED)
    id_ = await moves.record(
        session, version=version, grid_id=grid_id, states=wanted, reason=reason, dry_run_id=dry_run, result=result,
        person_id=caller.id, now=now,
    )  # fmt: skip
    if not dry:
        await orders.put_under(session, done.orders, version)
        counts = {name: result[name] for name in ("orders", "moved", "left")}
        said = {"version": version, "application": id_, "reason": reason, "states": wanted} | counts
        facts: list[Fact] = [*done.effects, *_moved(found, done, version, id_, caller, now)]
        facts.append(_told(EventKind.POLICY_APPLIED, caller, now, said))
        await pipeline.told(session, facts, now=now)
    return {"id": id_, "policy_version": version, "dry_run": dry, "result": result}


def _moved(
    found: Sequence[OpenOrder],
    done: moves.Moves,
    version: int,
    application: int,
    caller: Caller,
    now: datetime,
) -> list[OrderTold]:
    """One event for each order of which a clock was moved."""
    changes = defaultdict(list)
    for change in done.changes:
        changes[change.order_id].append(change.document())
    return [
        OrderTold(
            EventKind.SLA_MOVED, o.id, o.number, o.grid_id, o.grid_code, now, PersonId(caller.id), caller.name,
            {"version": version, "previous": o.policy_version, "application": application, "moves": changes[o.id]},
        )
        for o in found
        if o.id in changes
    ]  # fmt: skip


def _told(kind: EventKind, caller: Caller, now: datetime, said: dict[str, Any]) -> Told:
    return Told(kind, None, None, now, PersonId(caller.id), caller.name, said)
