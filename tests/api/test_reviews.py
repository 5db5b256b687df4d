"""Review over HTTP: checklist, coded reasons, the word of the station, and everybody who may not."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from app.api.order_shapes import Order, OrderDetail
from app.api.review_shapes import ReviewPolicyShape
from app.database import transaction
from models.bulk import fetch
from models.enums import OrderState, ReportClaim, Role
from models.registry import Grid
from tests.api.conftest import Client
from tests.factories import AS_THE_OWNER, COUNTY, World, make_person
from tests.reviews import alert_order, around, ask, checklist, events, measured, neighbours, report

ACCEPT = {"decision": "accept", "comment": "好"}


async def high(world: World, claims: ReportClaim | None = ReportClaim.RECOVERED) -> int:
    """A reported order whose station has not recovered."""
    await neighbours(world)
    begun = world.clock.now()
    order = await alert_order(world, started_at=begun)
    await measured(world, "WZ-1", begun, [300.0] * 240)
    await around(world, begun, 40.0, 240)
    world.clock.advance(hours=1)
    await report(world, order, claims)
    world.clock.advance(hours=2, minutes=30)
    await ask(world)
    return order


async def detail(client: Client, order: int) -> dict[str, Any]:
    found: dict[str, Any] = (await client("duty").get(f"/orders/{order}")).json()
    OrderDetail.model_validate(found)
    return found


async def test_a_bare_review_is_taken_and_kept_as_not_filled_in(client: Client, world: World) -> None:
    order = await world.order_in(OrderState.REPORTED)
    answer = await client("duty").post(f"/orders/{order}/review", json=ACCEPT)
    assert answer.status_code == 200, answer.text
    Order.model_validate(answer.json())
    (review,) = (await detail(client, order))["reviews"]
    assert (review["checklist"], review["reasons"], review["override_reason"], review["verdict"]) == (
        None, [], None, None,
    )  # fmt: skip
    ((_, told),) = await events(world, "order.closed")
    assert told["checklist"] is False


async def test_a_checklist_is_kept_as_it_read(client: Client, world: World) -> None:
    order = await world.order_in(OrderState.REPORTED)
    body = ACCEPT | {"checklist": checklist(people_named="no", before_after="not_applicable")}
    answer = await client("duty").post(f"/orders/{order}/review", json=body)
    assert answer.status_code == 200, answer.text
    (review,) = (await detail(client, order))["reviews"]
    assert [(line["item"], line["answer"]) for line in review["checklist"]] == [
        ("seen_in_time", "yes"),
        ("cause_named", "yes"),
        ("measure_fits", "yes"),
        ("before_after", "not_applicable"),
        ("people_named", "no"),
        ("verdict_looked_at", "yes"),
    ]
    assert review["checklist"][4]["reason"] == "说明"
    assert review["checklist"][0]["source"] == "body §3(三)"
    assert review["policy_version"] == 1


async def test_a_return_says_why_in_codes_beside_its_comment(client: Client, world: World) -> None:
    order = await world.order_in(OrderState.REPORTED)
    body = {
        "decision": "return",
        "comment": "照片不清,原因未查明",
        "reasons": ["cause_not_found", "evidence_missing"],
        "checklist": [{"item": "cause_named", "answer": "no", "reason": "只写了扬尘"}],
    }
    assert (await client("duty").post(f"/orders/{order}/review", json=body)).status_code == 200
    (review,) = (await detail(client, order))["reviews"]
    assert review["reasons"] == ["evidence_missing", "cause_not_found"]
    assert [line["item"] for line in review["checklist"]] == ["cause_named"]
    ((_, told),) = await events(world, "order.returned")
    assert told["reasons"] == ["evidence_missing", "cause_not_found"]


@pytest.mark.parametrize(
    "body",
    [
        ACCEPT | {"checklist": []},
        ACCEPT | {"checklist": checklist()[:5]},
        ACCEPT | {"checklist": [*checklist(), {"item": "more", "answer": "yes"}]},
        ACCEPT | {"checklist": [*checklist()[:5], {"item": "verdict_looked_at", "answer": "no"}]},
        ACCEPT | {"checklist": [*checklist()[:5], {"item": "verdict_looked_at", "answer": "maybe"}]},
        ACCEPT | {"checklist": [{"item": "x", "answer": "yes"}] * 31},
        ACCEPT | {"reasons": ["other"]},
        ACCEPT | {"override_reason": "  "},
        {"decision": "return"},
        {"decision": "return", "comment": "x", "reasons": ["because"]},
        {"decision": "return", "comment": "x", "override_reason": "x"},
        {"decision": "return", "comment": "x", "false_alarm": "other"},
        {"decision": "return", "comment": "x", "checklist": [{"item": "cause_named", "answer": "no"}]},
    ],
)
async def test_reviews_that_cannot_be(client: Client, world: World, body: dict[str, object]) -> None:
    order = await world.order_in(OrderState.REPORTED)
    before = await detail(client, order)
    answer = await client("duty").post(f"/orders/{order}/review", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid"), answer.text
    assert await detail(client, order) == before


async def test_a_review_is_never_changed(client: Client, world: World) -> None:
    order = await world.order_in(OrderState.CLOSED)
    for statement in (
        "UPDATE review SET comment = 'x' WHERE order_id = $1",
        "DELETE FROM review WHERE order_id = $1",
    ):
        with pytest.raises(IntegrityError, match="review keeps what was written"):
            async with transaction(world.sessions) as session:
                await fetch(session, statement, order)


async def test_against_the_station_a_reason_is_demanded_and_shown(client: Client, world: World) -> None:
    order = await high(world)
    shown = await detail(client, order)
    assert (shown["verdict_state"], shown["mismatch"]) == ("not_recovered", True)
    assert shown["verdict"]["figures"]["over"] is True
    duty = client("duty")
    refused = await duty.post(f"/orders/{order}/review", json=ACCEPT | {"checklist": checklist()})
    assert (refused.status_code, refused.json()["field"]) == (422, "override_reason")
    assert (await detail(client, order))["state"] == "reported"
    taken = await duty.post(
        f"/orders/{order}/review", json=ACCEPT | {"override_reason": "采样口旁施工,现场复测正常"}
    )
    assert taken.status_code == 200, taken.text
    (review,) = (await detail(client, order))["reviews"]
    assert (review["verdict"], review["override_reason"]) == ("not_recovered", "采样口旁施工,现场复测正常")
    ((_, told),) = await events(world, "order.closed")
    assert (told["verdict"], told["override_reason"]) == ("not_recovered", "采样口旁施工,现场复测正常")


async def test_a_return_takes_no_reason_against_the_station(client: Client, world: World) -> None:
    order = await high(world)
    body = {"decision": "return", "comment": "数据未恢复", "reasons": ["not_recovered"]}
    assert (await client("duty").post(f"/orders/{order}/review", json=body)).status_code == 200


@pytest.mark.parametrize("state", ["pending", "recovered", "regional", "no_data"])
async def test_no_other_verdict_demands_anything(client: Client, world: World, state: str) -> None:
    order = await alert_order(world)
    await report(world, order)
    async with transaction(world.sessions) as session:
        await fetch(session, "UPDATE order_verdict SET state = $1", state)
    assert (await client("duty").post(f"/orders/{order}/review", json=ACCEPT)).status_code == 200


async def test_mismatches_are_flagged_in_the_list(client: Client, world: World) -> None:
    flagged = await high(world)
    other = await alert_order(world, "WZ-7")
    await report(world, other)
    duty = client("duty")

    async def ids(query: str) -> list[tuple[int, object, object]]:
        items = (await duty.get(f"/orders?state=reported&{query}")).json()["items"]
        return [(one["id"], one["verdict_state"], one["mismatch"]) for one in items]

    assert await ids("mismatch=true") == [(flagged, "not_recovered", True)]
    assert await ids("mismatch=false") == [(other, "pending", False)]
    assert len(await ids("")) == 2


# ---------------------------------------------------------------- who may not


async def test_whoever_handled_it_may_not_even_with_a_checklist(client: Client, world: World) -> None:
    order = await world.order()
    both = client("both")
    for path, body in (
        ("acknowledge", {}),
        ("feedback", {"finding": "x"}),
        ("report", {"measures": "x", "result": "x", "claims": "improved"}),
    ):
        assert (await both.post(f"/orders/{order}/{path}", json=body)).status_code == 200
    refused = await both.post(f"/orders/{order}/review", json=ACCEPT | {"checklist": checklist()})
    assert (refused.status_code, refused.json()["code"]) == (403, "handler_may_not_review")


async def test_whoever_filed_a_report_may_not_even_if_no_handler_was_noted(
    client: Client, world: World
) -> None:
    order = await world.order_in(OrderState.REPORTED)
    async with transaction(world.sessions) as session:
        await fetch(session, AS_THE_OWNER)
        await fetch(session, "UPDATE disposal_report SET person_id = $1", world.people["duty"].id)
    refused = await client("duty").post(f"/orders/{order}/review", json=ACCEPT)
    assert (refused.status_code, refused.json()["code"]) == (403, "handler_may_not_review")


async def test_a_duty_in_the_orders_own_grid_reviews_nothing(client: Client, world: World) -> None:
    async with transaction(world.sessions) as session:
        grid = await session.get(Grid, world.grids[COUNTY].id)
        assert grid is not None
        world.people["desk"] = await make_person(session, "desk", (Role.DUTY_OFFICER, grid))
        world.duties["desk"] = ((Role.DUTY_OFFICER, grid.id),)
    order = await world.order_in(OrderState.REPORTED)
    desk = client("desk")
    for body in (ACCEPT, {"decision": "return", "comment": "x"}):
        refused = await desk.post(f"/orders/{order}/review", json=body)
        assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
        assert "above" in refused.json()["detail"]
    assert (await desk.post(f"/orders/{order}/void", json={"reason": "误报"})).status_code == 200


@pytest.mark.parametrize("who", ["supervisor", "chief", "leader", "viewer", "admin"])
async def test_nobody_else_reviews(client: Client, world: World, who: str) -> None:
    order = await world.order_in(OrderState.REPORTED)
    refused = await client(who).post(f"/orders/{order}/review", json=ACCEPT)
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")


async def test_another_grids_order_is_not_there(client: Client, world: World) -> None:
    order = await world.order_in(OrderState.REPORTED)
    assert (await client("neighbour").post(f"/orders/{order}/review", json=ACCEPT)).status_code == 404


async def test_a_stale_page_reviews_nothing(client: Client, world: World) -> None:
    order = await world.order_in(OrderState.REPORTED)
    refused = await client("duty").post(
        f"/orders/{order}/review", json=ACCEPT | {"checklist": checklist()}, headers={"If-Match": '"1"'}
    )
    assert (refused.status_code, refused.json()["code"]) == (412, "version_conflict")
    assert (await detail(client, order))["reviews"] == []


async def test_of_two_reviewers_at_once_one_decides(client: Client, world: World) -> None:
    order = await world.order_in(OrderState.REPORTED)
    bodies = [ACCEPT, {"decision": "return", "comment": "照片不清"}] * 3
    answers = await asyncio.gather(
        *(
            client(who).post(f"/orders/{order}/review", json=body)
            for who, body in zip(["duty", "both"] * 3, bodies, strict=True)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409, 409, 409]
    assert len((await detail(client, order))["reviews"]) == 1


# ---------------------------------------------------------------- the rules


async def test_the_first_rules_come_with_the_schema(client: Client) -> None:
    found = (await client("viewer").get("/review-policy")).json()
    ReviewPolicyShape.model_validate(found)
    assert (found["version"], found["body"]["checklist_required"]) == (1, False)
    assert found["body"]["recurrence"] == {"days": 7, "radius_m": 500}
    assert found["body"]["watch"]["longest_hours"] == 24
    assert [item["key"] for item in found["body"]["checklist"]] == [line["item"] for line in checklist()]
    assert all(item["source"] for item in found["body"]["checklist"])


async def test_new_rules_demand_a_checklist_of_their_own(client: Client, world: World) -> None:
    duty = client("duty")
    body = (await duty.get("/review-policy")).json()["body"]
    body["checklist_required"] = True
    body["by_cause"] = {
        "扬尘": [{"key": "covered", "zh": "裸土是否全部覆盖", "en": "Is all soil covered?", "source": "own"}]
    }
    made = await duty.post("/review-policy", json={"body": body, "note": "扬尘专项"})
    assert made.status_code == 201, made.text
    ReviewPolicyShape.model_validate(made.json())
    assert (made.json()["version"], made.json()["author"]) == (2, "duty")
    assert (await duty.get("/review-policy?version=1")).json()["body"]["checklist_required"] is False
    assert (await duty.get("/review-policy?version=3")).status_code == 404
    order = await alert_order(world)
    await report(world, order)
    refused = await duty.post(f"/orders/{order}/review", json=ACCEPT)
    assert (refused.status_code, refused.json()["field"]) == (422, "checklist")
    taken = await duty.post(
        f"/orders/{order}/review", json=ACCEPT | {"checklist": [{"item": "covered", "answer": "yes"}]}
    )
    assert taken.status_code == 200, taken.text
    (review,) = (await detail(client, order))["reviews"]
    assert (review["policy_version"], [line["item"] for line in review["checklist"]]) == (2, ["covered"])
    ((_, told),) = await events(world, "review.policy_set")
    assert told["version"] == 2


async def test_rules_that_make_no_sense_and_people_who_may_not(client: Client, world: World) -> None:
    body = (await client("duty").get("/review-policy")).json()["body"]
    for who in ("supervisor", "chief", "leader"):
        refused = await client(who).post("/review-policy", json={"body": body, "note": "x"})
        assert refused.status_code == 403, who
    body["watch"]["share"] = 2.0
    refused = await client("duty").post("/review-policy", json={"body": body, "note": "x"})
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid")
    for statement in ("UPDATE review_policy SET note = 'x'", "DELETE FROM review_policy"):
        with pytest.raises(IntegrityError, match="never changed"):
            async with transaction(world.sessions) as session:
                await fetch(session, statement)


async def test_versions_made_at_once_are_numbered_without_a_gap(client: Client) -> None:
    body = (await client("duty").get("/review-policy")).json()["body"]
    made = await asyncio.gather(
        *(client("duty").post("/review-policy", json={"body": body, "note": f"{n}"}) for n in range(4))
    )
    assert sorted(one.json()["version"] for one in made) == [2, 3, 4, 5]


async def test_a_watch_goes_by_the_rules_it_began_under(client: Client, world: World) -> None:
    duty = client("duty")
    order = await alert_order(world)
    await report(world, order)
    body = (await duty.get("/review-policy")).json()["body"]
    body["watch"]["longest_hours"] = 48.0
    await duty.post("/review-policy", json={"body": body, "note": "延长"})
    verdict = (await detail(client, order))["verdict"]
    assert verdict["policy_version"] == 1
    await neighbours(world)
    later = await alert_order(world, "WZ-7")
    await report(world, later)
    newer = (await detail(client, later))["verdict"]
    assert newer["policy_version"] == 2
    assert newer["until_at"] == (world.clock.now() + timedelta(hours=48)).isoformat()
