"""Every error has one shape and a stable code, and tells nothing it should not."""

import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import structlog
from fastapi import APIRouter, FastAPI
from sqlalchemy import text

from app.api.route import Session
from app.api.shapes import Problem
from app.database import make_engine, make_sessions
from app.main import create_app
from tests.api.conftest import Client
from tests.factories import COUNTY, World

BASE = "http://geshao.test"


def _problem(answer: httpx.Response, status: int, code: str) -> Problem:
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = Problem.model_validate(answer.json())
    assert (problem.status, problem.code) == (status, code)
    assert problem.request_id == answer.headers["X-Request-ID"]
    return problem


async def test_shapes(client: Client, world: World) -> None:
    duty = client("duty")
    _problem(await duty.get("/nothing"), 404, "not_found")
    _problem(await duty.get("/orders/999"), 404, "not_found")
    refused = await duty.delete("/orders/1")
    _problem(refused, 405, "method_not_allowed")
    assert refused.headers["Allow"] == "GET"
    for wrong in ("abc", "0", "-1", str(2**63)):
        _problem(await duty.get(f"/orders/{wrong}"), 422, "invalid")
    named = _problem(await duty.post("/orders", json={"grid": COUNTY, "reason": 5}), 422, "invalid")
    assert named.errors == [{"loc": ["body", "reason"], "msg": "Input should be a valid string"}]
    headers = {"Content-Type": "application/json"}
    _problem(await duty.post("/orders", content=b"{", headers=headers), 422, "invalid")
    _problem(await duty.post("/orders", content=b"\xff", headers=headers), 400, "bad_request")
    _problem(await duty.post("/orders", content=b"[" * 100_000, headers=headers), 400, "bad_request")
    _problem(await duty.post("/orders", content=b"x" * (1024 * 1024 + 1), headers=headers), 413, "too_large")
    _problem(await duty.post("/orders", content=_chunks(), headers=headers), 413, "too_large")


async def _chunks() -> AsyncIterator[bytes]:
    """A body without a declared length."""
    for _ in range(20):
        yield b" " * 100_000


async def test_a_given_request_id_is_kept_if_it_is_harmless(client: Client) -> None:
    for given, kept in [("abc-123", True), ("a b", False), ("x" * 65, False), ("<script>", False)]:
        answer = await client(None).get("/me", headers={"X-Request-ID": given})
        assert (answer.headers["X-Request-ID"] == given) is kept


async def test_a_fault_of_ours_shows_no_trace(world: World) -> None:
    router = APIRouter()

    @router.get("/fail")
    async def fail() -> None:
        raise RuntimeError("a secret detail")

    app = create_app(world.context, roles=frozenset({"api"}), extra_routers=[router])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE) as client:
        with structlog.testing.capture_logs() as logs:
            answer = await client.get("/fail?token=hidden")
    _problem(answer, 500, "internal_error")
    assert "secret" not in answer.text
    assert [entry["event"] for entry in logs] == ["http.failed", "http.request"]
    assert logs[1]["status"] == 500


async def test_the_access_log_names_template_and_person_only(client: Client, world: World) -> None:
    duty = client("duty")
    with structlog.testing.capture_logs() as logs:
        await duty.get("/stations/WZ-1?token=hidden")
    (entry,) = [entry for entry in logs if entry["event"] == "http.request"]
    assert entry["route"] == "/api/v1/stations/{code}"
    assert (entry["method"], entry["status"]) == ("GET", 200)
    assert entry["person_id"] == world.people["duty"].id
    assert "hidden" not in str(logs)


async def test_the_password_is_neither_logged_nor_shown(client: Client) -> None:
    with structlog.testing.capture_logs() as logs:
        answer = await client(None).post("/auth/token", data={"password": "p4ssw0rd-in-clear"})
        await client(None).post("/auth/token", data={"username": "duty", "password": "p4ssw0rd-in-clear"})
    _problem(answer, 422, "invalid")
    assert "p4ssw0rd" not in answer.text + str(logs)


async def test_database_away_is_503(world: World, tmp_path: Path) -> None:
    gone = make_engine(f"postgresql://postgres@/nothing?host={tmp_path}")
    context = dataclasses.replace(world.context, sessions=make_sessions(gone))
    app = create_app(context, roles=frozenset({"api"}))
    headers = {"X-API-Key": "gsk_x"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE) as client:
        answer = await client.get("/api/v1/orders", headers=headers)
        signing_in = await client.post("/api/v1/auth/token", data={"username": "duty", "password": "x"})
    for refused in (answer, signing_in):
        _problem(refused, 503, "database_unavailable")
        assert int(refused.headers["Retry-After"]) > 0
    await gone.dispose()


async def test_a_commit_that_fails_is_no_success(world: World) -> None:
    """The commit comes before the first byte: a constraint checked only then still gives an error."""
    router = APIRouter()

    @router.get("/late")
    async def late(session: Session) -> dict[str, str]:
        await session.execute(text("CREATE TABLE late (x int UNIQUE DEFERRABLE INITIALLY DEFERRED)"))
        await session.execute(text("INSERT INTO late VALUES (1), (1)"))
        return {"said": "done"}

    app = create_app(world.context, roles=frozenset({"api"}), extra_routers=[router])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE) as client:
        with structlog.testing.capture_logs():
            answer = await client.get("/late")
    _problem(answer, 500, "internal_error")


@pytest.mark.parametrize(("roles", "status"), [({"api"}, 401), ({"engine", "ingest"}, 404)])
async def test_without_the_role_only_health_can_be_asked(world: World, roles: set[str], status: int) -> None:
    app: FastAPI = create_app(world.context, roles=frozenset(roles))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE) as client:
        assert (await client.get("/healthz")).status_code == 200
        assert (await client.get("/api/v1/orders")).status_code == status
