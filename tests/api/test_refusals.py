"""Every refusal there is: the request that provokes it, its status and code, and a sentence a person understands.

A code without a case here fails; so does a domain error that has no status.
"""

import dataclasses
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.api.errors import _HTTP_CODES, STATUS
from app.api.shapes import Problem
from app.auth.callers import SESSION_COOKIE
from app.database import make_engine, make_sessions, transaction
from dispatch.commands import Acknowledge
from models.bulk import fetch
from models.enums import OrderState
from models.errors import DomainError
from tests.api.conftest import Client, token_of
from tests.apps import application
from tests.factories import COUNTY, OTHER_COUNTY, TOWNSHIP, World

Case = Callable[[Client, World], Awaitable[httpx.Response]]
CASES: list[tuple[str, str, Case]] = []
TRANSFER = {"kind": "transfer", "grid": OTHER_COUNTY, "code": "outside_grid", "reason": "在阜康"}
ACCEPT = {"decision": "accept", "comment": "好"}
REPORT = {"measures": "洒水", "result": "下降"}
PASSING = {"database_unavailable": 503}


def refuses(code: str, what: str) -> Callable[[Case], Case]:
    def add(case: Case) -> Case:
        CASES.append((code, what, case))
        return case

    return add


async def done(answer: httpx.Response) -> dict[str, Any]:
    """What leads up to a refusal has to be taken."""
    assert answer.is_success, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def handed_on(client: Client, order: int, *, by: str, to: str) -> None:
    body = TRANSFER | {"grid": to}
    request = await done(await client(by).post(f"/orders/{order}/requests", json=body))
    await done(await client("leader").post(f"/requests/{request['id']}/decide", json={"decision": "approve"}))


# ------------------------------------------------------------------ who is calling
@refuses("unauthenticated", "nobody is signed in")
async def _(client: Client, world: World) -> httpx.Response:
    return await client(None).get("/orders")


@refuses("unauthenticated", "a token that is none")
async def _(client: Client, world: World) -> httpx.Response:
    return await client(None).get("/orders", headers={"Authorization": "Bearer x"})


@refuses("invalid_credentials", "a wrong password")
async def _(client: Client, world: World) -> httpx.Response:
    return await client(None).post("/auth/token", data={"username": "duty", "password": "wrong"})


@refuses("csrf_failed", "an act with the cookie of a session alone")
async def _(client: Client, world: World) -> httpx.Response:
    cookie = {"Cookie": f"{SESSION_COOKIE}={token_of(world, 'duty')}"}
    return await client(None).post("/orders", json={"grid": COUNTY, "reason": "x"}, headers=cookie)


@refuses("too_many_attempts", "codes asked for without end")
async def _(client: Client, world: World) -> httpx.Response:
    me = client("supervisor")
    made = await done(await me.post("/me/contacts", json={"channel": "sms", "address": "13800138000"}))
    for _ in range(10):
        await done(await me.post(f"/me/contacts/{made['id']}/test"))
    return await me.post(f"/me/contacts/{made['id']}/test")


# ------------------------------------------------------------------ what one may do
@refuses("forbidden", "a viewer acknowledges")
async def _(client: Client, world: World) -> httpx.Response:
    return await client("viewer").post(f"/orders/{await world.order()}/acknowledge")


@refuses("forbidden", "the holder reviews its own order")
async def _(client: Client, world: World) -> httpx.Response:
    order = await world.order_in(OrderState.REPORTED)
    return await client("supervisor").post(f"/orders/{order}/review", json=ACCEPT)


@refuses("handler_may_not_review", "whoever handled an order closes it")
async def _(client: Client, world: World) -> httpx.Response:
    order, both = await world.order(), client("both")
    await done(await both.post(f"/orders/{order}/feedback", json={"finding": "x"}))
    await done(await both.post(f"/orders/{order}/report", json=REPORT))
    return await both.post(f"/orders/{order}/review", json=ACCEPT)


@refuses("conflict_of_interest", "a reviewer who has an interest")
async def _(client: Client, world: World) -> httpx.Response:
    order = await world.order(station="WZ-1")
    await done(await client("supervisor").post(f"/orders/{order}/feedback", json={"finding": "x"}))
    await done(await client("supervisor").post(f"/orders/{order}/report", json=REPORT))
    await done(await client("duty").post("/conflicts", json={"station": "WZ-1", "reason": "配偶任职"}))
    return await client("duty").post(f"/orders/{order}/review", json=ACCEPT)


@refuses("recused", "whoever keeps out acts all the same")
async def _(client: Client, world: World) -> httpx.Response:
    order, me = await world.order(), client("supervisor")
    await done(await me.post(f"/orders/{order}/requests", json={"kind": "recusal", "reason": "亲属"}))
    return await me.post(f"/orders/{order}/acknowledge")


@refuses("may_not_decide", "whoever asked decides")
async def _(client: Client, world: World) -> httpx.Response:
    both = client("both")
    request = await done(await both.post(f"/orders/{await world.order()}/requests", json=TRANSFER))
    return await both.post(f"/requests/{request['id']}/decide", json={"decision": "approve"})


@refuses("not_found", "an order of a foreign grid")
async def _(client: Client, world: World) -> httpx.Response:
    return await client("supervisor").post(f"/orders/{await world.order(OTHER_COUNTY)}/acknowledge")


@refuses("not_found", "an order that there is not")
async def _(client: Client, world: World) -> httpx.Response:
    return await client("duty").get("/orders/999")


@refuses("not_found", "no such address")
async def _(client: Client, world: World) -> httpx.Response:
    return await client("duty").get("/nothing")


# ------------------------------------------------------------------ what the state allows
@refuses("forbidden_transition", "a report before anything was found")
async def _(client: Client, world: World) -> httpx.Response:
    return await client("supervisor").post(f"/orders/{await world.order()}/report", json=REPORT)


@refuses("unfinished", "a report over a task that nobody has done")
async def _(client: Client, world: World) -> httpx.Response:
    order, me = await world.order_in(OrderState.ON_SITE), client("supervisor")
    due = (world.clock.now() + timedelta(minutes=20)).isoformat()
    body = {"grid": TOWNSHIP, "text": "查看堆场", "due_at": due}
    await done(await me.post(f"/orders/{order}/tasks", json=body))
    return await me.post(f"/orders/{order}/report", json=REPORT)


@refuses("overlap", "a second department of one code")
async def _(client: Client, world: World) -> httpx.Response:
    body = {"code": "zjj", "name": "住建局", "grid": COUNTY}
    await done(await client("duty").post("/units", json=body))
    return await client("duty").post("/units", json=body)


@refuses("second_person_needed", "one person withdraws an order whose deadline has passed")
async def _(client: Client, world: World) -> httpx.Response:
    order = await world.order()
    world.clock.advance(hours=3)
    return await client("duty").post(f"/orders/{order}/void", json={"reason": "误报"})


@refuses("already_pending", "the same asked twice")
async def _(client: Client, world: World) -> httpx.Response:
    path = f"/orders/{await world.order()}/requests"
    await done(await client("supervisor").post(path, json=TRANSFER))
    return await client("chief").post(path, json=TRANSFER)


@refuses("request_closed", "a re-check of what is not suspended")
async def _(client: Client, world: World) -> httpx.Response:
    return await client("duty").post(f"/orders/{await world.order()}/recheck", json={})


@refuses("past_due", "an extension after the deadline")
async def _(client: Client, world: World) -> httpx.Response:
    order, me = await world.order(), client("supervisor")
    clocks = (await done(await me.get(f"/orders/{order}")))["clocks"]
    world.clock.advance(hours=1, microseconds=1)
    (clock,) = [c["id"] for c in clocks if c["kind"] == "feedback"]
    until = (world.clock.now() + timedelta(minutes=30)).isoformat()
    body = {"kind": "extension", "clock_id": clock, "until": until, "reason": "路远"}
    return await me.post(f"/orders/{order}/requests", json=body)


@refuses("limit_reached", "a third transfer")
async def _(client: Client, world: World) -> httpx.Response:
    order = await world.order()
    await handed_on(client, order, by="supervisor", to=OTHER_COUNTY)
    await handed_on(client, order, by="neighbour", to=COUNTY)
    return await client("supervisor").post(f"/orders/{order}/requests", json=TRANSFER)


@refuses("transfer_locked", "a transfer after the prefecture has said who holds it")
async def _(client: Client, world: World) -> httpx.Response:
    order = await world.order()
    await handed_on(client, order, by="supervisor", to=OTHER_COUNTY)
    await handed_on(client, order, by="neighbour", to=COUNTY)
    body = {"grid": OTHER_COUNTY, "reason": "属地管理"}
    await done(await client("duty").post(f"/orders/{order}/assign", json=body))
    return await client("neighbour").post(f"/orders/{order}/requests", json=TRANSFER | {"grid": COUNTY})


@refuses("version_conflict", "an act on a stale version")
async def _(client: Client, world: World) -> httpx.Response:
    order = await world.order()
    await world.act(order, Acknowledge())
    body = {"finding": "x"}
    return await client("supervisor").post(
        f"/orders/{order}/feedback", json=body, headers={"If-Match": '"1"'}
    )


# ------------------------------------------------------------------ what is sent
@refuses("idempotency_conflict", "another request under a key that was used")
async def _(client: Client, world: World) -> httpx.Response:
    key = {"Idempotency-Key": "k-1"}
    await done(await client("duty").post("/orders", json={"grid": COUNTY, "reason": "x"}, headers=key))
    return await client("duty").post("/orders", json={"grid": COUNTY, "reason": "y"}, headers=key)


@refuses("not_replayable", "a message of which only the beginning was kept")
async def _(client: Client, world: World) -> httpx.Response:
    kept = await world.quarantined(b"x")
    async with transaction(world.sessions) as session:
        await fetch(session, "UPDATE quarantine SET truncated = true WHERE id = $1", kept)
    return await client("admin").post(f"/ingest/quarantine/{kept}/replay")


@refuses("too_large", "a body over the limit")
async def _(client: Client, world: World) -> httpx.Response:
    headers = {"Content-Type": "application/json"}
    return await client("duty").post("/orders", content=b"x" * (1024 * 1024 + 1), headers=headers)


@refuses("too_large", "a file over the limit")
async def _(client: Client, world: World) -> httpx.Response:
    photo = b"\x89PNG\r\n\x1a\n" + b"x" * 1024 * 1024
    return await client("supervisor").post("/evidence", files={"file": ("a.png", photo)})


@refuses("unsupported_media", "a file of no accepted kind")
async def _(client: Client, world: World) -> httpx.Response:
    return await client("supervisor").post("/evidence", files={"file": ("a.png", b"plain text")})


@refuses("invalid", "a field that is missing")
async def _(client: Client, world: World) -> httpx.Response:
    return await client("duty").post("/orders", json={"grid": COUNTY})


@refuses("invalid", "an order to a grid where nobody answers")
async def _(client: Client, world: World) -> httpx.Response:
    return await client("duty").post("/orders", json={"grid": TOWNSHIP, "reason": "x"})


@refuses("bad_request", "bytes that are no text")
async def _(client: Client, world: World) -> httpx.Response:
    headers = {"Content-Type": "application/json"}
    return await client("duty").post("/orders", content=b"\xff", headers=headers)


@refuses("method_not_allowed", "an order is never deleted")
async def _(client: Client, world: World) -> httpx.Response:
    return await client("duty").delete("/orders/1")


@refuses("database_unavailable", "the database is away")
async def _(client: Client, world: World) -> httpx.Response:
    gone = make_engine(f"postgresql://postgres@/nothing?host={Path('/nonexistent')}")
    context = dataclasses.replace(world.context, sessions=make_sessions(gone))
    app = application(context)
    headers = {"Authorization": f"Bearer {token_of(world, 'duty')}"}
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://geshao.test/api/v1") as away:
        answer = await away.get("/orders", headers=headers)
    await gone.dispose()
    return answer


@pytest.mark.parametrize(("code", "what", "case"), CASES, ids=[f"{c}: {w}" for c, w, _ in CASES])
async def test_it_is_refused_with_its_code_and_a_sentence(
    client: Client, world: World, code: str, what: str, case: Case
) -> None:
    answer = await case(client, world)
    assert answer.headers["Content-Type"] == "application/problem+json", answer.text
    problem = Problem.model_validate(answer.json())
    by_http = {name: status for status, name in _HTTP_CODES.items()}
    status = {**by_http, **STATUS, **PASSING}[code]
    assert (answer.status_code, problem.status, problem.code) == (status, status, code), answer.text
    assert problem.detail is not None
    assert _reads(problem.detail), problem.detail


def _reads(said: str) -> bool:
    """A sentence of some words, in letters, without a trace of how the service is made."""
    words = re.findall(r"[A-Za-z]+", said)
    inside = re.compile(r"Traceback|Error\b|<class|0x[0-9a-f]{4}|SELECT |\.py\b")
    return len(words) >= 2 and not inside.search(said)


def test_no_code_is_without_a_case() -> None:
    assert {code for code, _, _ in CASES} == set(STATUS) | set(_HTTP_CODES.values()) | set(PASSING)


def test_every_error_of_the_domain_has_its_status() -> None:
    known, waiting = set[str](), [DomainError]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if kind is not DomainError:
            known.add(kind.code)
    # A link that is over is told by its page, which is no API.
    assert known - {"link_over"} == set(STATUS)
