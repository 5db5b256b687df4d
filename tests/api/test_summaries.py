"""Summaries: drafted of what is closed, edited, signed for good, amended by another version."""

import hashlib
import json

import pytest
from sqlalchemy.exc import DBAPIError

from app import audit
from app.api.summaries import Summaries, SummaryShape
from app.database import transaction
from models.bulk import fetch
from models.enums import OrderState
from tests.api.conftest import Client
from tests.factories import World


async def drafted(client: Client, world: World) -> str:
    order_id = await world.order_in(OrderState.CLOSED)
    made = await client("supervisor").post(f"/orders/{order_id}/summary")
    assert made.status_code == 201, made.text
    SummaryShape.model_validate(made.json())
    return f"/orders/{order_id}/summary"


async def test_a_summary_from_draft_to_amendment(client: Client, world: World) -> None:
    path = await drafted(client, world)
    (first,) = (await client("viewer").get(path)).json()["items"]
    assert first["body"] == first["draft"]
    assert "工地未覆盖" in first["draft"]
    edited = await client("chief").put(
        path, json={"body": "经核查……"}, headers={"If-Match": f'"{first["revision"]}"'}
    )
    assert edited.status_code == 200
    assert edited.headers["etag"] == '"2"'
    world.clock.advance(hours=1)
    signed = await client("supervisor").post(f"{path}/sign", headers={"If-Match": '"2"'})
    assert signed.status_code == 200
    document = signed.json()
    assert (document["signed_by"], document["signed_at"]) == (
        "姓名 supervisor",
        world.clock.now().isoformat(),
    )
    async with world.sessions() as session:
        (row,) = await fetch(
            session, "SELECT data::text, actor_id FROM journal WHERE kind = 'summary.signed'"
        )
        assert (await audit.verify(session)).fault is None
    said = json.loads(row[0])
    assert said["sha256"] == hashlib.sha256("经核查……".encode()).hexdigest() == document["sha256"]
    assert said["inputs_sha256"] == document["inputs_sha256"]
    assert row[1] == world.people["supervisor"].id
    again = await client("supervisor").post(path)
    assert again.status_code == 201
    assert (again.json()["version"], again.json()["body"]) == (2, "经核查……")
    items = (await client("duty").get(path)).json()
    Summaries.model_validate(items)
    assert [(i["version"], i["signed_by"] is not None) for i in items["items"]] == [(2, False), (1, True)]


async def test_what_was_edited_stays_when_the_draft_is_made_anew(client: Client, world: World) -> None:
    path = await drafted(client, world)
    same = await client("supervisor").post(path)
    assert (same.status_code, same.json()["revision"]) == (200, 1)
    await client("supervisor").put(path, json={"body": "我的话"})
    assert (await client("supervisor").post(path)).json()["body"] == "我的话"


async def test_a_download_of_the_pack_is_no_new_fact(client: Client, world: World) -> None:
    path = await drafted(client, world)
    before = (await client("duty").get(path)).json()["items"][0]["inputs_sha256"]
    assert (await client("duty").get(path.replace("summary", "pack"))).status_code == 200
    assert (await client("supervisor").post(path)).json()["inputs_sha256"] == before


async def test_what_is_signed_stays_as_it_is(client: Client, world: World) -> None:
    path = await drafted(client, world)
    assert (await client("supervisor").post(f"{path}/sign")).status_code == 200
    refused = await client("supervisor").put(path, json={"body": "另一种说法"})
    assert (refused.status_code, refused.json()["code"]) == (409, "forbidden_transition")
    assert "draft an amendment" in refused.json()["detail"]
    assert (await client("chief").post(f"{path}/sign")).status_code == 409
    for statement in (
        "UPDATE order_summary SET body = 'x'",
        "UPDATE order_summary SET signed_at = NULL, signed_by = NULL",
        "DELETE FROM order_summary",
    ):
        with pytest.raises(DBAPIError, match="keeps what was written"):
            async with transaction(world.sessions) as session:
                await fetch(session, statement)


@pytest.mark.parametrize("state", [s for s in OrderState if s is not OrderState.CLOSED])
async def test_only_what_is_closed_is_summed_up(client: Client, world: World, state: OrderState) -> None:
    order_id = await world.order_in(state)
    refused = await client("supervisor").post(f"/orders/{order_id}/summary")
    assert (refused.status_code, refused.json()["state"]) == (409, state.value)


async def test_a_summary_changed_meanwhile_is_not_signed_unseen(client: Client, world: World) -> None:
    path = await drafted(client, world)
    await client("chief").put(path, json={"body": "二"})
    stale = {"If-Match": '"1"'}
    assert (await client("supervisor").post(f"{path}/sign", headers=stale)).status_code == 412
    assert (await client("supervisor").put(path, json={"body": "三"}, headers=stale)).status_code == 412


@pytest.mark.parametrize(
    ("who", "status"),
    [
        *[(who, 200) for who in ("supervisor", "chief", "leader", "both")],
        *[(who, 403) for who in ("duty", "viewer", "admin")],
        *[(who, 404) for who in ("neighbour", "patroller", "nobody")],
    ],
)
async def test_the_county_signs(client: Client, world: World, who: str, status: int) -> None:
    path = await drafted(client, world)
    assert (await client(who).post(path)).status_code == status
    assert (await client(who).put(path, json={"body": "x"})).status_code == status
    assert (await client(who).post(f"{path}/sign")).status_code == status


async def test_there_is_nothing_to_edit_before_a_draft(client: Client, world: World) -> None:
    order_id = await world.order_in(OrderState.CLOSED)
    path = f"/orders/{order_id}/summary"
    assert (await client("supervisor").put(path, json={"body": "x"})).status_code == 404
    assert (await client("supervisor").post(f"{path}/sign")).status_code == 404
    assert (await client("supervisor").get(path)).json()["items"] == []


@pytest.mark.parametrize("body", [{}, {"body": ""}, {"body": "x" * 20_001}, {"body": "a\x00"}, {"body": 1}])
async def test_a_text_has_its_bounds(client: Client, world: World, body: dict[str, object]) -> None:
    path = await drafted(client, world)
    assert (await client("supervisor").put(path, json=body)).status_code == 422


async def test_signed_twice_under_one_key_is_signed_once(client: Client, world: World) -> None:
    path = await drafted(client, world)
    headers = {"Idempotency-Key": "k1"}
    first = await client("supervisor").post(f"{path}/sign", headers=headers)
    second = await client("supervisor").post(f"{path}/sign", headers=headers)
    assert first.json() == second.json()
    assert second.headers["etag"] == first.headers["etag"]
