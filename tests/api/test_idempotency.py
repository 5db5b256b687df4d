"""The same POST again has one effect and one answer."""

import asyncio

import pytest
from sqlalchemy import func, select, text

from models.journal import IdempotencyKey, JournalEvent
from models.order import Evidence, WorkOrder
from tests.api.conftest import Client
from tests.api.test_evidence import PNG
from tests.factories import COUNTY, World

KEY = {"Idempotency-Key": "k-1"}
BODY = {"grid": COUNTY, "reason": "群众举报"}


async def _count(world: World, table: type) -> int:
    async with world.sessions() as session:
        return int((await session.execute(select(func.count()).select_from(table))).scalar_one())


async def test_the_same_again_gives_the_first_answer(client: Client, world: World) -> None:
    duty = client("duty")
    first = await duty.post("/orders", json=BODY, headers=KEY)
    world.clock.advance(minutes=5)
    respelt = '{ "reason":"群众举报",  "grid":"652301"}'.encode()
    headers = KEY | {"Content-Type": "application/json"}
    again = await duty.post("/orders", content=respelt, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json() == first.json()
    assert again.headers["ETag"] == first.headers["ETag"]
    assert await _count(world, WorkOrder) == 1


async def test_another_request_under_the_key_is_409(client: Client, world: World) -> None:
    duty = client("duty")
    order = (await duty.post("/orders", json=BODY, headers=KEY)).json()["id"]
    for path, body in [("/orders", BODY | {"reason": "另"}), (f"/orders/{order}/void", {"reason": "x"})]:
        answer = await duty.post(path, json=body, headers=KEY)
        assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_conflict")
    assert await _count(world, WorkOrder) == 1


async def test_keys_of_two_people_are_two_keys(client: Client, world: World) -> None:
    for who in ("duty", "both"):
        assert (await client(who).post("/orders", json=BODY, headers=KEY)).status_code == 201
    assert await _count(world, WorkOrder) == 2


async def test_an_act_repeated_is_no_forbidden_transition(client: Client, world: World) -> None:
    order = await world.order()
    supervisor = client("supervisor")
    answers = [await supervisor.post(f"/orders/{order}/acknowledge", headers=KEY) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200] * 3
    assert answers[0].json() == answers[1].json() == answers[2].json()
    assert (await supervisor.post(f"/orders/{order}/acknowledge")).status_code == 409


async def test_a_failed_request_keeps_nothing(client: Client, world: World) -> None:
    order = await world.order()
    supervisor = client("supervisor")
    path = f"/orders/{order}/report"
    body = {"measures": "洒水", "result": "下降"}
    assert (await supervisor.post(path, json=body, headers=KEY)).status_code == 409
    assert (await supervisor.post(path, json={}, headers=KEY)).status_code == 422
    assert await _count(world, IdempotencyKey) == 0
    await supervisor.post(f"/orders/{order}/feedback", json={"finding": "x"})
    assert (await supervisor.post(path, json=body, headers=KEY)).status_code == 200


async def test_many_at_once_have_one_effect(client: Client, world: World) -> None:
    duty = client("duty")
    answers = await asyncio.gather(*(duty.post("/orders", json=BODY, headers=KEY) for _ in range(8)))
    assert [answer.status_code for answer in answers] == [201] * 8
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert sum("Idempotency-Replayed" in answer.headers for answer in answers) == 7
    assert await _count(world, WorkOrder) == 1
    assert await _count(world, JournalEvent) == 1


async def test_many_acts_at_once_without_a_key_have_one_winner(client: Client, world: World) -> None:
    order = await world.order()
    supervisor = client("supervisor")
    path = f"/orders/{order}/acknowledge"
    answers = await asyncio.gather(*(supervisor.post(path) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7


async def test_the_second_waits_for_the_first_and_acts_if_it_failed(client: Client, world: World) -> None:
    """The first holds the key in an open transaction and rolls back: the second then acts itself."""
    duty = client("duty")
    async with world.sessions() as session:
        session.add(
            IdempotencyKey(
                person_id=world.people["duty"].id,
                key="k-1",
                request_hash=b"x" * 32,
                created_at=world.clock.now(),
            )
        )
        await session.flush()
        second = asyncio.create_task(duty.post("/orders", json=BODY, headers=KEY))
        while not await _someone_waits(world):
            assert not second.done()
        assert not second.done()
        await session.rollback()
    assert (await second).status_code == 201


async def _someone_waits(world: World) -> bool:
    """Whether a connection waits for a lock; asked in a transaction of its own, which sees the present."""
    async with world.sessions() as session:
        waiting = await session.execute(
            text(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE wait_event_type = 'Lock' AND datname = current_database()"
            )
        )
        return int(waiting.scalar_one()) > 0


@pytest.mark.parametrize("key", ["", "a b", "x" * 201])
async def test_a_bad_key_is_422(client: Client, key: str) -> None:
    answer = await client("duty").post("/orders", json=BODY, headers={"Idempotency-Key": key})
    assert answer.status_code == 422


async def test_an_upload_repeated_is_one_piece_of_evidence(client: Client, world: World) -> None:
    supervisor = client("supervisor")
    first = await supervisor.post("/evidence", files={"file": ("a.png", PNG)}, headers=KEY)
    again = await supervisor.post("/evidence", files={"file": ("a.png", PNG)}, headers=KEY)
    assert again.json() == first.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    for name, content in [("b.png", PNG), ("a.png", PNG + b"x")]:
        other = await supervisor.post("/evidence", files={"file": (name, content)}, headers=KEY)
        assert (other.status_code, other.json()["code"]) == (409, "idempotency_conflict")
    assert await _count(world, Evidence) == 1
