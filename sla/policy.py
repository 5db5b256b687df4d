"""The deadlines, warnings and ladder of one policy version, and the plan they stamp on a clock.

Defaults: on-site feedback within 1 h and disposal report within 2 h (body §3(三)), both from dispatch, which is
the strictest reading and the only one the receiver cannot move; acknowledgement, review and rework are the
service's own. A policy never touches a clock that has started.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Any

from models.enums import DUE_GIVEN, ClockKind, Role
from models.errors import Invalid

# A county that has half its hour left can still act; at ten minutes somebody has to phone.
WARN_FRACTIONS = (0.5, 0.75)
WARN_BEFORE = timedelta(minutes=10)


# For policies stored before these kinds of clock were there.
LATER_LIMITS_S = {ClockKind.DECISION: 600.0, ClockKind.TRIAGE: 7200.0}


class Do(StrEnum):
    WARN = "warn"
    BREACH = "breach"
    ESCALATE = "escalate"


@dataclass(frozen=True, slots=True)
class Step:
    """What is to happen to a running clock once `at` is past."""

    at: datetime
    do: Do
    level: int = 0
    role: str = ""


@dataclass(frozen=True, slots=True)
class Rung:
    """Level `level` of the ladder is told `fraction` of the limit after the deadline."""

    level: int
    role: Role
    fraction: float


HANDLER_LADDER = (
    Rung(1, Role.SUPERVISOR, 0.0),
    Rung(2, Role.CHIEF, 0.25),
    Rung(3, Role.DUTY_OFFICER, 0.5),
)
# Clocks of the level above; `DECISION` and `RECHECK` too. The reviewer sits at the prefecture: nobody below can be
# told of its delay.
REVIEW_LADDER = (Rung(1, Role.DUTY_OFFICER, 0.0), Rung(2, Role.CHIEF, 0.25))


@dataclass(frozen=True, slots=True)
class Policy:
    version: int
    limits: Mapping[ClockKind, timedelta]
    ladders: Mapping[ClockKind, tuple[Rung, ...]]
    warn_fractions: tuple[float, ...] = WARN_FRACTIONS
    warn_before: timedelta = WARN_BEFORE

    def due(self, kind: ClockKind, started_at: datetime) -> datetime:
        return started_at + self.limits[kind]

    def plan(self, kind: ClockKind, started_at: datetime, due: datetime | None = None) -> tuple[Step, ...]:
        """Every instant at which the clock wants attention, in order; warnings, one breach, the ladder.

        `due` stands in for the policy's limit where the deadline is given otherwise.
        """
        due = self.due(kind, started_at) if due is None else due
        limit = due - started_at
        warnings = {started_at + limit * fraction for fraction in self.warn_fractions}
        warnings.add(due - self.warn_before)
        steps = [Step(at, Do.WARN) for at in sorted(warnings) if started_at < at < due]
        steps.append(Step(due, Do.BREACH))
        rungs = sorted(self.ladders[kind], key=lambda rung: rung.level)
        steps += [Step(due + limit * r.fraction, Do.ESCALATE, r.level, r.role.value) for r in rungs]
        return tuple(steps)


def default_policy(version: int, limits: Mapping[ClockKind, timedelta]) -> Policy:
    above = (ClockKind.REVIEW, ClockKind.DECISION, ClockKind.RECHECK)
    ladders = {k: REVIEW_LADDER if k in above else HANDLER_LADDER for k in ClockKind}
    return Policy(version, dict(limits), ladders)


def policy_body(policy: Policy) -> dict[str, Any]:
    """The policy as stored, without its version."""
    return {
        "limits_s": {kind.value: limit.total_seconds() for kind, limit in sorted(policy.limits.items())},
        "warn_fractions": list(policy.warn_fractions),
        "warn_before_s": policy.warn_before.total_seconds(),
        "ladders": {
            kind.value: [{"level": r.level, "role": r.role.value, "fraction": r.fraction} for r in rungs]
            for kind, rungs in sorted(policy.ladders.items())
        },
    }


def parse_policy(version: int, body: Mapping[str, Any]) -> Policy:
    """Reads what `policy_body` wrote; raises Invalid when a clock kind is missing or a value is senseless."""
    try:
        limits = {
            kind: timedelta(seconds=float(body["limits_s"].get(kind.value, LATER_LIMITS_S.get(kind, ""))))
            for kind in ClockKind
            if kind not in DUE_GIVEN
        }
        ladders = {
            kind: tuple(
                Rung(int(r["level"]), Role(r["role"]), float(r["fraction"]))
                for r in body["ladders"].get(kind.value, ())
            )
            for kind in ClockKind
        }
        fractions = tuple(float(f) for f in body["warn_fractions"])
        before = timedelta(seconds=float(body["warn_before_s"]))
    except (KeyError, TypeError, ValueError) as error:
        raise Invalid(f"SLA policy {version}: {error!r}") from None
    if any(limit <= timedelta(0) for limit in limits.values()):
        raise Invalid(f"SLA policy {version}: every limit must be longer than nothing")
    if any(not 0 < f < 1 for f in fractions):
        raise Invalid(f"SLA policy {version}: warning fractions lie between 0 and 1")
    for kind, rungs in ladders.items():
        if [r.level for r in rungs] != list(range(1, len(rungs) + 1)):
            raise Invalid(f"SLA policy {version}: the ladder of {kind.value} counts its levels from 1")
        if any(low.fraction > high.fraction for low, high in pairwise(rungs)):
            raise Invalid(
                f"SLA policy {version}: a higher level of {kind.value} is told earlier than a lower one"
            )
    return Policy(version, limits, ladders, fractions, before)
