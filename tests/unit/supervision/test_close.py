"""The close of a month: what leads, what is compared, and the same bytes from the same inputs."""

import copy
import json
import random
from typing import Any

import pytest

from supervision.air.close import canonical, close, digest_of

RULES = "环办监测〔2018〕19号"
LEVELS = {"pm25": 35, "pm10": 70, "so2": 6, "no2": 20, "co": 0.4, "o3": 80}


def days(count: int = 31, **over: float) -> dict[str, Any]:
    levels = {name: [round(level * 1000) * 20, 20] for name, level in (LEVELS | over).items()}
    return {f"{n:02}": copy.deepcopy(levels) for n in range(1, count + 1)}


def part(published: str | None = None, **over: Any) -> dict[str, Any]:
    station = {
        "code": "S",
        "days": over.pop("days", days(**over.pop("levels", {}))),
        "void": over.pop("void", []),
    }
    found: dict[str, Any] = {"stations": [station], "excluded": over.pop("excluded", {})}
    if published is not None:
        found["published"] = {"value": published, "rules": over.pop("rules", RULES)}
    return found


def month(**units: tuple[dict[str, Any], dict[str, Any]]) -> dict[str, Any]:
    return {
        "month": "2026-03",
        "readings": {"version": 1, "body": {}},
        "units": [{"code": code, "now": now, "base": base} for code, (now, base) in units.items()],
    }


def of(result: dict[str, Any], code: str) -> dict[str, Any]:
    (found,) = [unit for unit in result["units"] if unit["code"] == code]
    return dict(found)


def test_the_published_index_leads_and_the_own_stands_beside_it() -> None:
    # 35/35 + 70/70 + 6/60 + 20/40 + 0.4/4 + 80/160
    found = of(close(month(A=(part("3.40"), part("3.50")))), "A")
    assert found["deducted"]["index"] == "3.20"
    assert found["differs"] == "0.20"
    assert found["compared"] == {
        "now": "3.40", "now_source": "published", "base": "3.50", "base_source": "published", "rules": RULES,
    }  # fmt: skip
    assert found["improvement"] == "2.9"


def test_without_a_published_index_the_own_is_compared_with_the_own() -> None:
    result = close(month(A=(part(), part(levels={"pm25": 70})), B=(part(levels={"pm25": 70}), part())))
    a, b = of(result, "A"), of(result, "B")
    assert (a["compared"]["now"], a["compared"]["base"], a["improvement"]) == ("3.20", "4.20", "23.8")
    assert (a["place"], a["last"], b["place"], b["last"], b["improvement"]) == (1, False, 2, True, "-31.2")


def test_void_days_are_ranked_by_the_own_index_and_said_so() -> None:
    levels = days()
    levels["31"] = {name: [level[0] * 2, level[1]] for name, level in levels["31"].items()}
    now = part("3.00", days=levels, void=["01", "02"])
    found = of(close(month(A=(now, part("3.50")))), "A")
    assert found["compared"]["now_source"] == "own"
    assert float(found["compared"]["now"]) > float(found["deducted"]["index"])
    assert [one["day"] for one in found["voided"]["S"]] == ["2026-03-01", "2026-03-02"]
    assert found["voided"]["S"][0]["kept"]["pm25"] == "35.000"
    assert found["voided"]["S"][0]["substituted"]["pm25"] == "70.000"


def test_rules_of_two_times_are_not_compared() -> None:
    found = of(close(month(A=(part("3.40", rules="2026"), part("3.50")))), "A")
    assert (found["place"], found["not_ranked"]) == (None, "other_rules")
    # The own base follows the rules of now: that comparison stands.
    mixed = of(close(month(A=(part("3.40"), part("3.50", rules="2013")))), "A")
    assert (mixed["compared"]["base"], mixed["compared"]["base_source"]) == ("3.20", "own")


def test_a_month_without_enough_days_is_not_ranked() -> None:
    result = close(
        month(A=(part(days=days(26)), part()), B=(part(), part(days={})), C=(part(days={}), part(days={})))
    )
    assert [of(result, code)["not_ranked"] for code in "ABC"] == ["no_index", "no_base", "no_index"]
    assert of(result, "A")["raw"]["provisional"]["pm25"] == "35.000"
    assert of(result, "A")["raw"]["days"]["pm25"] == 26


def test_the_same_inputs_give_the_same_bytes_in_whatever_order() -> None:
    units = {code: (part(levels={"pm25": 30 + n}), part()) for n, code in enumerate("ABCDEFGHIJ")}
    inputs = month(**units)
    first = canonical(close(inputs))
    shuffled = copy.deepcopy(inputs)
    random.Random(3).shuffle(shuffled["units"])
    assert canonical(close(json.loads(json.dumps(shuffled)))) == first
    assert digest_of(inputs) == digest_of(json.loads(canonical(inputs)))
    assert digest_of(inputs) != digest_of(inputs | {"month": "2026-04"})


def test_a_day_outside_the_month_is_refused() -> None:
    with pytest.raises(ValueError, match="day"):
        close(month(A=(part(excluded={"32": ["pm10"]}), part())))
