"""The network's rules as data: what is written reads back, and a slip is named by its place."""

import copy
import math
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.network.group import RING
from alerts.network.network import Network
from alerts.network.rules import FineRule, NetworkRules
from alerts.network.rules_file import MOST_STEPS, SHARES, network_body, network_rules
from alerts.place import Place
from alerts.ruleset import DEFAULT_RULES, parse_rules
from models.enums import POLLUTANTS
from models.errors import Invalid
from tests.unit.alerts.network.streams import HOURLY, NEAR, RULES, background, follow, scene, sites_at

SHIPPED = network_body(NetworkRules())


def read(body: dict[str, Any]) -> NetworkRules:
    return network_rules(Place({"network": body}, "rules"))


def leaves(body: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, value in body.items():
        if isinstance(value, dict):
            yield from leaves(value, (*path, name))
        else:
            yield (*path, name), value


LEAVES = [path for path, _ in leaves(SHIPPED)]


def with_value(path: tuple[str, ...], value: Any) -> dict[str, Any]:
    body = copy.deepcopy(SHIPPED)
    at = body
    for name in path[:-1]:
        at = at[name]
    at[path[-1]] = value
    return body


def value_at(path: tuple[str, ...]) -> Any:
    at: Any = SHIPPED
    for name in path:
        at = at[name]
    return at


def test_the_shipped_rules_read_back_equal() -> None:
    assert read(copy.deepcopy(SHIPPED)) == NetworkRules()
    assert parse_rules(DEFAULT_RULES).network == NetworkRules()


def test_a_rule_set_without_the_group_has_the_shipped() -> None:
    assert network_rules(Place({}, "rules")) == NetworkRules()
    assert read({}) == NetworkRules()


def test_what_is_not_named_is_as_shipped() -> None:
    rules = read({"fine": {"z": 6.5, "floors": {"pm10": 40}}})
    assert rules == replace(
        NetworkRules(), fine=replace(FineRule(), z=6.5, floors=(16.0, 40.0, 14.0, 28.0, 0.4, 40.0))
    )


def test_every_figure_is_written() -> None:
    def count(rule: Any) -> int:
        return sum(
            count(x) if is_dataclass(x) else len(x) if isinstance(x, tuple) else 1
            for x in (getattr(rule, item.name) for item in fields(rule))
        )

    assert len(LEAVES) == count(NetworkRules())
    assert set(SHIPPED["fine"]["floors"]) == set(POLLUTANTS)


@given(st.sampled_from(LEAVES), st.floats(0.98, 1.02))
def test_a_figure_that_moved_a_little_reads_back(path: tuple[str, ...], by: float) -> None:
    value = value_at(path)
    moved = value if isinstance(value, int) or path[-1] in ("step_s", "lowest") else value * by
    rules = read(with_value(path, min(moved, 1.0) if path[-1] in SHARES else moved))
    assert read(network_body(rules)) == rules


@pytest.mark.parametrize("path", LEAVES, ids=".".join)
def test_every_slip_is_named_by_its_place(path: tuple[str, ...]) -> None:
    for wrong in ("7", None, True, [1], {"a": 1}, 1e12, -1e12, math.nan):
        with pytest.raises(Invalid) as told:
            read(with_value(path, wrong))
        assert f"rules.network.{'.'.join(path)}" in str(told.value)


@pytest.mark.parametrize("path", [(), ("fine",), ("coarse",), ("region",), ("fault",), ("fine", "floors")])
def test_an_unknown_name_is_named(path: tuple[str, ...]) -> None:
    with pytest.raises(Invalid) as told:
        read(with_value((*path, "zz"), 1))
    assert ".".join(("rules.network", *path, "zz")) in str(told.value)


@pytest.mark.parametrize("wrong", [7, "text", None, [1]])
def test_a_group_that_is_none_is_named(wrong: Any) -> None:
    with pytest.raises(Invalid, match=r"rules\.network\.fine: wants a group"):
        read({"fine": wrong})
    with pytest.raises(Invalid, match=r"rules\.network: wants a group"):
        network_rules(Place({"network": wrong}, "rules"))


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"fine": {"step_s": 420}}, "fine.step_s"),
        ({"fine": {"step_s": 60}}, "fine.step_s"),
        ({"fine": {"step_s": 225}}, "fine.step_s"),
        ({"fine": {"base_steps": 60}}, "fine.base_steps"),
        ({"fine": {"guard_steps": 20}}, "fine.base_steps"),
        ({"fine": {"hot": 6}}, "fine.hot"),
        ({"fine": {"window": 3}}, "fine.hot"),
        ({"region": {"lowest": 1.3}}, "region.lowest"),
        ({"limit": {"hours": 5}}, "limit.hours"),
        ({"region": {"rank": 1.5}}, "region.rank"),
        ({"coarse": {"quorum": 2}}, "coarse.quorum"),
    ],
)
def test_figures_that_cannot_go_together_are_named(body: dict[str, Any], place: str) -> None:
    with pytest.raises(Invalid) as told:
        read(body)
    assert f"rules.network.{place}" in str(told.value)


def test_what_is_looked_back_at_is_kept() -> None:
    """Two steps ahead are cleared, and late readings go four steps less far."""
    assert MOST_STEPS + 4 < RING


def extreme(rules: Any, factor: float) -> Any:
    """Every figure at one end of what may be written."""
    changed: dict[str, Any] = {}
    for item in fields(rules):
        value = getattr(rules, item.name)
        if is_dataclass(value):
            changed[item.name] = extreme(value, factor)
        elif isinstance(value, tuple):
            changed[item.name] = tuple(x * factor for x in value)
        elif isinstance(value, int):
            changed[item.name] = max(1, math.ceil(value * factor))
        elif item.name in SHARES:
            changed[item.name] = min(1.0, value * factor)
        else:
            changed[item.name] = value * factor
    return replace(rules, **changed)


@pytest.mark.parametrize("factor", [0.1, 10.0])
@pytest.mark.parametrize("name", ["fine", "coarse", "signature", "join", "limit", "region", "fault"])
def test_any_rules_that_can_be_written_can_be_followed(name: str, factor: float) -> None:
    """Sense is the prefecture's; that nothing breaks is ours."""
    shipped = NetworkRules()
    group = extreme(getattr(shipped, name), factor)
    if name == "fine":
        group = replace(group, step_s=300.0, base_steps=24, guard_steps=3, hot=4, window=5)
    rules = read(network_body(replace(shipped, **{name: group})))
    stream = background(sites_at(NEAR[:4], 600.0), warm=14, hours=5).plume(0, 1, 200).step(2, 1, 4, 200, 330)
    slow = scene(HOURLY).plume(0, -95, 200, rise=60, plateau=240, tau=60)
    with_rules = replace(RULES, network=rules)
    follow(Network(with_rules, stream.sites), stream.samples())
    follow(Network(with_rules, slow.sites), slow.samples(end=-84))


@pytest.mark.parametrize("step_s", [120.0, 150.0, 600.0, 1200.0])
def test_other_steps_find_the_plume_too(step_s: float) -> None:
    rules = replace(RULES, network=read({"fine": {"step_s": step_s, "base_steps": 12, "guard_steps": 1}}))
    stream = background(sites_at(NEAR[:5], 150.0), warm=14, hours=6).plume(0, 2, 200, plateau=90)
    assert [x.origin for x in follow(Network(rules, stream.sites), stream.samples()).orders()] == [0]
