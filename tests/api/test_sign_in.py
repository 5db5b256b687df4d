"""Who is let in, by what, and until when."""

import httpx
import pytest
from sqlalchemy import update

from app.auth import tokens
from app.auth.callers import SESSION_COOKIE
from app.auth.throttle import PER_PERSON
from app.database import transaction
from models.registry import Duty, Person
from tests.api.conftest import Client, token_of
from tests.factories import COUNTY, PASSWORD, SECRET_KEY, TOWNSHIP, World


async def _sign_in(client: httpx.AsyncClient, username: str, password: str) -> httpx.Response:
    return await client.post("/auth/token", data={"username": username, "password": password})


async def test_password_gives_a_token_that_works(client: Client) -> None:
    anonymous = client(None)
    answer = await _sign_in(anonymous, "supervisor", PASSWORD)
    assert answer.status_code == 200
    body = answer.json()
    assert body["token_type"] == "bearer"
    assert body["expires_in"] == 12 * 3600
    me = await anonymous.get("/me", headers={"Authorization": f"bearer {body['access_token']}"})
    assert me.json()["username"] == "supervisor"
    assert me.json()["duties"] == [{"role": "supervisor", "grid": COUNTY, "grid_name": "昌吉市"}]
    assert [grid["code"] for grid in me.json()["grids"]] == [COUNTY, TOWNSHIP]
    assert me.json()["whole_prefecture"] is False


@pytest.mark.parametrize(
    ("username", "password"),
    [("supervisor", "wrong"), ("who", PASSWORD), ("super\x00visor", PASSWORD), ("supervisor", "\x00")],
)
async def test_wrong_credentials_are_refused_alike(client: Client, username: str, password: str) -> None:
    answer = await _sign_in(client(None), username, password)
    assert answer.status_code == 401
    assert answer.json()["code"] == "invalid_credentials"
    assert answer.json()["detail"] == "user name or password is wrong"
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


async def test_a_disabled_person_is_out_at_once(client: Client, world: World) -> None:
    async with transaction(world.sessions) as session:
        await session.execute(
            update(Person).where(Person.username == "duty").values(disabled_at=world.clock.now())
        )
    assert (await client("duty").get("/me")).status_code == 401
    assert (await _sign_in(client(None), "duty", PASSWORD)).status_code == 401


async def test_a_changed_password_ends_the_sessions(client: Client, world: World) -> None:
    async with transaction(world.sessions) as session:
        await session.execute(update(Person).where(Person.username == "duty").values(password_hash="x"))
    assert (await client("duty").get("/me")).status_code == 401


async def test_too_many_failures_close_the_door_for_a_while(client: Client, world: World) -> None:
    anonymous = client(None)
    for _ in range(PER_PERSON):
        assert (await _sign_in(anonymous, "duty", "wrong")).status_code == 401
    refused = await _sign_in(anonymous, "duty", PASSWORD)
    assert refused.status_code == 429
    assert refused.json()["code"] == "too_many_attempts"
    assert 0 < int(refused.headers["Retry-After"]) <= 301
    assert (await _sign_in(anonymous, "admin", PASSWORD)).status_code == 200
    world.clock.advance(minutes=6)
    assert (await _sign_in(anonymous, "duty", PASSWORD)).status_code == 200


async def test_a_session_expires(client: Client, world: World) -> None:
    duty = client("duty")
    world.clock.advance(hours=12)
    answer = await duty.get("/me")
    assert answer.status_code == 401
    assert answer.json()["code"] == "unauthenticated"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer"},
        {"Authorization": "Basic eDp5"},
        {"Authorization": "Bearer x.y.z"},
        {"Authorization": "Bearer gsk_unknown"},
        {"X-API-Key": "gsk_unknown"},
        {"Cookie": f"{SESSION_COOKIE}=x"},
    ],
)
async def test_everything_wants_a_sign_in(client: Client, headers: dict[str, str]) -> None:
    for path in ("/me", "/orders", "/alerts", "/stations", "/grids", "/sla/clocks", "/ingest/quarantine"):
        answer = await client(None).get(path, headers=headers)
        assert answer.status_code == 401, path
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert "WWW-Authenticate" in answer.headers


async def test_duties_count_only_while_they_last(client: Client, world: World) -> None:
    supervisor = client("supervisor")
    async with transaction(world.sessions) as session:
        await session.execute(
            update(Duty)
            .where(Duty.person_id == world.people["supervisor"].id)
            .values(valid_to=world.clock.now())
        )
    assert (await supervisor.get("/me")).json()["duties"] == []
    assert (await supervisor.get("/stations")).json()["items"] == []


async def test_an_api_key_acts_as_its_owner_until_revoked(client: Client) -> None:
    supervisor, anonymous = client("supervisor"), client(None)
    made = await supervisor.post("/me/api-keys", json={"name": "script"})
    assert made.status_code == 201
    key = made.json()["key"]
    for headers in ({"Authorization": f"Bearer {key}"}, {"X-API-Key": key}):
        assert (await anonymous.get("/me", headers=headers)).json()["username"] == "supervisor"
    listed = (await supervisor.get("/me/api-keys")).json()["items"]
    assert [item["name"] for item in listed] == ["script"]
    assert "key" not in listed[0]
    path = f"/me/api-keys/{listed[0]['id']}"
    assert (await client("duty").delete(path)).status_code == 404
    assert (await supervisor.delete(path)).status_code == 204
    assert (await supervisor.delete(path)).status_code == 404
    assert (await anonymous.get("/me", headers={"X-API-Key": key})).status_code == 401


async def test_making_a_key_twice_under_one_idempotency_key_shows_it_again(client: Client) -> None:
    supervisor = client("supervisor")
    headers = {"Idempotency-Key": "make-1"}
    first = await supervisor.post("/me/api-keys", json={"name": "a"}, headers=headers)
    again = await supervisor.post("/me/api-keys", json={"name": "a"}, headers=headers)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json() == first.json()
    assert len((await supervisor.get("/me/api-keys")).json()["items"]) == 1


async def test_a_person_has_at_most_20_keys(client: Client) -> None:
    supervisor = client("supervisor")
    for number in range(20):
        assert (await supervisor.post("/me/api-keys", json={"name": f"{number}"})).status_code == 201
    assert (await supervisor.post("/me/api-keys", json={"name": "more"})).status_code == 422


async def test_the_cookie_reads_alone_but_changes_only_with_a_csrf_token(
    client: Client, world: World
) -> None:
    session = token_of(world, "supervisor")
    cookie = {"Cookie": f"{SESSION_COOKIE}={session}"}
    browser = client(None)
    assert (await browser.get("/me", headers=cookie)).status_code == 200
    for headers in (cookie, cookie | {"X-CSRF-Token": "wrong"}):
        refused = await browser.post("/me/api-keys", json={"name": "x"}, headers=headers)
        assert refused.status_code == 403
        assert refused.json()["code"] == "csrf_failed"
    claims = tokens.read(SECRET_KEY, session, now=world.clock.now())
    proof = tokens.csrf_token(SECRET_KEY, claims.session)
    made = await browser.post("/me/api-keys", json={"name": "x"}, headers=cookie | {"X-CSRF-Token": proof})
    assert made.status_code == 201
    # As a form field it is taken too; what is refused then is only the missing JSON body.
    form = await browser.post("/me/api-keys", data={"csrf_token": proof}, headers=cookie)
    assert form.status_code == 422
