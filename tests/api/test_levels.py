"""Tasks, reports from below and joint orders over HTTP: who sees what, and how it is refused."""

from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from app.api.level_shapes import TaskDetail, TaskShape, UpReportDetail, UpReportShape
from app.api.order_shapes import Order, OrderDetail
from app.api.shapes import Page
from app.database import transaction
from models.enums import OrderState
from models.registry import Source
from tests.api.conftest import Client
from tests.api.test_evidence import PNG
from tests.factories import COUNTY, OTHER_COUNTY, TOWNSHIP, World
from tests.levels import THIRD_COUNTY, VILLAGE, add_levels, file, further, hand, open_joint

REPORT: dict[str, Any] = {
    "grid": VILLAGE,
    "category": "burning",
    "text": "村口焚烧秸秆",
    "location": {"lon": 87.3, "lat": 44.0, "accuracy_m": 12.0},
}


@pytest_asyncio.fixture
async def levels(world: World) -> World:
    return await add_levels(world)


def due(world: World, **ahead: float) -> str:
    at: str = (world.clock.now() + timedelta(**ahead)).isoformat()
    return at


async def uploaded(client: Client, who: str) -> str:
    made = await client(who).post("/evidence", files={"file": ("a.png", PNG)})
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


async def test_a_task_from_the_county_to_the_village_and_back(client: Client, levels: World) -> None:
    world = levels
    order = await world.order(station="WZ-1")
    body = {"grid": TOWNSHIP, "text": "查看堆场", "due_at": due(world, minutes=50)}
    supervisor, township, villager = client("supervisor"), client("township"), client("villager")
    stale = await supervisor.post(f"/orders/{order}/tasks", json=body, headers={"If-Match": '"9"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "version_conflict")
    made = await supervisor.post(f"/orders/{order}/tasks", json=body, headers={"If-Match": '"1"'})
    assert made.status_code == 201, made.text
    task = made.json()
    TaskDetail.model_validate(task)
    assert made.headers["Location"] == f"/api/v1/tasks/{task['id']}"
    assert (task["order"]["station"]["code"], task["order"]["number"]) == ("WZ-1", f"2026-{COUNTY}-000001")
    # The township sees its task, and of the order no more than what stands there.
    assert (await township.get(f"/tasks/{task['id']}")).json()["order"]["reason"] == "巡查"
    assert (await township.get(f"/orders/{order}")).status_code == 404
    assert (await villager.get(f"/tasks/{task['id']}")).status_code == 404

    part_body = {"grid": VILLAGE, "text": "拍照", "due_at": due(world, minutes=30)}
    part = await township.post(f"/tasks/{task['id']}/hand", json=part_body)
    assert part.status_code == 201, part.text
    part_id = part.json()["id"]
    assert (await villager.post(f"/tasks/{part_id}/take")).json()["state"] == "taken"
    photo = await uploaded(client, "villager")
    done = await villager.post(f"/tasks/{part_id}/complete", json={"finding": "无火点", "evidence": [photo]})
    assert done.status_code == 200, done.text
    TaskDetail.model_validate(done.json())
    assert [e["id"] for e in done.json()["evidence"]] == [photo]
    assert (done.json()["clock"]["state"], done.json()["finished_by"]) == ("met", "姓名 villager")
    # What a task cites is the order's evidence from then on, and nobody else's.
    for path, again in (
        (f"/tasks/{task['id']}/complete", {"finding": "x", "evidence": [photo]}),
        ("/up-reports", REPORT | {"evidence": [photo]}),
    ):
        refused = await villager.post(path, json=again)
        assert refused.status_code in (404, 422), path
    whole = (await supervisor.get(f"/tasks/{task['id']}")).json()
    assert [p["id"] for p in whole["parts"]] == [part_id]
    detail = (await supervisor.get(f"/orders/{order}")).json()
    OrderDetail.model_validate(detail)
    assert [(t["id"], t["state"]) for t in detail["tasks"]] == [(task["id"], "handed"), (part_id, "done")]
    assert [(e["id"], e["used_for"], e["task_id"]) for e in detail["evidence"]] == [(photo, "task", part_id)]
    back = await supervisor.post(f"/tasks/{task['id']}/take-back", json={"reason": "已处理"})
    assert (back.json()["state"], back.json()["clock"]["state"]) == ("taken_back", "void")
    again = await supervisor.post(f"/tasks/{task['id']}/take-back", json={"reason": "已处理"})
    assert (again.status_code, again.json()["code"]) == (409, "forbidden_transition")


async def test_a_task_shows_the_alert_that_made_its_order(client: Client, levels: World) -> None:
    world = levels
    await world.unrouted("WZ-1")
    async with transaction(world.sessions) as session:
        await world.context.pipeline.retry_unrouted(session, now=world.clock.now())
    ((order),) = [o["id"] for o in (await client("supervisor").get("/orders")).json()["items"]]
    task = await hand(world, order)
    seen = (await client("patroller").get(f"/tasks/{task}")).json()
    TaskDetail.model_validate(seen)
    assert seen["order"]["alert"]["why"]["values"] == [312.5]


async def test_tasks_are_listed_in_scope_and_filtered(client: Client, levels: World) -> None:
    world = levels
    order, other = await world.order(), await world.order()
    early, task = await hand(world, order, minutes=10), await hand(world, other)
    part = await further(world, task)
    world.clock.advance(minutes=11)

    async def ids(who: str, query: str = "") -> list[int]:
        page = (await client(who).get(f"/tasks?{query}")).json()
        Page[TaskShape].model_validate(page)
        return [t["id"] for t in page["items"]]

    assert await ids("supervisor") == await ids("duty") == await ids("township") == [part, task, early]
    assert await ids("villager") == [part]
    assert await ids("neighbour") == await ids("nobody") == []
    assert await ids("duty", "overdue=true") == [early]
    assert await ids("duty", "overdue=false&state=handed") == [part, task]
    assert await ids("duty", f"order={order}") == [early]
    assert await ids("duty", f"grid={VILLAGE}") == [part]
    assert await ids("duty", "state=done&state=taken_back") == []
    first = (await client("duty").get("/tasks?limit=2")).json()
    assert await ids("duty", f"cursor={first['next_cursor']}") == [early]
    # A late task is no late order.
    async with transaction(world.sessions) as session:
        await world.context.pipeline.tick(session, now=world.clock.now(), limit=100)
    await client("supervisor").post(f"/orders/{order}/acknowledge")
    await client("supervisor").post(f"/orders/{other}/acknowledge")
    assert (await client("duty").get("/orders?overdue=true")).json()["items"] == []
    breaches = (await client("patroller").get("/sla/breaches?kind=task")).json()["items"]
    assert [(b["grid"], b["subject_id"]) for b in breaches] == [(TOWNSHIP, early)]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"grid": OTHER_COUNTY}, 404),
        ({"grid": COUNTY}, 422),
        ({"text": " "}, 422),
        ({"text": "x" * 4001}, 422),
        ({"due_at": "2026-11-23T00:30:00"}, 422),
        ({"due_at": "2026-11-23T01:00:01+00:00"}, 422),
        ({"due_at": "2026-11-23T00:00:00+00:00"}, 422),
        ({"unknown": 1}, 422),
    ],
)
async def test_tasks_that_cannot_be(
    client: Client, levels: World, body: dict[str, object], status: int
) -> None:
    order = await levels.order()
    good = {"grid": TOWNSHIP, "text": "x", "due_at": "2026-11-23T00:30:00+00:00"}
    answer = await client("supervisor").post(f"/orders/{order}/tasks", json=good | body)
    assert answer.status_code == status, answer.text


async def test_a_report_over_unfinished_tasks_is_409_until_it_says_why(client: Client, levels: World) -> None:
    order = await levels.order_in(OrderState.ON_SITE)
    task = await hand(levels, order)
    body = {"measures": "洒水", "result": "下降"}
    supervisor = client("supervisor")
    refused = await supervisor.post(f"/orders/{order}/report", json=body)
    assert (refused.status_code, refused.json()["code"], refused.json()["tasks"]) == (
        409,
        "unfinished",
        [task],
    )
    said = body | {"unfinished_tasks_reason": "乡镇尚在途中"}
    assert (await supervisor.post(f"/orders/{order}/report", json=said)).status_code == 200
    detail = (await client("duty").get(f"/orders/{order}")).json()
    assert detail["reports"][0]["unfinished_tasks_reason"] == "乡镇尚在途中"


async def test_a_report_goes_up_and_becomes_an_order(client: Client, levels: World) -> None:
    world = levels
    async with transaction(world.sessions) as session:
        session.add(
            Source(
                code="S-1", name="砖厂", grid_id=world.grids[VILLAGE].id, lon=87.3, lat=44.0, category="窑炉"
            )
        )
    photo = await uploaded(client, "villager")
    villager, township, supervisor = client("villager"), client("township"), client("supervisor")
    body = REPORT | {"source": "S-1", "evidence": [photo], "origin": "public", "place": "三队"}
    made = await villager.post("/up-reports", json=body, headers={"Idempotency-Key": "k"})
    assert made.status_code == 201, made.text
    report = made.json()
    UpReportDetail.model_validate(report)
    assert made.headers["Location"] == f"/api/v1/up-reports/{report['id']}"
    assert (report["number"], report["state"], report["at_grid"]) == (
        f"UP-2026-{COUNTY}-000001",
        "collected",
        TOWNSHIP,
    )
    assert (report["source_name"], [e["id"] for e in report["evidence"]]) == ("砖厂", [photo])
    assert [(c["kind"], c["state"]) for c in report["clocks"]] == [("triage", "running")]
    again = await villager.post("/up-reports", json=body, headers={"Idempotency-Key": "k"})
    assert again.json()["id"] == report["id"]
    # The county sees the photo before it decides.
    assert (await supervisor.get(f"/evidence/{photo}")).content == PNG
    path = f"/up-reports/{report['id']}"
    assert (await township.post(f"{path}/forward", json={"reason": "需立案"})).json()["state"] == "filed"
    judged = await supervisor.post(f"{path}/triage", json={"decision": "order", "severity": "serious"})
    assert judged.status_code == 200, judged.text
    UpReportDetail.model_validate(judged.json())
    order = (await supervisor.get(f"/orders/{judged.json()['order_id']}")).json()
    OrderDetail.model_validate(order)
    assert (order["origin_report_id"], order["origin"]["place"], order["severity"]) == (
        report["id"],
        "三队",
        "serious",
    )
    twice = await supervisor.post(f"{path}/triage", json={"decision": "dismiss", "reason": "x"})
    assert (twice.status_code, twice.json()["code"]) == (409, "forbidden_transition")


async def test_every_other_end_of_a_report(client: Client, levels: World) -> None:
    world = levels
    ids = [await file(world) for _ in range(5)]
    bodies: list[dict[str, Any]] = [
        {"decision": "task", "grid": TOWNSHIP, "text": "先行制止", "due_at": due(world, days=2)},
        {"decision": "merge", "report": ids[4], "reason": "同一处"},
        {"decision": "dismiss", "reason": "不属实"},
        {"decision": "refer", "reason": "跨县"},
    ]
    supervisor = client("supervisor")
    found = [
        (await supervisor.post(f"/up-reports/{id_}/triage", json=body)).json()
        for id_, body in zip(ids, bodies, strict=False)
    ]
    for report in found:
        UpReportDetail.model_validate(report)
    assert [report["state"] for report in found] == ["tasked", "merged", "dismissed", "referred"]
    task = (await client("patroller").get(f"/tasks/{found[0]['task_id']}")).json()
    TaskDetail.model_validate(task)
    assert (task["report"]["number"], task["order"]) == (found[0]["number"], None)
    assert found[1]["duplicate_number"] == f"UP-2026-{COUNTY}-000005"
    body = {"decision": "order", "grid": OTHER_COUNTY}
    decided = await client("duty").post(f"/up-reports/{ids[3]}/triage", json=body)
    assert decided.json()["order_number"] == f"2026-{OTHER_COUNTY}-000001"
    # The county that reported keeps sight of its report, not of the other county's order.
    seen = (await supervisor.get(f"/up-reports/{ids[3]}")).json()
    assert seen["order_number"] == f"2026-{OTHER_COUNTY}-000001"
    assert (await supervisor.get(f"/orders/{seen['order_id']}")).status_code == 404
    village = await file(world, VILLAGE, by="villager")
    solved = await client("township").post(f"/up-reports/{village}/solve", json={"measures": "已扑灭"})
    assert (solved.json()["state"], solved.json()["steps"][0]["reason"]) == ("solved", "已扑灭")


async def test_reports_are_listed_in_scope_and_filtered(client: Client, levels: World) -> None:
    world = levels
    village = await file(world, VILLAGE, by="villager")
    world.clock.advance(hours=1)
    own = await file(world)
    world.clock.advance(minutes=61)

    async def ids(who: str, query: str = "") -> list[int]:
        page = (await client(who).get(f"/up-reports?{query}")).json()
        Page[UpReportShape].model_validate(page)
        return [r["id"] for r in page["items"]]

    assert await ids("supervisor") == await ids("duty") == await ids("patroller") == [own, village]
    assert await ids("villager") == [village]
    assert await ids("neighbour") == await ids("nobody") == []
    assert await ids("duty", "overdue=true") == [village]
    assert await ids("duty", "overdue=false") == [own]
    assert await ids("duty", "state=filed") == [own]
    assert await ids("duty", "category=dust") == []
    assert await ids("duty", f"grid={VILLAGE}") == [village]
    assert await ids("duty", f"at={TOWNSHIP}") == [village]
    assert (await client("neighbour").get(f"/up-reports/{own}")).status_code == 404


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"category": "nonsense"}, 422),
        ({"location": None}, 422),
        ({"location": {"lon": 181, "lat": 0}}, 422),
        ({"text": ""}, 422),
        ({"source": "nothing"}, 404),
        ({"grid": "999"}, 404),
        ({"grid": TOWNSHIP}, 404),
        ({"found_at": "2026-11-24T00:00:00+00:00"}, 422),
        ({"evidence": ["00000000-0000-4000-8000-000000000000"]}, 422),
    ],
)
async def test_reports_that_cannot_be(
    client: Client, levels: World, body: dict[str, object], status: int
) -> None:
    answer = await client("villager").post("/up-reports", json=REPORT | body)
    assert answer.status_code == status, answer.text
    assert (await client("duty").get("/up-reports")).json()["items"] == []


@pytest.mark.parametrize(
    "body",
    [{}, {"decision": "nonsense"}, {"decision": "dismiss"}, {"decision": "merge"}, {"decision": "task"}],
)
async def test_decisions_that_say_nothing_are_422(
    client: Client, levels: World, body: dict[str, object]
) -> None:
    report = await file(levels)
    answer = await client("supervisor").post(f"/up-reports/{report}/triage", json=body)
    assert answer.status_code == 422, answer.text


async def test_a_joint_order_over_http(client: Client, levels: World) -> None:
    order = await levels.order()
    body = {"lead": COUNTY, "grids": [OTHER_COUNTY, THIRD_COUNTY], "reason": "跨区域"}
    refused = await client("supervisor").post(f"/orders/{order}/joint", json=body)
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    stale = await client("duty").post(f"/orders/{order}/joint", json=body, headers={"If-Match": '"5"'})
    assert stale.status_code == 412
    made = await client("duty").post(f"/orders/{order}/joint", json=body, headers={"If-Match": '"1"'})
    assert made.status_code == 200, made.text
    OrderDetail.model_validate(made.json())
    assert (made.json()["joint_role"], made.json()["joint_reason"], made.headers["ETag"]) == (
        "parent",
        "跨区域",
        '"2"',
    )
    assert [c["grid"] for c in made.json()["children"]] == [OTHER_COUNTY, THIRD_COUNTY]
    child = made.json()["children"][0]["id"]
    seen = (await client("neighbour").get(f"/orders/{child}")).json()
    OrderDetail.model_validate(seen)
    assert (seen["joint_role"], seen["parent"]["id"], seen["children"]) == ("child", order, [])
    # The part shows the whole in brief; the whole itself stays its own grid's.
    assert (await client("neighbour").get(f"/orders/{order}")).status_code == 404
    again = await client("duty").post(
        f"/orders/{child}/joint", json=body | {"lead": OTHER_COUNTY, "grids": []}
    )
    assert again.status_code == 409
    listed = (await client("neighbour").get("/orders")).json()["items"]
    Order.model_validate(listed[0])
    assert (listed[0]["parent_id"], listed[0]["joint_role"]) == (order, "child")


async def test_withdrawing_a_joint_order_asks_for_its_parts(client: Client, levels: World) -> None:
    parent = await open_joint(levels, await levels.order(), OTHER_COUNTY)
    duty = client("duty")
    refused = await duty.post(f"/orders/{parent}/void", json={"reason": "误报"})
    assert (refused.status_code, refused.json()["code"]) == (409, "unfinished")
    assert refused.json()["children"] == [f"2026-{OTHER_COUNTY}-000001"]
    gone = await duty.post(f"/orders/{parent}/void", json={"reason": "误报", "with_children": True})
    assert gone.json()["state"] == "void"
    assert {o["state"] for o in (await duty.get("/orders")).json()["items"]} == {"void"}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"grids": []}, 422),
        ({"grids": [OTHER_COUNTY] * 2}, 422),
        ({"grids": ["999"]}, 404),
        ({"grids": [TOWNSHIP]}, 422),
        ({"reason": ""}, 422),
        ({"lead": OTHER_COUNTY}, 422),
    ],
)
async def test_joint_orders_that_cannot_be(
    client: Client, levels: World, body: dict[str, object], status: int
) -> None:
    order = await levels.order()
    good = {"lead": COUNTY, "grids": [OTHER_COUNTY], "reason": "x"}
    answer = await client("duty").post(f"/orders/{order}/joint", json=good | body)
    assert answer.status_code == status, answer.text
