"""The network's rules as data: written out in full, read strictly, with the shipped values for what is not named.

A figure may be moved by a factor of ten from the shipped one; beyond that it is a slip of the pen. Shares end at 1,
and figures that belong together have to agree.
"""

import math
from dataclasses import fields, is_dataclass, replace
from typing import Any

from alerts.network.rules import NetworkRules
from alerts.place import Place
from models.enums import POLLUTANTS
from models.said import Said

FACTOR = 10.0
SHARES = frozenset(
    {"tail_share", "hot_share", "quorum", "jump_share", "quiet_share", "clear_share", "rank", "share",
     "end_share", "network_share", "gas_share", "others_share", "silent_share", "shared", "high_share", "chance",
     "high_chance", "past_half", "floors"}
)  # fmt: skip
MOST_STEPS = 35
"""Of the past that a group keeps; what it looks back at has to lie within."""
STEP_PART_S = 30
"""Steps end when the network looks at the time, which it does so often."""


def network_body(rules: NetworkRules) -> dict[str, Any]:
    """The rules as a body that `network_rules` reads back to equal ones."""
    return _body(rules)


def network_rules(top: Place) -> NetworkRules:
    """The rules that the group `network` of a rule set describes; a rule set without one has the shipped."""
    shipped = NetworkRules()
    place = top.maybe_group("network")
    if place is None:
        return shipped
    read: NetworkRules = _read(place, shipped)
    _agree(place, read)
    return read


def group_body(rules: Any) -> dict[str, Any]:
    """Any frozen groups of figures as a body that `group_rules` reads back to equal ones."""
    return _body(rules)


def group_rules(place: Place, shipped: Any) -> Any:
    """`shipped` with what stands at `place` in its stead, by the rules of this module."""
    return _read(place, shipped)


def _agree(place: Place, rules: NetworkRules) -> None:
    fine = rules.fine
    if 3600 % fine.step_s or fine.step_s % STEP_PART_S or 3600 / fine.step_s > MOST_STEPS:
        uneven = Said("%(value)s does not part an hour into whole half minutes", value=f"{fine.step_s:g}")
        place.fail(uneven, "fine.step_s")
    if fine.base_steps + fine.guard_steps > MOST_STEPS:
        many = Said("with guard_steps more than the %(most)s steps that are kept", most=MOST_STEPS)
        place.fail(many, "fine.base_steps")
    if fine.hot > fine.window:
        hot = Said("%(value)s is more than the window of %(most)s", value=fine.hot, most=fine.window)
        place.fail(hot, "fine.hot")
    if rules.region.lowest > rules.region.highest:
        place.fail(Said("is above highest"), "region.lowest")
    if rules.limit.hours > rules.limit.of:
        hours = Said(
            "%(value)s is more than the %(most)s looked at", value=rules.limit.hours, most=rules.limit.of
        )
        place.fail(hours, "limit.hours")


def _body(rule: Any) -> dict[str, Any]:
    body: dict[str, Any] = {}
    for item in fields(rule):
        value = getattr(rule, item.name)
        if is_dataclass(value):
            body[item.name] = _body(value)
        elif isinstance(value, tuple):
            body[item.name] = dict(zip(POLLUTANTS, value, strict=False))
        else:
            body[item.name] = value
    return body


def _read(place: Place, shipped: Any) -> Any:
    changed: dict[str, Any] = {}
    for item in fields(shipped):
        value = getattr(shipped, item.name)
        if not place.has(item.name):
            continue
        if is_dataclass(value):
            changed[item.name] = _read(place.group(item.name), value)
        elif isinstance(value, tuple):
            levels = place.group(item.name)
            named = dict(zip(POLLUTANTS, value, strict=False))
            for name in [name for name in named if levels.has(name)]:
                named[name] = levels.number(name, *_bounds(named[name]))
            levels.done()
            changed[item.name] = tuple(named.values())
        elif isinstance(value, int):
            low, high = _bounds(value)
            changed[item.name] = place.whole(item.name, math.ceil(low), math.floor(high))
        else:
            low, high = _bounds(value)
            changed[item.name] = place.number(item.name, low, min(high, 1.0) if item.name in SHARES else high)
    place.done()
    return replace(shipped, **changed)


def _bounds(value: float) -> tuple[float, float]:
    if value == 0:
        return 0.0, FACTOR
    low, high = sorted((value / FACTOR, value * FACTOR))
    return low, high
