"""Requests beside the states, over HTTP: what each kind does, and every refusal."""

from datetime import timedelta
from typing import Any

import pytest

from app.api.order_shapes import Order, OrderDetail
from app.api.request_shapes import RequestShape
from app.api.shapes import Page
from app.database import transaction
from app.flows import lapse
from dispatch import service as dispatch
from models.bulk import fetch
from models.enums import AlertKind, OrderState, Severity
from models.facts import AlertDue, OrderAttached, OrderDispatched
from models.ids import AlertId
from tests.api.conftest import Client
from tests.factories import COUNTY, OTHER_COUNTY, PREFECTURE, TOWNSHIP, WAYS, World
from tests.fakes import START


def at(**parts: float) -> str:
    return (START + timedelta(**parts)).isoformat()


class Office:
    """One world with its people, and the few things tests do again and again."""

    def __init__(self, client: Client, world: World) -> None:
        self.client, self.world = client, world

    async def order(self, order_id: int) -> dict[str, Any]:
        answer = await self.client("duty").get(f"/orders/{order_id}")
        OrderDetail.model_validate(answer.json())
        return dict(answer.json())

    async def clock(self, order_id: int, kind: str, *, own: bool = False) -> dict[str, Any]:
        clocks = (await self.order(order_id))["clocks"]
        (found,) = [c for c in clocks if c["kind"] == kind and (c["subject_id"] is not None) is own]
        return dict(found)

    async def file(self, who: str, order_id: int, kind: str, **body: Any) -> dict[str, Any]:
        """Files a request that has to be taken."""
        answer = await self.client(who).post(
            f"/orders/{order_id}/requests", json={"kind": kind, "reason": "说明"} | body
        )
        assert answer.status_code == 201, answer.text
        RequestShape.model_validate(answer.json())
        assert answer.headers["Location"] == f"/api/v1/requests/{answer.json()['id']}"
        return dict(answer.json())

    async def refused(self, who: str, path: str, **body: Any) -> tuple[int, str]:
        answer = await self.client(who).post(path, json=body)
        assert not answer.is_success, answer.text
        return answer.status_code, answer.json()["code"]

    async def not_filed(self, who: str, order_id: int, kind: str, **body: Any) -> tuple[int, str]:
        return await self.refused(who, f"/orders/{order_id}/requests", kind=kind, reason="说明", **body)

    async def decide(self, who: str, request_id: int, decision: str = "approve", **body: Any) -> Any:
        answer = await self.client(who).post(
            f"/requests/{request_id}/decide", json={"decision": decision} | body
        )
        assert answer.status_code == 200, answer.text
        RequestShape.model_validate(answer.json())
        return answer.json()

    async def not_decided(self, who: str, request_id: int, **body: Any) -> tuple[int, str]:
        return await self.refused(who, f"/requests/{request_id}/decide", **({"decision": "approve"} | body))

    async def transfer(self, order_id: int, who: str, grid: str, **decision: Any) -> dict[str, Any]:
        request = await self.file(who, order_id, "transfer", grid=grid, code="outside_grid")
        return dict(await self.decide("duty", request["id"], **decision))

    async def events(self, order_id: int) -> list[str]:
        """Without those that only keep a board up to date."""
        async with self.world.sessions() as session:
            rows = await fetch(
                session,
                "SELECT kind FROM journal WHERE order_id = $1 AND kind <> 'sla.changed' ORDER BY id",
                order_id,
            )
        return [row[0] for row in rows]


@pytest.fixture
def office(client: Client, world: World) -> Office:
    return Office(client, world)


# ------------------------------------------------------------------ extension 延期
async def test_an_extension_moves_the_deadline_and_keeps_the_first_one(office: Office) -> None:
    order = await office.world.order()
    report = await office.clock(order, "report")
    office.world.clock.advance(minutes=30)
    request = await office.file("supervisor", order, "extension", clock_id=report["id"], until=at(hours=3))
    assert (request["state"], request["clock"], request["due_at"]) == ("pending", "report", at(minutes=40))
    # Asking stops nothing.
    assert await office.clock(order, "report") == report
    office.world.clock.advance(minutes=5)
    decided = await office.decide("duty", request["id"], comment="同意")
    assert (decided["state"], decided["decided_by"]) == ("approved", "姓名 duty")
    moved = await office.clock(order, "report")
    assert moved == report | {"due_at": at(hours=3)}
    assert moved["original_due_at"] == at(hours=2)
    decision = next(c for c in (await office.order(order))["clocks"] if c["kind"] == "decision")
    assert (decision["state"], decision["subject_id"]) == ("met", request["id"])
    assert (await office.events(order))[-2:] == ["request.approved", "sla.extended"]


async def test_the_one_hour_clock_may_be_extended_but_not_after_it(office: Office) -> None:
    order = await office.world.order()
    feedback = await office.clock(order, "feedback")
    office.world.clock.set(START + timedelta(hours=1))
    # At the deadline it is in time still, an instant later it is not.
    request = await office.file(
        "supervisor", order, "extension", clock_id=feedback["id"], until=at(hours=1, minutes=30)
    )
    office.world.clock.advance(microseconds=1)
    assert await office.not_decided("duty", request["id"]) == (409, "past_due")
    assert await office.not_filed(
        "supervisor", order, "extension", clock_id=feedback["id"], until=at(hours=2)
    ) == (409, "past_due")
    async with transaction(office.world.sessions) as session:
        pipeline, now = office.world.context.pipeline, office.world.clock.now()
        assert await lapse.lapse_overtaken(pipeline, session, now=now, limit=10) == 1
    gone = (await office.client("duty").get(f"/requests/{request['id']}")).json()
    assert (gone["state"], gone["ended_at"]) == ("lapsed", now.isoformat())
    assert await office.not_decided("duty", request["id"]) == (409, "request_closed")
    assert (await office.clock(order, "feedback"))["due_at"] == at(hours=1)


async def test_the_second_extension_is_a_chiefs_and_there_is_no_third(office: Office) -> None:
    order = await office.world.order()
    report = await office.clock(order, "report")

    async def ask(hours: float) -> int:
        filed = await office.file(
            "supervisor", order, "extension", clock_id=report["id"], until=at(hours=hours)
        )
        return int(filed["id"])

    await office.decide("duty", await ask(3))
    second = await ask(4)
    assert await office.not_decided("duty", second) == (403, "forbidden")
    await office.decide("leader", second)
    assert (await office.clock(order, "report"))["due_at"] == at(hours=4)
    assert await office.not_filed(
        "supervisor", order, "extension", clock_id=report["id"], until=at(hours=5)
    ) == (409, "limit_reached")


async def test_what_an_extension_cannot_be(office: Office) -> None:
    order, other = await office.world.order(), await office.world.order()
    report, foreign = await office.clock(order, "report"), await office.clock(other, "report")

    async def refused(clock: int, until: str) -> tuple[int, str]:
        return await office.not_filed("supervisor", order, "extension", clock_id=clock, until=until)

    assert await refused(foreign["id"], at(hours=3)) == (422, "invalid")
    assert await refused(report["id"], at(hours=2)) == (422, "invalid")
    assert await refused(report["id"], at(hours=4, seconds=1)) == (422, "invalid")
    await office.world.act(order, *_up_to(OrderState.REPORTED))
    assert await refused(report["id"], at(hours=3)) == (409, "forbidden_transition")
    review = await office.clock(order, "review")
    assert await refused(review["id"], at(hours=30)) == (409, "forbidden_transition")


async def test_an_extension_lapses_when_its_clock_is_stopped(office: Office) -> None:
    order = await office.world.order()
    clock = await office.clock(order, "acknowledge")
    request = await office.file("supervisor", order, "extension", clock_id=clock["id"], until=at(minutes=15))
    answer = await office.client("supervisor").post(f"/orders/{order}/acknowledge")
    assert answer.is_success
    gone = (await office.client("supervisor").get(f"/requests/{request['id']}")).json()
    assert gone["state"] == "lapsed"
    assert (await office.events(order))[-2:] == ["order.acknowledged", "request.expired"]
    decision = await office.clock(order, "decision", own=True)
    assert decision["state"] == "met"


# ------------------------------------------------------------------ transfer 移交
async def test_a_transfer_hands_over_order_and_clocks(office: Office) -> None:
    order = await office.world.order(station="WZ-1")
    office.world.clock.advance(minutes=20)
    decided = await office.transfer(order, "supervisor", OTHER_COUNTY)
    assert decided["granted"] == {"grid": OTHER_COUNTY, "policy": "continue", "misdispatched": False}
    document = await office.order(order)
    assert (document["grid"], document["original_grid"]) == (OTHER_COUNTY, COUNTY)
    assert document["number"] == f"2026-{COUNTY}-000001"
    assert [(h["grid"], h["from_at"], h["to_at"], h["why"]) for h in document["holders"]] == [
        (COUNTY, at(), at(minutes=20), "dispatch"),
        (OTHER_COUNTY, at(minutes=20), None, "transfer"),
    ]
    assert {c["due_at"] for c in document["clocks"] if c["kind"] == "report"} == {at(hours=2)}
    # The receiver sees and answers it; the sender sees only what it asked.
    assert (await office.client("neighbour").post(f"/orders/{order}/acknowledge")).is_success
    assert (await office.client("supervisor").get(f"/orders/{order}")).status_code == 404
    mine = (await office.client("supervisor").get("/requests")).json()
    Page[RequestShape].model_validate(mine)
    assert [r["id"] for r in mine["items"]] == [decided["id"]]
    # What was late before is the sender's, later breaches are the receiver's.
    office.world.clock.advance(hours=3)
    async with transaction(office.world.sessions) as session:
        await office.world.context.pipeline.tick(session, now=office.world.clock.now(), limit=100)
    breaches = (await office.client("neighbour").get("/sla/breaches")).json()["items"]
    assert {b["kind"] for b in breaches} == {"feedback", "report"}
    breaches = (await office.client("supervisor").get("/sla/breaches")).json()["items"]
    assert {b["kind"] for b in breaches} == {"acknowledge"}


async def test_a_wrong_dispatch_gives_the_receiver_clocks_of_its_own(office: Office) -> None:
    order = await office.world.order()
    office.world.clock.advance(minutes=50)
    decided = await office.transfer(order, "supervisor", OTHER_COUNTY, misdispatched=True)
    assert decided["granted"]["policy"] == "restart_for_receiver"
    segment = (await office.order(order))["holders"][1]["id"]
    own = await office.clock(order, "feedback", own=True)
    assert (own["subject_id"], own["due_at"]) == (segment, at(minutes=110))
    assert (await office.clock(order, "feedback"))["due_at"] == at(hours=1)
    office.world.clock.advance(minutes=20)
    answer = await office.client("neighbour").post(f"/orders/{order}/feedback", json={"finding": "现场"})
    assert answer.is_success
    states = {
        (c["subject_id"], c["kind"]): c["state"] for c in answer.json()["clocks"] if c["kind"] == "feedback"
    }
    assert states == {(None, "feedback"): "breached", (segment, "feedback"): "met"}
    # Handed on once more, its own clocks end without being met.
    await office.transfer(order, "neighbour", COUNTY)
    ended = await office.clock(order, "report", own=True)
    assert (ended["state"], ended["stopped_at"]) == ("void", at(minutes=70))
    assert (await office.clock(order, "report"))["state"] == "running"


async def test_after_two_transfers_the_prefecture_decides_and_locks(office: Office) -> None:
    order = await office.world.order()
    body = {"grid": COUNTY, "reason": "属地管理"}
    assert await office.refused("duty", f"/orders/{order}/assign", **body) == (409, "limit_reached")
    await office.transfer(order, "supervisor", OTHER_COUNTY)
    await office.transfer(order, "neighbour", COUNTY)
    assert await office.not_filed(
        "supervisor", order, "transfer", grid=OTHER_COUNTY, code="source_elsewhere"
    ) == (409, "limit_reached")
    assert await office.refused("supervisor", f"/orders/{order}/assign", **body) == (403, "forbidden")
    assert await office.refused("neighbour", f"/orders/{order}/assign", **body) == (404, "not_found")
    stale = await office.client("duty").post(
        f"/orders/{order}/assign", json=body, headers={"If-Match": '"1"'}
    )
    assert (stale.status_code, stale.json()["code"]) == (412, "version_conflict")
    answer = await office.client("duty").post(
        f"/orders/{order}/assign", json={"grid": OTHER_COUNTY, "reason": "属地管理"}
    )
    assert answer.status_code == 200, answer.text
    Order.model_validate(answer.json())
    assert answer.json()["grid"] == OTHER_COUNTY
    assert answer.json()["transfer_locked_at"] == office.world.clock.now().isoformat()
    assert await office.not_filed("neighbour", order, "transfer", grid=COUNTY, code="other") == (
        409,
        "transfer_locked",
    )
    assert await office.refused("duty", f"/orders/{order}/assign", **body) == (409, "transfer_locked")


async def test_the_prefecture_may_leave_an_order_where_it_is(office: Office) -> None:
    order = await office.world.order()
    await office.transfer(order, "supervisor", OTHER_COUNTY)
    await office.transfer(order, "neighbour", COUNTY)
    answer = await office.client("duty").post(
        f"/orders/{order}/assign", json={"grid": COUNTY, "reason": "属地管理"}
    )
    assert answer.json()["grid"] == COUNTY
    assert len((await office.order(order))["holders"]) == 3
    assert answer.json()["transfer_locked_at"] is not None


async def test_what_a_transfer_cannot_be(office: Office) -> None:
    order = await office.world.order()
    for grid in (COUNTY, "999999"):
        assert await office.not_filed("supervisor", order, "transfer", grid=grid, code="other") == (
            422,
            "invalid",
        )
    assert await office.not_filed("neighbour", order, "transfer", grid=OTHER_COUNTY, code="other") == (
        404,
        "not_found",
    )
    request = await office.file("supervisor", order, "transfer", grid=TOWNSHIP, code="other")
    # A township answers no order.
    assert await office.not_decided("duty", request["id"]) == (422, "invalid")
    assert await office.not_filed("supervisor", order, "transfer", grid=OTHER_COUNTY, code="other") == (
        409,
        "already_pending",
    )
    await office.decide("duty", request["id"], grid=OTHER_COUNTY)
    assert (await office.order(order))["grid"] == OTHER_COUNTY


async def test_a_further_alert_joins_the_order_at_its_station_wherever_it_is_held(
    office: Office,
) -> None:
    world = office.world
    station = world.context.directory.station("WZ-1")
    assert station is not None

    async def alert() -> list[Any]:
        number = await world.alert(pollutant=f"pm{len(made)}")
        due = AlertDue(
            AlertId(number),
            AlertKind.EXCEEDANCE_HOUR,
            Severity.NOTICE,
            station,
            "pm25",
            {},
            world.clock.now(),
        )
        async with transaction(world.sessions) as session:
            return list(
                await dispatch.dispatch_alerts(session, [due], policy_version=1, now=world.clock.now())
            )

    made: list[Any] = []
    made += await alert()
    assert isinstance(made[0], OrderDispatched)
    await office.transfer(made[0].order_id, "supervisor", OTHER_COUNTY)
    made += await alert()
    assert isinstance(made[1], OrderAttached)
    assert made[1].order_id == made[0].order_id


# ------------------------------------------------------------------ who decides
async def test_neither_the_filer_nor_a_handler_nor_the_county_decides(office: Office) -> None:
    order = await office.world.order()
    filed = await office.file("both", order, "transfer", grid=OTHER_COUNTY, code="other")
    assert await office.not_decided("both", filed["id"]) == (403, "may_not_decide")
    assert await office.not_decided("chief", filed["id"]) == (403, "forbidden")
    assert await office.not_decided("neighbour", filed["id"]) == (404, "not_found")
    assert await office.not_decided("duty", filed["id"], decision="reject") == (422, "invalid")
    await office.decide("duty", filed["id"], "reject", comment="属地无误")
    assert await office.not_decided("duty", filed["id"]) == (409, "request_closed")
    assert (await office.order(order))["grid"] == COUNTY


async def test_a_handler_of_the_order_does_not_decide(office: Office) -> None:
    order = await office.world.order()
    assert (await office.client("both").post(f"/orders/{order}/acknowledge")).is_success
    filed = await office.file("supervisor", order, "transfer", grid=OTHER_COUNTY, code="other")
    assert await office.not_decided("both", filed["id"]) == (403, "may_not_decide")
    # And whoever asks for the holder has handled the order.
    again = await office.world.order()
    await office.file("both", again, "transfer", grid=OTHER_COUNTY, code="other")
    await office.world.act(again, *_up_to(OrderState.REPORTED))
    answer = await office.client("both").post(f"/orders/{again}/review", json={"decision": "accept"})
    assert (answer.status_code, answer.json()["code"]) == (403, "handler_may_not_review")


@pytest.mark.parametrize(
    ("who", "kind", "more", "code"),
    [
        ("duty", "transfer", {"grid": OTHER_COUNTY, "code": "other"}, 403),
        ("viewer", "transfer", {"grid": OTHER_COUNTY, "code": "other"}, 403),
        ("neighbour", "recusal", {}, 404),
        ("viewer", "recusal", {}, 403),
        ("supervisor", "void", {}, 403),
        ("chief", "void", {}, 403),
        ("leader", "suspension", {"plan": "x", "until": "2026-12-01T00:00:00Z"}, 403),
        ("supervisor", "unknown", {}, 422),
        ("supervisor", "transfer", {"grid": OTHER_COUNTY}, 422),
        ("supervisor", "recusal", {"clock_id": 1}, 422),
    ],
)
async def test_who_may_not_file_what(
    office: Office, who: str, kind: str, more: dict[str, Any], code: int
) -> None:
    order = await office.world.order()
    assert (await office.not_filed(who, order, kind, **more))[0] == code


async def test_a_stale_page_files_and_decides_nothing(office: Office) -> None:
    order = await office.world.order()
    body = {"kind": "transfer", "grid": OTHER_COUNTY, "code": "other", "reason": "x"}
    answer = await office.client("supervisor").post(
        f"/orders/{order}/requests", json=body, headers={"If-Match": '"7"'}
    )
    assert (answer.status_code, answer.json()["code"]) == (412, "version_conflict")
    request = await office.file("supervisor", order, "transfer", grid=OTHER_COUNTY, code="other")
    assert (await office.client("supervisor").post(f"/orders/{order}/acknowledge")).is_success
    stale = await office.client("duty").post(
        f"/requests/{request['id']}/decide", json={"decision": "approve"}, headers={"If-Match": '"1"'}
    )
    assert (stale.status_code, stale.json()["code"]) == (412, "version_conflict")


async def test_the_same_key_files_once(office: Office) -> None:
    order = await office.world.order()
    body = {"kind": "transfer", "grid": OTHER_COUNTY, "code": "other", "reason": "x"}
    first, second = [
        await office.client("supervisor").post(
            f"/orders/{order}/requests", json=body, headers={"Idempotency-Key": "ask-1"}
        )
        for _ in range(2)
    ]
    assert first.json() == second.json()
    listed = (await office.client("duty").get(f"/orders/{order}/requests")).json()
    Page[RequestShape].model_validate(listed)
    assert [r["id"] for r in listed["items"]] == [first.json()["id"]]


async def test_a_request_is_withdrawn_by_whoever_filed_it(office: Office) -> None:
    order = await office.world.order()
    request = await office.file("supervisor", order, "transfer", grid=OTHER_COUNTY, code="other")
    path = f"/requests/{request['id']}/withdraw"
    assert await office.refused("duty", path) == (403, "forbidden")
    assert await office.refused("neighbour", path) == (404, "not_found")
    answer = await office.client("supervisor").post(path)
    assert (answer.status_code, answer.json()["state"]) == (200, "withdrawn")
    assert await office.refused("supervisor", path) == (409, "request_closed")
    for filter_, expected in (
        ("state=pending", 0),
        ("state=withdrawn&kind=transfer", 1),
        (f"grid={COUNTY}", 1),
    ):
        found = (await office.client("duty").get(f"/requests?{filter_}")).json()
        assert len(found["items"]) == expected, filter_


# ------------------------------------------------------------------ joint handling 联合处置
async def test_joint_handling_is_carried_out_when_it_is_granted(office: Office) -> None:
    order = await office.world.order()
    body = {"mode": "cross_county", "lead": COUNTY, "others": [OTHER_COUNTY]}
    for wrong in (
        {"others": [COUNTY]},
        {"lead": "999999"},
        {"others": [TOWNSHIP]},
        {"others": [PREFECTURE]},
        {"others": []},
    ):
        assert (await office.not_filed("supervisor", order, "joint", **(body | wrong)))[0] == 422, wrong
    request = await office.file("supervisor", order, "joint", **body)
    assert request["asked"] == body
    # Whoever asked goes on holding its own part; the other county gets one.
    await office.decide("duty", request["id"])
    assert "order.joint" in await office.events(order)
    assert (await office.order(order))["grid"] == COUNTY
    theirs = (await office.client("neighbour").get("/orders")).json()["items"]
    assert [o["state"] for o in theirs] == ["dispatched"]
    assert {c["kind"] for c in theirs[0]["clocks"]} == {"acknowledge", "feedback", "report"}


# ------------------------------------------------------------------ recusal 回避
async def test_who_declares_an_interest_keeps_out_at_once(office: Office) -> None:
    order = await office.world.order()
    request = await office.file("supervisor", order, "recusal", reason="与企业负责人有亲属关系")
    assert await office.refused("supervisor", f"/orders/{order}/acknowledge") == (403, "recused")
    assert await office.not_filed("supervisor", order, "transfer", grid=OTHER_COUNTY, code="other") == (
        403,
        "recused",
    )
    assert await office.refused("supervisor", f"/requests/{request['id']}/withdraw") == (
        409,
        "request_closed",
    )
    # A colleague may go on, and the clocks do.
    assert (await office.client("both").post(f"/orders/{order}/acknowledge")).is_success
    await office.decide("duty", request["id"], alternate="both")
    assert (await office.order(order))["grid"] == COUNTY
    assert await office.refused("supervisor", f"/orders/{order}/feedback", finding="x") == (403, "recused")


async def test_the_reason_of_a_recusal_is_private(office: Office) -> None:
    order = await office.world.order()
    secret = "与企业负责人有亲属关系"
    request = await office.file("supervisor", order, "recusal", reason=secret)
    path = f"/requests/{request['id']}"
    for who, sees in (
        ("supervisor", True),
        ("duty", True),
        ("admin", True),
        ("chief", False),
        ("viewer", False),
    ):
        shown = (await office.client(who).get(path)).json()
        assert (shown["reason"] == secret) is sees, who
    assert (await office.client("neighbour").get(path)).status_code == 404
    for path in (f"/orders/{order}", f"/orders/{order}/requests", "/requests", f"/orders/{order}/timeline"):
        assert secret not in (await office.client("duty").get(path)).text, path


async def test_a_reviewer_who_keeps_out_reviews_and_decides_nothing(office: Office) -> None:
    order = await office.world.order_in(OrderState.REPORTED)
    mine = await office.file("duty", order, "recusal")
    assert await office.refused("duty", f"/orders/{order}/review", decision="accept") == (403, "recused")
    assert await office.refused("duty", f"/orders/{order}/void", reason="x") == (403, "recused")
    assert await office.not_decided("duty", mine["id"], alternate="both") == (403, "recused")
    # A second person may keep out before anybody has decided about the first.
    second = await office.file("supervisor", order, "recusal")
    assert second["id"] == mine["id"]
    assert await office.not_decided("leader", mine["id"]) == (422, "invalid")
    assert await office.not_decided("leader", mine["id"], alternate="chief") == (422, "invalid")
    assert await office.not_decided("leader", mine["id"], alternate="duty") == (422, "invalid")
    await office.decide("leader", mine["id"], alternate="both")
    answer = await office.client("both").post(f"/orders/{order}/review", json={"decision": "accept"})
    assert answer.is_success


async def test_a_recusal_that_is_refused_lifts_the_bar(office: Office) -> None:
    order = await office.world.order()
    request = await office.file("supervisor", order, "recusal")
    await office.decide("duty", request["id"], "reject", comment="无利害关系")
    assert (await office.client("supervisor").post(f"/orders/{order}/acknowledge")).is_success


async def test_a_whole_unit_in_conflict_gives_the_order_to_another_and_that_is_no_transfer(
    office: Office,
) -> None:
    order = await office.world.order()
    request = await office.file("supervisor", order, "recusal")
    pending = await office.file("both", order, "transfer", grid=OTHER_COUNTY, code="other")
    await office.decide("duty", request["id"], grid=OTHER_COUNTY)
    document = await office.order(order)
    assert document["grid"] == OTHER_COUNTY
    assert [h["why"] for h in document["holders"]] == ["dispatch", "recusal"]
    # What the holder before had asked went with it.
    assert {r["id"]: r["state"] for r in document["requests"]}[pending["id"]] == "lapsed"
    await office.transfer(order, "neighbour", COUNTY)
    await office.transfer(order, "both", OTHER_COUNTY)


# ------------------------------------------------------------------ suspension 挂账
PLAN = {"plan": "更换除尘设备", "until": (START + timedelta(days=60)).isoformat()}


async def test_a_suspension_ends_the_report_clock_until_the_recheck(office: Office) -> None:
    order = await office.world.order()
    assert await office.not_filed("supervisor", order, "suspension", **PLAN) == (409, "forbidden_transition")
    await office.world.act(order, *_up_to(OrderState.ON_SITE))
    far = PLAN | {"until": at(days=180, seconds=1)}
    assert await office.not_filed("supervisor", order, "suspension", **far) == (422, "invalid")
    assert await office.not_filed("supervisor", order, "suspension", **(PLAN | {"until": at()})) == (
        422,
        "invalid",
    )
    request = await office.file("supervisor", order, "suspension", **PLAN)
    assert await office.not_decided("duty", request["id"]) == (403, "forbidden")
    assert await office.refused("duty", f"/orders/{order}/recheck", comment="x") == (409, "request_closed")
    office.world.clock.advance(minutes=5)
    await office.decide("leader", request["id"])
    document = await office.order(order)
    assert (document["state"], document["suspended_until"]) == ("on_site", PLAN["until"])
    assert (await office.clock(order, "report"))["state"] == "void"
    recheck = await office.clock(order, "recheck", own=True)
    assert (recheck["state"], recheck["due_at"]) == ("running", PLAN["until"])
    assert await office.not_filed("supervisor", order, "suspension", **PLAN) == (409, "request_closed")
    office.world.clock.advance(days=59)
    assert await office.refused("supervisor", f"/orders/{order}/recheck", comment="x") == (403, "forbidden")
    answer = await office.client("duty").post(f"/orders/{order}/recheck", json={"comment": "已完成"})
    assert answer.status_code == 200, answer.text
    assert answer.json()["suspended_until"] is None
    fresh = await office.clock(order, "report", own=True)
    assert (fresh["subject_id"], fresh["state"]) == (request["id"], "running")
    assert fresh["due_at"] == (office.world.clock.now() + timedelta(hours=2)).isoformat()
    assert (await office.clock(order, "recheck", own=True))["state"] == "met"
    events = await office.events(order)
    assert [e for e in events if e.startswith("order.")][-2:] == ["order.suspended", "order.resumed"]


async def test_the_hour_is_never_suspended(office: Office) -> None:
    """Also not where it is the receiver's own: the site has to be seen by whoever holds the order."""
    order = await office.world.order()
    await office.transfer(order, "supervisor", OTHER_COUNTY, misdispatched=True)
    assert await office.not_filed("neighbour", order, "suspension", **PLAN) == (409, "forbidden_transition")


async def test_a_suspended_order_may_be_reported_all_the_same(office: Office) -> None:
    order = await office.world.order_in(OrderState.RETURNED)
    request = await office.file("supervisor", order, "suspension", **PLAN)
    await office.decide("leader", request["id"])
    assert (await office.clock(order, "rework"))["state"] == "void"
    await office.world.act(order, _up_to(OrderState.REPORTED)[-1])
    document = await office.order(order)
    assert (document["state"], document["suspended_until"]) == ("reported", None)
    assert (await office.clock(order, "recheck", own=True))["state"] == "met"
    assert await office.refused("duty", f"/orders/{order}/recheck", comment="x") == (409, "request_closed")


async def test_a_breach_is_not_taken_back_by_a_suspension(office: Office) -> None:
    order = await office.world.order_in(OrderState.ON_SITE)
    office.world.clock.advance(hours=2, minutes=30)
    request = await office.file("supervisor", order, "suspension", **PLAN)
    await office.decide("leader", request["id"])
    report = await office.clock(order, "report")
    assert (report["state"], report["breached_at"]) == ("breached", at(hours=2))


# ------------------------------------------------------------------ void 作废
async def test_one_person_alone_withdraws_no_order_with_a_breach(office: Office) -> None:
    order = await office.world.order()
    office.world.clock.set(START + timedelta(minutes=10, microseconds=1))
    path = f"/orders/{order}/void"
    answer = await office.client("duty").post(path, json={"reason": "误报"})
    assert (answer.status_code, answer.json()["code"]) == (409, "second_person_needed")
    assert f"/orders/{order}/requests" in answer.json()["detail"]
    other = await office.file("supervisor", order, "transfer", grid=OTHER_COUNTY, code="other")
    request = await office.file("duty", order, "void", false_alarm="duplicate")
    assert await office.not_decided("duty", request["id"]) == (403, "may_not_decide")
    await office.decide("leader", request["id"])
    document = await office.order(order)
    assert (document["state"], document["false_alarm"]) == ("void", "duplicate")
    assert {r["id"]: r["state"] for r in document["requests"]} == {
        request["id"]: "approved",
        other["id"]: "lapsed",
    }
    decisions = {c["subject_id"]: c["state"] for c in document["clocks"] if c["kind"] == "decision"}
    assert decisions == {request["id"]: "met", other["id"]: "void"}
    assert (await office.clock(order, "acknowledge"))["state"] == "breached"
    assert document["holders"][-1]["to_at"] == office.world.clock.now().isoformat()


async def test_without_a_breach_one_person_withdraws_it_and_what_is_pending_goes_with_it(
    office: Office,
) -> None:
    order = await office.world.order()
    request = await office.file("supervisor", order, "transfer", grid=OTHER_COUNTY, code="other")
    answer = await office.client("duty").post(f"/orders/{order}/void", json={"reason": "误报"})
    assert answer.is_success
    document = await office.order(order)
    assert [r["state"] for r in document["requests"]] == ["lapsed"]
    assert {c["state"] for c in document["clocks"]} == {"void"}
    assert await office.not_filed("supervisor", order, "recusal") == (409, "forbidden_transition")
    assert await office.not_decided("duty", request["id"]) == (409, "request_closed")


def _up_to(state: OrderState) -> tuple[Any, ...]:
    return WAYS[state]
