"""The network's rules as data: written out in full, read strictly, with the shipped values for what is not named.

A figure may be moved by a factor of ten from the shipped one; beyond that it is a slip of the pen.
"""

import math
from dataclasses import fields, is_dataclass, replace
from typing import Any

from alerts.network.rules import NetworkRules
from alerts.place import Place
from models.enums import POLLUTANTS

FACTOR = 10.0


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
    return read


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
            changed[item.name] = place.number(item.name, *_bounds(value))
    place.done()
    return replace(shipped, **changed)


def _bounds(value: float) -> tuple[float, float]:
    if value == 0:
        return 0.0, FACTOR
    low, high = sorted((value / FACTOR, value * FACTOR))
    return low, high
