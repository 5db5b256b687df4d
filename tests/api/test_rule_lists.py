"""Lists of rules, responses, silences and back-tests: paged like all others, at the same cost at any length."""

from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.api.rule_shapes import BacktestShape, ResponseShape, RuleSetShape, SilenceShape
from app.api.shapes import Page
from tests.api.conftest import Client
from tests.api.test_backtests import span
from tests.api.test_lists import counted, walk
from tests.api.test_rules import make
from tests.api.test_silences import body
from tests.factories import World

LISTS = [
    ("/rules", 5, RuleSetShape),
    ("/rules/response", 4, ResponseShape),
    ("/silences", 4, SilenceShape),
    ("/backtests", 4, BacktestShape),
]


async def _fill(client: Client, world: World) -> None:
    admin, duty = client("admin"), client("duty")
    for n, level in enumerate(("yellow", "orange", "red", "none"), start=1):
        version = (await make(admin, n))["version"]
        assert (await admin.post(f"/rules/{version}/backtests", json=span())).status_code == 202
        assert (await duty.post("/silences", json=body())).status_code == 201
        assert (await duty.post("/rules/response", json={"level": level, "reason": "x"})).status_code == 201
        world.clock.advance(timedelta(minutes=1))


async def test_paging_shows_everything_once(client: Client, world: World) -> None:
    await _fill(client, world)
    caller = client("admin")
    for path, count, shape in LISTS:
        whole = (await caller.get(path)).json()
        Page[shape].model_validate(whole)  # type: ignore[valid-type]  # parametrised at run time
        assert (len(whole["items"]), whole["next_cursor"]) == (count, None), path
        for limit in (1, 2, count, 1000):
            assert await walk(caller, path, limit) == whole["items"], (path, limit)


@pytest.mark.parametrize("path", [*(path for path, _, _ in LISTS), "/rules/precision"])
async def test_bad_paging_is_422(client: Client, path: str) -> None:
    for query in ("limit=0", "limit=100000", "cursor=!", "cursor=OTk5OTk5OTk5OTk5", "cursor="):
        answer = await client("admin").get(f"{path}?{query}")
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid"), query


async def test_lists_cost_the_same_at_any_length(client: Client, world: World, engine: AsyncEngine) -> None:
    await _fill(client, world)
    admin = client("admin")
    for path, _, _ in LISTS:
        costs = []
        for limit in (1, 1000):
            with counted(engine) as sent:
                await admin.get(f"{path}?limit={limit}")
            costs.append(len(sent))
        assert costs[0] == costs[1], path
