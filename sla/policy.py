"""One version of the deadlines, warnings and ladders, and the plan it stamps on a clock. Pure.

Defaults: on-site feedback within 1 h and disposal report within 2 h (body §3(三)), both from dispatch, which is
the strictest reading and the only one the receiver cannot move; acknowledgement, review and rework are the
service's own. A policy never touches a clock that has started.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from models.enums import ClockKind, OrderAct, Role
from models.errors import Invalid
from models.said import Said
from sla.deadlines import Act
from sla.policy_body import LATER_LIMITS_S, read_terms, starts, stops
from sla.policy_overlay import PLAIN, Traits, laid, layers
from sla.policy_steps import Do, Rung, Step, Terms, plan

__all__ = ["PLAIN", "Do", "Policy", "Rung", "Step", "Terms", "Traits", "default_policy", "parse_policy"]

# A county that has half its hour left can still act; at ten minutes somebody has to phone.
WARN_FRACTIONS = (0.5, 0.75)
WARN_BEFORE = timedelta(minutes=10)
HANDLER_LADDER = (
    Rung(1, Role.SUPERVISOR, 0.0),
    Rung(2, Role.CHIEF, 0.25),
    Rung(3, Role.DUTY_OFFICER, 0.5),
)
# Clocks of the level above; `DECISION` and `RECHECK` too. The reviewer sits at the prefecture: nobody below can be
# told of its delay.
REVIEW_LADDER = (Rung(1, Role.DUTY_OFFICER, 0.0), Rung(2, Role.CHIEF, 0.25))
_WORDS = (
    "二级网格监督员接收指令后,立即开展各自辖区指挥、调度工作,并通过昌吉州网格化精准监测平台在1小时反馈现场情况、"
    "2小时上报处置结果至州大气办(方案三(三))。未说明两小时从何时起算:按接收指令即派发起算,最严,且承办方无法推迟。"
)


@dataclass(frozen=True, slots=True)
class Policy:
    version: int
    body: Mapping[str, Any]
    _known: dict[tuple[ClockKind, tuple[str, ...]], Terms] = field(
        default_factory=dict, compare=False, repr=False
    )
    _acts: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    def terms(self, kind: ClockKind, traits: Traits = PLAIN) -> Terms:
        """What holds for a clock of this kind under these traits."""
        found = layers(self.body, traits)
        key = (kind, tuple(name for name, _ in found))
        if key not in self._known:
            self._known[key] = read_terms(laid(self.body, found), kind)
        return self._known[key]

    def due(self, kind: ClockKind, started_at: datetime, traits: Traits = PLAIN) -> datetime:
        """Raises Invalid for the kinds in DUE_GIVEN, whose deadline no policy knows."""
        terms = self.terms(kind, traits)
        if terms.limit is None:
            raise Invalid(f"the deadline of {kind.value} is given with what it is about")
        return terms.after(started_at, terms.limit)

    def plan(
        self, kind: ClockKind, started_at: datetime, due: datetime | None = None, traits: Traits = PLAIN
    ) -> tuple[Step, ...]:
        """Every instant at which the clock wants attention, in order; warnings, one breach, the ladder.

        `due` stands in for the policy's limit where the deadline is given otherwise.
        """
        due = self.due(kind, started_at, traits) if due is None else due
        return plan(self.terms(kind, traits), started_at, due)

    def starts(self, act: OrderAct) -> tuple[ClockKind, ...]:
        """The clocks an act starts."""
        if "starts" not in self._acts:
            self._acts["starts"] = starts(self.body)
        found: tuple[ClockKind, ...] = self._acts["starts"].get(act, ())
        return found

    def stops(self, kind: ClockKind) -> frozenset[Act] | None:
        """The acts that stop a clock, where this policy counts fewer than the code's own list; else None."""
        if "stops" not in self._acts:
            self._acts["stops"] = stops(self.body)
        found: frozenset[Act] | None = self._acts["stops"].get(kind)
        return found


def default_policy(version: int, limits: Mapping[ClockKind, timedelta]) -> Policy:
    above = (ClockKind.REVIEW, ClockKind.DECISION, ClockKind.RECHECK)
    ladders = {kind: REVIEW_LADDER if kind in above else HANDLER_LADDER for kind in ClockKind}
    body = {
        "limits_s": {kind.value: limit.total_seconds() for kind, limit in sorted(limits.items())},
        "warn_fractions": list(WARN_FRACTIONS),
        "warn_before_s": WARN_BEFORE.total_seconds(),
        "ladders": {
            kind.value: [{"level": r.level, "role": r.role.value, "fraction": r.fraction} for r in rungs]
            for kind, rungs in sorted(ladders.items())
        },
        "starts": {"report": {"at": OrderAct.DISPATCH.value, "reading": _WORDS}},
    }
    return Policy(version, body)


def policy_body(policy: Policy) -> dict[str, Any]:
    """The policy as stored, without its version."""
    return dict(policy.body)


def parse_policy(version: int, body: Mapping[str, Any]) -> Policy:
    """Reads what is stored, by whatever release; raises Invalid when it lacks something or a value is senseless."""
    if not isinstance(body.get("limits_s"), Mapping):
        raise Invalid(_of(version, Said("%(value)s is missing", value="limits_s")))
    filled = {kind.value: limit for kind, limit in LATER_LIMITS_S.items()} | dict(body["limits_s"])
    policy = Policy(version, {**body, "limits_s": filled})
    try:
        for kind in ClockKind:
            policy.terms(kind)
        starts(body)
        stops(body)
    except Invalid as fault:
        raise Invalid(_of(version, fault.detail)) from None
    return policy


def _of(version: int, fault: str) -> Said:
    return Said("SLA policy %(version)s: %(fault)s", version=version, fault=fault)
