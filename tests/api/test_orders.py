"""The life of an order over HTTP."""

from datetime import timedelta

import pytest

from app.api.order_shapes import Order, OrderDetail, TimelineEvent
from app.api.shapes import Page
from dispatch.lifecycle import ALLOWED
from models.enums import OrderAct, OrderState
from tests.api.conftest import Client
from tests.factories import COUNTY, PREFECTURE, TOWNSHIP, World

ACTS: dict[OrderAct, tuple[str, str, dict[str, object]]] = {
    OrderAct.ACKNOWLEDGE: ("supervisor", "acknowledge", {}),
    OrderAct.FEEDBACK: ("supervisor", "feedback", {"finding": "工地未覆盖", "cause": "扬尘"}),
    OrderAct.REPORT: ("supervisor", "report", {"measures": "洒水", "result": "下降"}),
    OrderAct.ACCEPT: ("duty", "review", {"decision": "accept", "comment": "好"}),
    OrderAct.RETURN: ("duty", "review", {"decision": "return", "comment": "照片不清"}),
    OrderAct.VOID: ("duty", "void", {"reason": "误报"}),
}


async def test_the_whole_life_with_a_return(client: Client, world: World) -> None:
    duty, supervisor = client("duty"), client("supervisor")
    made = await duty.post(
        "/orders", json={"grid": COUNTY, "station": "WZ-1", "reason": "群众举报", "severity": "serious"}
    )
    assert made.status_code == 201
    order = made.json()
    Order.model_validate(order)
    assert made.headers["Location"] == f"/api/v1/orders/{order['id']}"
    assert order["number"] == f"2026-{COUNTY}-000001"
    assert (order["station"], order["grid"], order["severity"]) == ("WZ-1", COUNTY, "serious")
    assert {c["kind"] for c in order["clocks"]} == {"acknowledge", "feedback", "report"}
    assert order["dispatched_at"] == "2026-11-23T00:00:00+00:00"
    steps = [
        (OrderAct.FEEDBACK, "on_site"),
        (OrderAct.REPORT, "reported"),
        (OrderAct.RETURN, "returned"),
        (OrderAct.REPORT, "reported"),
        (OrderAct.ACCEPT, "closed"),
    ]
    version = made.headers["ETag"]
    for act, state in steps:
        world.clock.advance(minutes=5)
        who, path, body = ACTS[act]
        answer = await client(who).post(
            f"/orders/{order['id']}/{path}", json=body, headers={"If-Match": version}
        )
        assert answer.status_code == 200, answer.text
        assert answer.json()["state"] == state
        Order.model_validate(answer.json())
        version = answer.headers["ETag"]
    detail = await supervisor.get(f"/orders/{order['id']}")
    OrderDetail.model_validate(detail.json())
    assert detail.headers["ETag"] == version
    assert detail.json()["round"] == 2
    assert {c["state"] for c in detail.json()["clocks"]} == {"met"}
    assert [r["round"] for r in detail.json()["reports"]] == [1, 2]
    assert [r["decision"] for r in detail.json()["reviews"]] == ["return", "accept"]
    assert detail.json()["feedback"][0]["person"] == "姓名 supervisor"
    timeline = (await supervisor.get(f"/orders/{order['id']}/timeline")).json()
    Page[TimelineEvent].model_validate(timeline)
    kinds = [event["kind"] for event in timeline["items"]]
    assert kinds == [
        "order.dispatched",
        "order.feedback",
        "order.reported",
        "order.returned",
        "order.reported",
        "order.closed",
    ]
    assert timeline["items"][1]["actor"] == "姓名 supervisor"


FORBIDDEN = [
    (state, act)
    for state in OrderState
    for act in OrderAct
    if act is not OrderAct.DISPATCH and act not in ALLOWED[state]
]


@pytest.mark.parametrize("state", list(OrderState))
async def test_every_forbidden_transition_is_409_and_changes_nothing(
    client: Client, world: World, state: OrderState
) -> None:
    order = await world.order_in(state)
    before = (await client("duty").get(f"/orders/{order}")).json()
    for forbidden in (act for of, act in FORBIDDEN if of is state):
        who, path, body = ACTS[forbidden]
        answer = await client(who).post(f"/orders/{order}/{path}", json=body)
        assert answer.status_code == 409, forbidden
        assert answer.json()["code"] == "forbidden_transition"
        assert answer.json()["state"] == state.value
    assert (await client("duty").get(f"/orders/{order}")).json() == before


async def test_the_handler_can_never_review(client: Client, world: World) -> None:
    order = await world.order()
    both = client("both")
    for act in (OrderAct.ACKNOWLEDGE, OrderAct.FEEDBACK, OrderAct.REPORT):
        assert (await both.post(f"/orders/{order}/{ACTS[act][1]}", json=ACTS[act][2])).status_code == 200
    for act in (OrderAct.ACCEPT, OrderAct.RETURN):
        answer = await both.post(f"/orders/{order}/review", json=ACTS[act][2])
        assert (answer.status_code, answer.json()["code"]) == (403, "handler_may_not_review")
    assert (await client("duty").post(f"/orders/{order}/review", json=ACTS[OrderAct.ACCEPT][2])).is_success


async def test_if_match_guards_against_a_stale_page(client: Client, world: World) -> None:
    order = await world.order()
    supervisor = client("supervisor")
    path = f"/orders/{order}/acknowledge"
    for stale in ('"7"', '"abc"', '"99999999999999999999"'):
        refused = await supervisor.post(path, headers={"If-Match": stale})
        assert (refused.status_code, refused.json()["code"]) == (412, "version_conflict"), stale
    assert (await supervisor.post(path, headers={"If-Match": "1"})).status_code == 422
    assert (await supervisor.post(path, headers={"If-Match": '"1"'})).status_code == 200
    feedback = await supervisor.post(
        f"/orders/{order}/feedback", json={"finding": "x"}, headers={"If-Match": "*"}
    )
    assert feedback.headers["ETag"] == '"3"'


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("feedback", {}),
        ("feedback", {"finding": "   "}),
        ("feedback", {"finding": "x" * 4001}),
        ("feedback", {"finding": "a\x00b"}),
        ("feedback", {"finding": "x", "unknown": 1}),
        ("feedback", {"finding": "x", "location": {"lon": 181, "lat": 0}}),
        ("feedback", {"finding": "x", "location": {"lon": "87.3", "lat": 44}}),
        ("feedback", {"finding": "x", "evidence": ["not an id"]}),
        ("feedback", {"finding": "x", "evidence": ["00000000-0000-4000-8000-000000000000"] * 2}),
        (
            "feedback",
            {"finding": "x", "evidence": [f"00000000-0000-4000-8000-{n:012d}" for n in range(21)]},
        ),
        ("feedback", {"finding": "x", "evidence": ["00000000-0000-4000-8000-000000000000"]}),
        ("report", {"measures": "x"}),
    ],
)
async def test_bad_bodies_are_422_and_name_the_place(
    client: Client, world: World, path: str, body: dict[str, object]
) -> None:
    order = await world.order()
    answer = await client("supervisor").post(f"/orders/{order}/{path}", json=body)
    assert answer.status_code == 422, answer.text
    assert answer.json()["code"] == "invalid"


async def test_half_a_surrogate_pair_is_422(client: Client, world: World) -> None:
    order = await world.order()
    answer = await client("supervisor").post(
        f"/orders/{order}/feedback",
        content=b'{"finding": "\\ud800"}',
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code == 422


async def test_a_return_without_comment_is_422(client: Client, world: World) -> None:
    order = await world.order_in(OrderState.REPORTED)
    answer = await client("duty").post(f"/orders/{order}/review", json={"decision": "return"})
    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"grid": "999999", "reason": "x"}, 404),
        ({"grid": COUNTY, "station": "WZ-2", "reason": "x"}, 422),
        ({"grid": COUNTY, "station": "nothing", "reason": "x"}, 404),
        ({"grid": TOWNSHIP, "reason": "x"}, 422),
        ({"grid": PREFECTURE, "reason": "x"}, 422),
        ({"grid": COUNTY, "reason": ""}, 422),
        ({"grid": COUNTY, "reason": "x", "severity": "huge"}, 422),
    ],
)
async def test_orders_by_hand_that_cannot_be(client: Client, body: dict[str, object], status: int) -> None:
    assert (await client("duty").post("/orders", json=body)).status_code == status


async def test_filters(client: Client, world: World) -> None:
    duty = client("duty")
    old = await world.order()
    world.clock.advance(minutes=11)
    fresh = await world.order()
    done = await world.order_in(OrderState.CLOSED)

    async def ids(query: str) -> list[int]:
        return [o["id"] for o in (await duty.get(f"/orders?{query}")).json()["items"]]

    assert await ids("") == [done, fresh, old]
    assert await ids("overdue=true") == [old]
    assert await ids("overdue=false") == [done, fresh]
    assert await ids("state=closed") == [done]
    assert await ids("state=closed&state=dispatched") == [done, fresh, old]
    assert await ids(f"grid={PREFECTURE}&state=void") == []
    assert await ids(f"grid={COUNTY}") == [done, fresh, old]
    assert (await duty.get("/orders?state=nonsense")).status_code == 422


async def test_a_breach_is_overdue_until_it_is_answered(client: Client, world: World) -> None:
    order = await world.order()
    world.clock.advance(timedelta(minutes=10))
    duty = client("duty")
    assert (await duty.get("/orders?overdue=true")).json()["items"] == []  # due exactly now: still in time
    world.clock.advance(seconds=1)
    async with world.sessions() as session, session.begin():
        await world.context.pipeline.tick(session, now=world.clock.now(), limit=100)
    assert [o["id"] for o in (await duty.get("/orders?overdue=true")).json()["items"]] == [order]
    breaches = (await duty.get("/sla/breaches?kind=acknowledge")).json()["items"]
    assert [(b["order_id"], b["breached_at"]) for b in breaches] == [(order, "2026-11-23T00:10:00+00:00")]
    assert (await duty.get("/sla/breaches?kind=review")).json()["items"] == []
    running = (await duty.get("/sla/clocks?state=running")).json()["items"]
    assert {c["kind"] for c in running} == {"feedback", "report"}
    await client("supervisor").post(f"/orders/{order}/acknowledge")
    assert (await duty.get("/orders?overdue=true")).json()["items"] == []
