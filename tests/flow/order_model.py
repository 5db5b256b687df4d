"""What may become of orders, written down anew from docs/states.md: it shares no rule with the service.

Pure: from what stood before a step, what stands after it, and what the step was. Grids are codes, people user names.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

Row = Mapping[str, Any]
Duties = Mapping[str, tuple[tuple[str, str], ...]]
"""By user name: (role, grid)."""

OPEN = ("dispatched", "acknowledged", "on_site", "reported", "returned")
HANDLED = ("dispatched", "acknowledged", "on_site", "returned")
MOVES: dict[str, dict[str, str]] = {
    "acknowledge": {"dispatched": "acknowledged"},
    "feedback": {"dispatched": "on_site", "acknowledged": "on_site"},
    "report": {"on_site": "reported", "returned": "reported"},
    "accept": {"reported": "closed"},
    "return": {"reported": "returned"},
    "void": dict.fromkeys(OPEN, "void"),
}
HANDLING = ("acknowledge", "feedback", "report", "rework")
ANSWERS: dict[str, tuple[str, ...]] = {
    "acknowledge": ("acknowledge", "feedback"),
    "feedback": ("feedback",),
    "report": ("report",),
    "review": ("accept", "return"),
    "rework": ("report",),
    "decision": ("decide",),
    "task": ("complete",),
    "recheck": ("recheck", "report"),
}
ENDS: dict[str, tuple[str, ...]] = {
    "void": tuple(ANSWERS),
    "suspend": ("report", "rework"),
    "transfer": HANDLING,
}
"""What ends a clock without its being met, and which."""
WANTED = {
    "dispatched": "feedback", "acknowledged": "feedback", "on_site": "report", "reported": "review",
    "returned": "rework",
}  # fmt: skip
GROUND = {
    "extension": HANDLED, "transfer": HANDLED, "joint": HANDLED, "suspension": ("on_site", "returned"),
    "recusal": OPEN, "void": OPEN,
}  # fmt: skip
TASK_MOVES = {
    "take": {("handed", "taken")},
    "complete": {("handed", "done"), ("taken", "done"), ("handed", "taken_back"), ("taken", "taken_back")},
    "take_back": {("handed", "taken_back"), ("taken", "taken_back")},
}
FALLS = TASK_MOVES["take_back"]
"""With the order, with another holder, with the task above."""
MOMENT = timedelta(microseconds=10)
SKEW = timedelta(seconds=2)
"""Two clocks, each wrong by up to a second."""


@dataclass(frozen=True, slots=True)
class Effects:
    """What a step may bring about, beside breaches, warnings and rungs, which time brings about in any step."""

    moves: str | None = None
    """The act by which orders change their state."""
    stops: tuple[str, ...] = ()
    requests: tuple[str, ...] = ()
    """What may become of pending requests."""
    tasks: tuple[str, ...] = ()
    holder: bool = False
    due: bool = False
    opens: bool = False


_HANDS_ON = Effects(None, ("decide", "transfer", "void"), ("approved", "lapsed"), ("take_back",), holder=True)
EFFECTS: dict[str, Effects] = {
    "dispatch": Effects(opens=True),
    "verdict": Effects(),
    "pass": Effects(None, ("decide",), ("lapsed",)),
    "excuse": Effects(),
    "activate": Effects(),
    "apply": Effects(due=True),
    "acknowledge": Effects("acknowledge", ("acknowledge", "decide"), ("lapsed",)),
    "feedback": Effects("feedback", ("feedback", "decide"), ("lapsed",)),
    "report": Effects("report", ("report", "decide"), ("lapsed",)),
    "accept": Effects("accept", ("accept", "decide", "void"), ("lapsed",), ("take_back",)),
    "return": Effects("return", ("return", "decide"), ("lapsed",)),
    "void": Effects("void", ("void", "decide"), ("lapsed",), ("take_back",)),
    "file": Effects(),
    "reject": Effects(None, ("decide",), ("rejected", "lapsed")),
    "withdraw": Effects(None, ("decide",), ("withdrawn",)),
    "approve extension": Effects(None, ("decide",), ("approved", "lapsed"), due=True),
    "approve transfer": _HANDS_ON,
    "approve joint": Effects(None, ("decide",), ("approved", "lapsed"), opens=True),
    "approve recusal": _HANDS_ON,
    "approve suspension": Effects(None, ("decide", "suspend"), ("approved", "lapsed")),
    "approve void": Effects("void", ("decide", "void"), ("approved", "lapsed"), ("take_back",)),
    "assign": _HANDS_ON,
    "recheck": Effects(None, ("recheck", "decide"), ("lapsed",)),
    "joint": Effects(opens=True),
    "hand": Effects(),
    "take": Effects(tasks=("take",)),
    "complete": Effects(None, ("complete", "void"), (), ("complete",)),
    "take_back": Effects(None, ("void",), (), ("take_back",)),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Seen:
    """Everything there is of some orders; rows by their ids."""

    orders: dict[int, Row] = field(default_factory=dict)
    clocks: dict[int, Row] = field(default_factory=dict)
    breaches: dict[int, Row] = field(default_factory=dict)
    """By clock."""
    rungs: tuple[Row, ...] = ()
    segments: dict[int, Row] = field(default_factory=dict)
    requests: dict[int, Row] = field(default_factory=dict)
    tasks: dict[int, Row] = field(default_factory=dict)
    barred: frozenset[tuple[int, str]] = frozenset()
    """Who keeps out of which order."""
    handlers: frozenset[tuple[int, str]] = frozenset()
    excuses: frozenset[tuple[int, str]] = frozenset()
    """Clock and ground."""

    def of(self, rows: Mapping[int, Row], order: int) -> list[Row]:
        return [row for row in rows.values() if row["order_id"] == order]

    def unstopped(self, order: int) -> list[Row]:
        return [c for c in self.of(self.clocks, order) if c["stopped_at"] is None]

    def parts(self, order: int) -> list[Row]:
        return [o for o in self.orders.values() if o["parent_id"] == order]

    def latest(self, order: int) -> datetime:
        """When something last happened to the order: the newest start or stop of a clock of its."""
        instants: list[datetime] = []
        for clock in self.of(self.clocks, order):
            instants += [at for at in (clock["started_at"], clock["stopped_at"]) if at is not None]
        return max(instants)


@dataclass(frozen=True, slots=True)
class Step:
    """What was done, by whom and to which order; by nobody where the service does it."""

    name: str
    who: str | None = None
    order: int | None = None
    kind: str | None = None
    """Of a request."""
    task: int | None = None


# ---------------------------------------------------------------------- who may


def may(step: Step, seen: Seen, duties: Duties, above: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether this person may do this at all, whatever the state.

    `above` names a grid and all above it, nearest first.
    """
    if step.who is None or step.order is None or step.order not in seen.orders:
        return True
    order = seen.orders[step.order]
    if (step.order, step.who) in seen.barred:
        return False
    line = above[order["grid"]]
    prefecture, holder = line[-1], line[0]
    has = duties[step.who]
    handled = (step.order, step.who) in seen.handlers

    def one(*roles: str, within: tuple[str, ...]) -> bool:
        return any(role in roles and grid in within for role, grid in has)

    match step.name:
        case "acknowledge" | "feedback" | "report":
            return one("supervisor", within=line)
        case "accept" | "return":
            return one("duty_officer", within=line[1:]) and not handled
        case "void":
            return one("duty_officer", within=line)
        case "hand":
            return step.task is not None or one("supervisor", "chief", within=line)
        case "joint":
            return one("duty_officer", within=(prefecture,))
        case "assign":
            return one("duty_officer", within=(prefecture,))
        case "recheck":
            return one("duty_officer", "chief", within=(prefecture,)) and not handled
        case "file":
            match step.kind:
                case "recusal":
                    return one("supervisor", "chief", "duty_officer", within=line)
                case "void":
                    return one("duty_officer", within=(prefecture,))
                case _:
                    return one("supervisor", "chief", within=(holder,))
        case "reject" | "approve":
            roles = ("chief",) if step.kind == "suspension" else ("chief", "duty_officer")
            return one(*roles, within=(prefecture,)) and not handled
        case _:
            return True


def must(step: Step, seen: Seen, now: datetime) -> bool:
    """Whether the step, by somebody who may, cannot be refused. Only where that is plain; `now` by the true clock."""
    assert step.order is not None
    order = seen.orders[step.order]
    if order["state"] not in MOVES.get(step.name, ()):
        return False
    if step.name == "accept":
        # Where a station watches, what it says may want a reason.
        return not seen.parts(step.order) and order["alert_id"] is None
    if step.name == "void":
        own = [c for c in seen.of(seen.clocks, step.order) if c["kind"] not in ("task", "decision")]
        late = any(
            c["state"] == "breached" or (c["state"] == "running" and c["due_at"] <= now + SKEW) for c in own
        )
        return not late and not seen.parts(step.order)
    return step.name in MOVES


# ---------------------------------------------------------------------- what may be


def broken(before: Seen, after: Seen, step: Step) -> list[str]:
    """Everything that should not be, or should not have happened; a line each."""
    name = f"approve {step.kind}" if step.name == "approve" else step.name
    effects = EFFECTS[name]
    return [
        *_orders(before, after, effects), *_clocks(before, after, effects), *_answers(before, after),
        *_breaches(before, after), *_rungs(after), *_holders(before, after, effects),
        *_requests(before, after, effects), *_tasks(before, after, effects), *_wanted(after), *_times(before, after),
    ]  # fmt: skip


def _orders(before: Seen, after: Seen, effects: Effects) -> Iterator[str]:
    if not set(before.orders) <= set(after.orders):
        yield "an order is gone"
    if set(after.orders) - set(before.orders) and not effects.opens:
        yield "an order came of nothing"
    for id_, order in after.orders.items():
        was = before.orders.get(id_)
        if was is None:
            if order["state"] != "dispatched" or order["round"] != 1:
                yield f"order {id_} began as {order['state']}"
            continue
        if order["state"] != was["state"]:
            led = MOVES.get(effects.moves or "", {}).get(was["state"])
            if led != order["state"]:
                yield f"order {id_} went from {was['state']} to {order['state']} by {effects.moves}"
        returned = order["state"] == "returned" != was["state"]
        if order["round"] != was["round"] + returned:
            yield f"order {id_} went from round {was['round']} to {order['round']}"
        if order["number"] != was["number"] or order["drill"] != was["drill"]:
            yield f"order {id_} became another one"
        if was["state"] in ("closed", "void") and order != was:
            yield f"order {id_} was changed after its end"
        if order["version"] < was["version"] or (order != was and order["version"] == was["version"]):
            yield f"order {id_} was changed and its version was not"
        # Two transfers, and one word of the prefecture that settles it.
        if was["transfer_locked_at"] is not None and order["grid"] != was["grid"]:
            handed = [s for s in after.of(after.segments, id_) if s["why"] == "transfer"]
            if len(handed) != len([s for s in before.of(before.segments, id_) if s["why"] == "transfer"]):
                yield f"order {id_} was handed on after the prefecture had settled it"
    for id_, order in after.orders.items():
        if order["state"] == "void" and any(part["state"] in OPEN for part in after.parts(id_)):
            yield f"order {id_} was withdrawn and its parts were not"
        if order["parent_id"] is not None and after.orders[order["parent_id"]]["parent_id"] is not None:
            yield f"order {id_} is a part of a part"


def _clocks(before: Seen, after: Seen, effects: Effects) -> Iterator[str]:
    if not set(before.clocks) <= set(after.clocks):
        yield "a clock is gone"
    for id_, clock in after.clocks.items():
        name = f"clock {id_} ({clock['kind']})"
        was = before.clocks.get(id_, clock)
        if clock["original_due_at"] != was["original_due_at"] or clock["started_at"] != was["started_at"]:
            yield f"{name}: its first deadline or its start moved"
        if clock["due_at"] != was["due_at"] and not (effects.due and was["state"] == "running"):
            yield f"{name}: its deadline moved"
        if was["stopped_at"] is not None and clock != was:
            yield f"{name}: it changed after its stop"
        stopped, by = clock["stopped_at"], clock["stopped_by"]
        if (stopped is None) != (by is None):
            yield f"{name}: stopped by {by} at {stopped}"
        if stopped is not None and was["stopped_at"] is None and by not in effects.stops:
            yield f"{name}: stopped by {by}, which did not happen"
        if stopped is not None and stopped < clock["started_at"]:
            yield f"{name}: stopped before it started"
        answered = by in ANSWERS[clock["kind"]]
        if by is not None and not answered and clock["kind"] not in ENDS.get(by, ()):
            yield f"{name}: {by} does not stop it"
        if by == "transfer" and clock["subject_id"] is None:
            yield f"{name}: it is the order's, and ended with a holder"
        match clock["state"]:
            case "running":
                fits = stopped is None
            case "met":
                fits = answered and stopped is not None and stopped <= clock["due_at"]
            case "void":
                fits = stopped is not None and not answered
            case _:
                fits = True
        if not fits:
            yield f"{name}: {clock['state']}, stopped by {by} at {stopped}, due {clock['due_at']}"


def _answers(before: Seen, after: Seen) -> Iterator[str]:
    """Each stop has its event: what it was stopped by has happened, and at that instant."""
    for id_, clock in after.clocks.items():
        if clock["stopped_at"] is None or before.clocks.get(id_, clock)["stopped_at"] is not None:
            continue
        order, subject, at = after.orders[clock["order_id"]], clock["subject_id"], clock["stopped_at"]
        others = after.of(after.clocks, order["id"])
        match clock["stopped_by"]:
            case "acknowledge" | "feedback" | "report" as act:
                name = {"acknowledge": "acknowledged_at", "feedback": "feedback_at", "report": "reported_at"}[
                    act
                ]
                happened = order[name] == at
            case "accept":
                happened = order["state"] == "closed" and order["closed_at"] == at
            case "return":
                happened = any(c["kind"] == "rework" and c["started_at"] == at for c in others)
            case "decide":
                request = after.requests[subject]
                happened = request["state"] != "pending" and request["ended_at"] == at
            case "complete":
                task = after.tasks[subject]
                happened = task["state"] == "done" and task["finished_at"] == at
            case "recheck":
                happened = order["suspended_until"] is None and any(
                    c["kind"] in ("report", "rework") and c["subject_id"] == subject and c["started_at"] == at
                    for c in others
                )
            case "suspend":
                happened = any(c["kind"] == "recheck" and c["started_at"] == at for c in others)
            case "transfer":
                held_to = after.segments[subject]["held_to"]
                happened = held_to is not None and abs(held_to - at) <= MOMENT
            case "void" if clock["kind"] == "task" and after.tasks[subject]["state"] == "taken_back":
                happened = after.tasks[subject]["finished_at"] == at
            case _:
                happened = order["state"] in ("void", "closed") and order["closed_at"] == at
        if not happened:
            yield f"clock {id_} ({clock['kind']}) stopped by {clock['stopped_by']} without its event"


def _breaches(before: Seen, after: Seen) -> Iterator[str]:
    for id_, breach in before.breaches.items():
        if after.breaches.get(id_) != breach:
            yield f"the breach of clock {id_} moved or disappeared"
    for id_, clock in after.clocks.items():
        found = after.breaches.get(id_)
        if (clock["state"] == "breached") != (found is not None):
            yield f"clock {id_} is {clock['state']}, its breach {found}"
        if found is None:
            continue
        if not found["breached_at"] == clock["breached_at"] == clock["due_at"] < found["detected_at"]:
            yield f"clock {id_}: breached at {found['breached_at']}, due {clock['due_at']}, seen {found['detected_at']}"
        stopped = clock["stopped_at"]
        if stopped is not None and stopped <= clock["due_at"]:
            # Another process's clock was ahead and had it as late: that speaks for whoever answered.
            if found["detected_at"] - stopped > SKEW:
                yield f"clock {id_} was breached though it was stopped in time"
            if (
                clock["stopped_by"] in ANSWERS[clock["kind"]]
                and (id_, "captured_in_time") not in after.excuses
            ):
                yield f"clock {id_} was answered in time, and nothing speaks for it"


def _rungs(after: Seen) -> Iterator[str]:
    climbed = Counter((r["clock_id"], r["level"], r["repeat"]) for r in after.rungs)
    if twice := [rung for rung, n in climbed.items() if n > 1]:
        yield f"climbed twice: {twice}"
    levels: dict[int, set[int]] = {}
    for rung in after.rungs:
        levels.setdefault(rung["clock_id"], set()).add(rung["level"])
        breach = after.breaches.get(rung["clock_id"])
        if breach is None or rung["planned_at"] < breach["breached_at"]:
            yield f"clock {rung['clock_id']} was escalated before it was late"
    for id_, found in levels.items():
        if found != set(range(1, max(found) + 1)):
            yield f"clock {id_}: of its rungs only {sorted(found)}"


def _holders(before: Seen, after: Seen, effects: Effects) -> Iterator[str]:
    for id_, order in after.orders.items():
        chain = sorted(after.of(after.segments, id_), key=lambda s: (s["held_from"], s["id"]))
        whole = chain[0]["held_from"] == order["dispatched_at"] and all(
            one["held_to"] == following["held_from"] > one["held_from"] for one, following in pairwise(chain)
        )
        end = chain[-1]["held_to"]
        final = order["state"] in ("closed", "void")
        if not whole or (end is None) == final:
            yield f"order {id_}: a gap or an overlap among its holders"
        if final and end is not None and abs(end - order["closed_at"]) > MOMENT:
            yield f"order {id_}: held until {end}, ended at {order['closed_at']}"
        if chain[-1]["grid"] != order["grid"]:
            yield f"order {id_}: its grid does not hold it"
        known = before.of(before.segments, id_)
        if known and len(chain) != len(known) and not effects.holder:
            yield f"order {id_}: another holder"
        if sum(s["why"] == "transfer" for s in chain) > 2 + (order["transfer_locked_at"] is not None):
            yield f"order {id_}: handed on too often"
        for clock in after.unstopped(id_):
            if clock["kind"] in (*HANDLING, "review") and clock["grid"] != order["grid"]:
                yield f"clock {clock['id']} runs at {clock['grid']}, the order is with {order['grid']}"


def _requests(before: Seen, after: Seen, effects: Effects) -> Iterator[str]:
    for id_, request in after.requests.items():
        name = f"request {id_} ({request['kind']})"
        was = before.requests.get(id_, request)
        if was["state"] != "pending" and request != was:
            yield f"{name} was changed after its end"
        if request["state"] != was["state"] and request["state"] not in effects.requests:
            yield f"{name} is {request['state']}"
        if request["ended_at"] is not None and request["ended_at"] < request["filed_at"]:
            yield f"{name} ended before it was filed"
        if request["decided_by"] is not None and request["decided_by"] == request["filed_by"]:
            yield f"{name} was decided by whoever filed it"
        clocks = [c for c in after.clocks.values() if c["kind"] == "decision" and c["subject_id"] == id_]
        if len(clocks) != 1 or (clocks[0]["stopped_at"] is None) != (request["state"] == "pending"):
            yield f"{name} is {request['state']} and its clock is not"
    for id_, order in after.orders.items():
        pending = [r["kind"] for r in after.of(after.requests, id_) if r["state"] == "pending"]
        if len(set(pending)) != len(pending):
            yield f"order {id_}: two requests of a kind wait"
        if gone := [kind for kind in pending if order["state"] not in GROUND[kind]]:
            yield f"order {id_} is {order['state']}, and {gone} still waits"
        granted = Counter(
            r["clock_id"]
            for r in after.of(after.requests, id_)
            if (r["kind"], r["state"]) == ("extension", "approved")
        )
        if any(n > 2 for n in granted.values()):
            yield f"order {id_}: a deadline was moved more than twice"


def _tasks(before: Seen, after: Seen, effects: Effects) -> Iterator[str]:
    allowed = set().union(*(TASK_MOVES[name] for name in effects.tasks)) if effects.tasks else set()
    for id_, task in after.tasks.items():
        was = before.tasks.get(id_, task)
        if task["state"] != was["state"] and (was["state"], task["state"]) not in allowed:
            yield f"task {id_} went from {was['state']} to {task['state']}"
        unfinished = task["state"] in ("handed", "taken")
        if unfinished and after.orders[task["order_id"]]["state"] not in OPEN:
            yield f"task {id_} outlives its order"
        parent = after.tasks.get(task["parent_task_id"] or 0)
        if unfinished and parent is not None and parent["state"] in ("done", "taken_back"):
            yield f"task {id_} outlives the task above it"
        for earlier, later in (
            ("handed_at", "taken_at"),
            ("handed_at", "finished_at"),
            ("taken_at", "finished_at"),
        ):
            if task[earlier] is not None and task[later] is not None and task[later] < task[earlier]:
                yield f"task {id_}: {later} lies before {earlier}"
        clocks = [c for c in after.clocks.values() if c["kind"] == "task" and c["subject_id"] == id_]
        if len(clocks) != 1 or (clocks[0]["stopped_at"] is None) != unfinished:
            yield f"task {id_} is {task['state']} and its clock is not"


def _wanted(after: Seen) -> Iterator[str]:
    """Until its end something is wanted of somebody."""
    for id_, order in after.orders.items():
        unstopped = [c["kind"] for c in after.unstopped(id_)]
        suspended = order["suspended_until"] is not None
        if unstopped.count("recheck") != int(suspended):
            yield f"order {id_} is {'' if suspended else 'not '}suspended, and {unstopped} run"
        if order["state"] not in OPEN:
            if unstopped:
                yield f"order {id_} is {order['state']}, and {unstopped} run"
        elif suspended:
            if set(HANDLING) & set(unstopped):
                yield f"order {id_} is suspended, and {unstopped} run"
        elif WANTED[order["state"]] not in unstopped:
            yield f"order {id_} is {order['state']}, and only {unstopped} run"
        seen = order["state"] in ("dispatched", "acknowledged")
        if ("feedback" in unstopped) != seen:
            yield f"order {id_} is {order['state']}, and {unstopped} run"


def _times(before: Seen, after: Seen) -> Iterator[str]:
    """What happens to an order carries times in the order in which it happened, whoever's clock said so."""
    for id_, order in after.orders.items():
        if id_ not in before.orders:
            continue
        latest = before.latest(id_)
        for clock in after.of(after.clocks, id_):
            if clock["id"] not in before.clocks and clock["started_at"] < latest:
                yield f"clock {clock['id']} ({clock['kind']}) started before what came before it"
            was = before.clocks.get(clock["id"])
            if was is not None and was["stopped_at"] is None and (clock["stopped_at"] or latest) < latest:
                yield f"clock {clock['id']} ({clock['kind']}) stopped before what came before it"
        acts = [
            order[name]
            for name in ("dispatched_at", "acknowledged_at", "feedback_at", "reported_at", "closed_at")
        ]
        happened = [at for at in acts if at is not None]
        if happened != sorted(happened):
            yield f"order {id_}: its acts are not in the order of their times"
