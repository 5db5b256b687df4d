"""What the duties of a person become when a file lists them anew. Pure: plans, and changes nothing.

The file lists what holds from now on. A duty it no longer lists ends now; one that was still to come never
begins. Other terms end a duty and begin another one, while what was not recorded of them is filled in. What has
ended is history and is never rewritten; a period that lies wholly in the past is added only where nothing is known
of that time.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple


class Terms(NamedTuple):
    """What a duty says beside its role. None: not recorded, or in a file, nothing is said of it."""

    post: str | None = None
    full_time: bool | None = None
    covers: frozenset[int] | None = None

    def over(self, held: "Terms") -> "Terms":
        """These terms, with what they do not say as it was."""
        return Terms(
            held.post if self.post is None else self.post,
            held.full_time if self.full_time is None else self.full_time,
            held.covers if self.covers is None else self.covers,
        )

    def become(self, other: "Terms") -> bool:
        """Whether what was known turns into something else, rather than being filled in."""
        known = ((self.post, other.post), (self.full_time, other.full_time))
        return (self.covers or frozenset()) != (other.covers or frozenset()) or any(
            was is not None and was != now for was, now in known
        )


class Held(NamedTuple):
    """A duty as it is stored."""

    id: int
    grid_id: int
    role: str
    valid_from: datetime
    valid_to: datetime | None
    terms: Terms = Terms()


class Wanted(NamedTuple):
    """A duty as the file has it, with its grid resolved."""

    grid_id: int
    role: str
    valid_from: datetime | None
    valid_to: datetime | None
    terms: Terms = Terms()


class Period(NamedTuple):
    grid_id: int
    role: str
    valid_from: datetime
    valid_to: datetime | None
    terms: Terms = Terms()


@dataclass(frozen=True, slots=True)
class Plan:
    """The acts, by id of the stored duty where there is one."""

    begin: list[Period] = field(default_factory=list)
    change: dict[int, tuple[datetime, datetime | None]] = field(default_factory=dict)
    terms: dict[int, Terms] = field(default_factory=dict)
    """Of duties that go on; each stands in `change` as well."""
    end: list[int] = field(default_factory=list)
    drop: list[int] = field(default_factory=list)
    unchanged: int = 0


def plan(wanted: Sequence[Wanted], held: Sequence[Held], *, now: datetime) -> Plan:
    """The acts that make `held` say what `wanted` says, at `now`; none if it says so already."""
    keys = dict.fromkeys([(duty.grid_id, duty.role) for duty in wanted])
    keys.update(dict.fromkeys((duty.grid_id, duty.role) for duty in held))
    result = Plan()
    unchanged = 0
    for key in keys:
        mine = [duty for duty in wanted if (duty.grid_id, duty.role) == key]
        theirs = [duty for duty in held if (duty.grid_id, duty.role) == key]
        unchanged += _plan_one(result, mine, theirs, now)
    return replace(result, unchanged=unchanged)


def _plan_one(result: Plan, wanted: list[Wanted], held: list[Held], now: datetime) -> int:
    """Plans one role in one grid; gives how many duties stay as they are."""
    past = [duty for duty in held if duty.valid_to is not None and duty.valid_to <= now]
    live = sorted((duty for duty in held if duty not in past), key=lambda duty: duty.valid_from)
    coming = sorted(
        (duty for duty in wanted if duty.valid_to is None or duty.valid_to > now),
        key=lambda duty: (duty.valid_from is not None, duty.valid_from),
    )
    free_from = max((duty.valid_to for duty in past if duty.valid_to), default=None)
    times: list[tuple[datetime, datetime | None]] = [(duty.valid_from, duty.valid_to) for duty in past]
    unchanged = 0
    pairs, fresh, gone = _paired(coming, live)
    for duty, row in pairs:
        time = (_since(duty, free_from, default=min(row.valid_from, now)), duty.valid_to)
        terms = duty.terms.over(row.terms)
        if row.valid_from < now and row.terms.become(terms):
            result.end.append(row.id)
            times.append((row.valid_from, now))
            time = (max(time[0], now), duty.valid_to)
            result.begin.append(Period(duty.grid_id, duty.role, *time, terms))
        elif (row.valid_from, row.valid_to, row.terms) == (*time, terms):
            unchanged += 1
        else:
            result.change[row.id] = time
            if terms != row.terms:
                result.terms[row.id] = terms
        times.append(time)
    for duty in fresh:
        time = (_since(duty, free_from, default=now), duty.valid_to)
        times.append(time)
        result.begin.append(Period(duty.grid_id, duty.role, *time, duty.terms))
    for row in gone:
        if row.valid_from < now:
            result.end.append(row.id)
            times.append((row.valid_from, now))
        else:
            result.drop.append(row.id)
    return unchanged + _add_history(result, [duty for duty in wanted if duty not in coming], times)


def _paired(
    coming: list[Wanted], live: list[Held]
) -> tuple[list[tuple[Wanted, Held]], list[Wanted], list[Held]]:
    """Which stored duty each listed one is, then those without a partner on either side.

    The beginning tells first: a duty that goes on to exist is never taken for its follower.
    """
    begun = {row.valid_from: row for row in live}
    same = [(duty, begun[duty.valid_from]) for duty in coming if duty.valid_from in begun]
    rest = [duty for duty in coming if duty.valid_from not in begun]
    others = [row for row in live if row not in [kept for _, kept in same]]
    pairs = list(zip(rest, others, strict=False))
    return [*same, *pairs], rest[len(pairs) :], others[len(pairs) :]


def _since(duty: Wanted, free_from: datetime | None, *, default: datetime) -> datetime:
    """When the duty begins: as the file says, but never within what has already been and ended."""
    if duty.valid_from is None:
        return default
    return duty.valid_from if free_from is None else max(duty.valid_from, free_from)


def _add_history(
    result: Plan, wanted: list[Wanted], times: Sequence[tuple[datetime, datetime | None]]
) -> int:
    """Adds the periods of the past that meet no time there will be; gives how many are known already."""
    known = 0
    for duty in wanted:
        since, until = duty.valid_from, duty.valid_to
        if since is None or until is None or any(_meet(since, until, *time) for time in times):
            known += 1
        else:
            result.begin.append(Period(duty.grid_id, duty.role, since, until, duty.terms))
    return known


def _meet(since: datetime, until: datetime, other: datetime, other_until: datetime | None) -> bool:
    return other < until and (other_until is None or other_until > since)
