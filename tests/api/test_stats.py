"""The month's figures, against the same figures counted by hand over the rows."""

import random
import statistics
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.api.shapes import Page
from app.api.stats import OrderBehind, ResponseStats
from app.database import transaction
from app.views.response_stats import CAUSES, FEW, TIMED
from models.alert import Alert
from models.bulk import fetch
from models.enums import CauseCode, FalseAlarm
from models.order import Feedback, Review, WorkOrder
from models.sla import SlaClock
from tests.api.conftest import Client
from tests.factories import COUNTY, OTHER_COUNTY, World

MONTH = "2026-11"
# Beijing's November 2026.
SINCE = datetime(2026, 10, 31, 16, tzinfo=UTC)
UNTIL = datetime(2026, 11, 30, 16, tzinfo=UTC)
EDGES = [SINCE - timedelta(microseconds=1), SINCE, UNTIL - timedelta(microseconds=1), UNTIL]
Row = dict[str, Any]


def clock_of(chance: random.Random, order: WorkOrder, kind: str) -> SlaClock:
    state = chance.choice(["met", "met", "breached", "void", "running"])
    start = order.dispatched_at
    due = start + timedelta(hours=1)
    stopped = {
        "met": start + timedelta(seconds=chance.randint(1, 3600)),
        "breached": chance.choice([None, due + timedelta(seconds=chance.randint(1, 9000))]),
        "void": start + timedelta(seconds=5),
        "running": None,
    }[state]
    by = None
    if stopped is not None:
        by = "void" if state == "void" or (state == "breached" and chance.random() < 0.2) else kind
    return SlaClock(
        order_id=order.id, grid_id=order.grid_id, kind=kind, round=1, state=state, started_at=start, due_at=due,
        original_due_at=due, stopped_at=stopped, stopped_by=by, breached_at=due if state == "breached" else None,
        plan=[], next_at=None, policy_version=1,
    )  # fmt: skip


async def fill(world: World, seed: int, count: int) -> None:
    """Orders of every kind in and around the month, some of them drills, straight into the tables."""
    chance = random.Random(seed)
    grids = [world.grids[COUNTY].id, world.grids[OTHER_COUNTY].id]
    person = world.people["supervisor"].id
    async with transaction(world.sessions) as session:
        for n in range(count):
            at = EDGES[n] if n < len(EDGES) else SINCE + timedelta(minutes=chance.randint(-3000, 46_000))
            drill = chance.random() < 0.2
            alert: Alert | None = None
            if not drill and chance.random() < 0.7:
                alert = Alert(
                    station_id=world.stations["WZ-1"].id, grid_id=grids[0], kind="sudden_rise", pollutant="pm25",
                    scope="local", severity="notice", state="cleared", started_at=at, detected_at=at, last_at=at,
                    cleared_at=at, peak=1.0, why={}, rule_version=1, created_at=at,
                )  # fmt: skip
                session.add(alert)
                await session.flush()
            state = chance.choice(
                ["dispatched", "on_site", "reported", "returned", "closed", "closed", "void"]
            )
            final = state in ("closed", "void")
            order = WorkOrder(
                number=f"n-{n}", grid_id=chance.choice(grids), alert_id=alert.id if alert else None, state=state,
                severity="notice", reason="r", policy_version=1, dispatched_at=at, drill=drill,
                closed_at=at + timedelta(seconds=chance.randint(60, 90_000)) if final else None,
                false_alarm=chance.choice([None, *FalseAlarm]) if final and chance.random() < 0.4 else None,
            )  # fmt: skip
            session.add(order)
            await session.flush()
            session.add_all(clock_of(chance, order, kind.value) for kind in TIMED)
            if chance.random() < 0.8:
                code = chance.choice([None, *CauseCode])
                session.add(
                    Feedback(
                        order_id=order.id, round=1, finding="f", cause_code=code, person_id=person, created_at=at
                    )
                )  # fmt: skip
            if chance.random() < 0.5:
                decisions = chance.choice([["accept"], ["return"], ["return", "accept"]])
                session.add_all(
                    Review(
                        order_id=order.id, round=i, decision=d, comment="c", person_id=person, created_at=at
                    )
                    for i, d in enumerate(decisions, start=1)
                )


async def rows_of(world: World, statement: str) -> list[Row]:
    async with world.sessions() as session:
        return [dict(row._mapping) for row in await fetch(session, statement)]


class Hand:
    """The month counted in plain Python."""

    def __init__(self, orders: list[Row], clocks: list[Row], feedback: list[Row], reviews: list[Row]) -> None:
        self.all = [o for o in orders if not o["drill"] and SINCE <= o["dispatched_at"] < UNTIL]
        self.clocks, self.feedback, self.reviews = clocks, feedback, reviews

    def figures(self, grid: int | None) -> Row:
        orders = [o for o in self.all if grid is None or o["grid_id"] == grid]
        ids = {o["id"] for o in orders}
        reviewed = {r["order_id"] for r in self.reviews} & ids
        reworked = {r["order_id"] for r in self.reviews if r["decision"] == "return"} & ids
        raised = [o for o in orders if o["alert_id"] is not None]
        confirmed = [o for o in raised if o["state"] == "closed" and o["false_alarm"] is None]
        false = [o for o in raised if o["false_alarm"] is not None]
        causes = Counter(f["cause_code"] or "unstated" for f in self.feedback if f["order_id"] in ids)
        closed = [
            (o["closed_at"] - o["dispatched_at"]).total_seconds() for o in orders if o["state"] == "closed"
        ]
        return {
            "orders": len(orders),
            "clocks": [self.clock(kind.value, ids) for kind in TIMED],
            "to_close": median(closed),
            "rework": share(len(reworked), len(reviewed))
            | {"reworked": len(reworked), "reviewed": len(reviewed)},
            "confirmed": share(len(confirmed), len(confirmed) + len(false))
            | {
                "confirmed": len(confirmed),
                "false_alarms": len(false),
                "reasons": {a.value: sum(o["false_alarm"] == a.value for o in false) for a in FalseAlarm},
            },
            "causes": {cause: causes[cause] for cause in CAUSES},
        }

    def clock(self, kind: str, ids: set[int]) -> Row:
        own = [c for c in self.clocks if c["kind"] == kind and c["order_id"] in ids]
        states = Counter(c["state"] for c in own)
        took = [
            (c["stopped_at"] - c["started_at"]).total_seconds()
            for c in own
            if c["stopped_by"] in ("acknowledge", "feedback", "report")
        ]
        return {
            "kind": kind,
            **{state: states[state] for state in ("met", "breached", "void", "running")},
            **share(states["met"], states["met"] + states["breached"]),
            "median": median(took),
        }


def share(part: int, whole: int) -> Row:
    return {"rate": round(part / whole, 6) if whole else None, "few": whole < FEW}


def median(seconds: list[float]) -> Row:
    value = round(statistics.median(seconds), 3) if seconds else None
    return {"seconds": value, "count": len(seconds), "few": len(seconds) < FEW}


async def by_hand(world: World) -> Hand:
    tables = ("work_order", "sla_clock", "feedback", "review")
    return Hand(*[await rows_of(world, f"SELECT * FROM {table}") for table in tables])


async def asked(client: Client, query: str, who: str = "duty") -> Row:
    answered = await client(who).get(f"/stats/response?{query}")
    assert answered.status_code == 200, answered.text
    ResponseStats.model_validate(answered.json())
    document: Row = answered.json()
    return document


@pytest.mark.parametrize(("seed", "count"), [(1, 9), (2, 60), (3, 240)])
async def test_the_figures_are_those_counted_by_hand(
    client: Client, world: World, seed: int, count: int
) -> None:
    await fill(world, seed, count)
    hand = await by_hand(world)
    stats = await asked(client, f"month={MONTH}")
    assert {k: v for k, v in stats["total"].items() if k not in ("grid", "name")} == hand.figures(None)
    for one in stats["grids"]:
        own = {k: v for k, v in one.items() if k not in ("grid", "name")}
        assert own == hand.figures(world.grids[one["grid"]].id)
    assert stats["total"]["orders"] == sum(one["orders"] for one in stats["grids"])


async def test_behind_every_figure_are_as_many_orders_as_it_says(client: Client, world: World) -> None:
    await fill(world, 4, 120)
    stats = (await asked(client, f"month={MONTH}&grid={COUNTY}"))["total"]
    wanted = {
        "orders": stats["orders"],
        "reviewed": stats["rework"]["reviewed"],
        "reworked": stats["rework"]["reworked"],
        "confirmed": stats["confirmed"]["confirmed"],
        "false_alarm": stats["confirmed"]["false_alarms"],
    }
    for clock in stats["clocks"]:
        for standing in ("met", "breached", "void", "running"):
            wanted[f"{clock['kind']}.{standing}"] = clock[standing]
    wanted |= {f"cause&cause={cause}": count for cause, count in stats["causes"].items()}
    for figure, count in wanted.items():
        found: list[int] = []
        cursor = ""
        while True:
            path = f"/stats/response/orders?month={MONTH}&grid={COUNTY}&figure={figure}&limit=17{cursor}"
            answered = await client("duty").get(path)
            assert answered.status_code == 200, answered.text
            Page[OrderBehind].model_validate(answered.json())
            found += [item["id"] for item in answered.json()["items"]]
            if answered.json()["next_cursor"] is None:
                break
            cursor = f"&cursor={answered.json()['next_cursor']}"
        assert len(found) == len(set(found)) == count, figure
    drills = {row["id"] for row in await rows_of(world, "SELECT id FROM work_order WHERE drill")}
    everything = await client("duty").get(f"/stats/response/orders?month={MONTH}&figure=orders&limit=1000")
    assert drills
    assert not drills & {item["id"] for item in everything.json()["items"]}


async def test_a_county_sees_its_own_figures_only(client: Client, world: World) -> None:
    await fill(world, 5, 60)
    own = await asked(client, f"month={MONTH}", "chief")
    assert [one["grid"] for one in own["grids"]] == [COUNTY]
    whole = await asked(client, f"month={MONTH}")
    assert own["grids"][0] == next(one for one in whole["grids"] if one["grid"] == COUNTY)
    assert own["total"] | {"grid": COUNTY, "name": own["grids"][0]["name"]} == own["grids"][0]
    foreign = await client("chief").get(f"/stats/response?month={MONTH}&grid={OTHER_COUNTY}")
    assert foreign.status_code == 404
    nothing = await asked(client, f"month={MONTH}", "nobody")
    assert (nothing["total"]["orders"], nothing["grids"]) == (0, [])


async def test_a_month_without_orders_has_no_rates(client: Client) -> None:
    stats = await asked(client, "month=2027-12")
    assert stats["grids"] == []
    assert stats["total"]["clocks"][0]["rate"] is None
    assert stats["total"]["confirmed"]["few"]
    assert (stats["from"], stats["to"]) == ("2027-12-01T00:00:00+08:00", "2028-01-01T00:00:00+08:00")


@pytest.mark.parametrize(
    "query",
    [
        "", "month=2026-13", "month=2026-1", "month=November", "month=2026-11&grid=no", "month=9999-11",
    ],
)  # fmt: skip
async def test_what_is_no_month_is_refused(client: Client, query: str) -> None:
    assert (await client("duty").get(f"/stats/response?{query}")).status_code in (404, 422)


@pytest.mark.parametrize(
    "query", ["figure=cause", "figure=cause&cause=dragons", "figure=orders&cause=straw", "figure=x", ""]
)
async def test_a_figure_is_one_of_the_list(client: Client, query: str) -> None:
    answered = await client("duty").get(f"/stats/response/orders?month={MONTH}&{query}")
    assert answered.status_code == 422
