"""A session lasts while somebody works with it, and ends when they sign out."""

import httpx
from sqlalchemy import select

from app.auth.callers import SESSION_COOKIE
from models.journal import EndedSession
from tests.api.browsing import Forms
from tests.api.conftest import Browser, token_of
from tests.factories import World


def given(answer: httpx.Response) -> str | None:
    """The session that an answer gives the browser."""
    return answer.cookies.get(SESSION_COOKIE)


async def test_a_page_in_use_outlasts_the_idle_limit_with_the_forms_it_was_opened_with(
    browser: Browser, world: World
) -> None:
    officer = browser("duty")
    page = await officer.get("/")
    assert given(page) is None
    form = Forms(page.text).found["logout"]
    for _ in range(4):
        world.clock.advance(hours=5)
        answer = await officer.get("/board/counters")
        assert answer.status_code == 200
        told = answer.headers["set-cookie"]
        assert "HttpOnly" in told
        assert "SameSite=lax" in told
        # Asked again at once, nothing is renewed.
        assert given(await officer.get("/board/counters")) is None
    # Twenty hours later the form of the first page still stands.
    assert (await officer.post("/logout", data=form)).headers["location"] == "/login"


async def test_it_ends_when_it_is_not_used_and_after_the_longest_time_in_any_case(
    browser: Browser, world: World
) -> None:
    idle = browser("duty")
    world.clock.advance(hours=12)
    assert (await idle.get("/")).headers["location"] == "/login"
    busy = browser("duty")
    for _ in range(33):
        world.clock.advance(hours=5)
        assert (await busy.get("/")).status_code == 200
    world.clock.advance(hours=5)
    assert (await busy.get("/")).headers["location"] == "/login"


async def test_signing_out_ends_every_copy_of_the_session_and_no_other(
    browser: Browser, world: World
) -> None:
    officer, elsewhere = browser("duty"), browser("duty")
    copy = officer.cookies.get(SESSION_COOKIE)
    form = Forms((await officer.get("/")).text).found["logout"]
    answer = await officer.post("/logout", data=form)
    assert 'geshao_session=""' in answer.headers["set-cookie"]
    assert answer.headers["set-cookie"].count(SESSION_COOKIE) == 1
    stolen = browser(None)
    stolen.cookies.set(SESSION_COOKIE, copy or "")
    assert (await stolen.get("/")).headers["location"] == "/login"
    bearer = {"Authorization": f"Bearer {copy}"}
    assert (await browser(None).get("/api/v1/me", headers=bearer)).status_code == 401
    assert (await elsewhere.get("/")).status_code == 200
    async with world.sessions() as session:
        (ended,) = (await session.scalars(select(EndedSession))).all()
    assert ended.person_id == world.people["duty"].id


async def test_every_page_route_carries_the_session_on(world: World, browser: Browser) -> None:
    field = browser(None)
    field.cookies.set(SESSION_COOKIE, token_of(world, "supervisor"))
    world.clock.advance(hours=4)
    orders = await field.get("/f/orders")
    assert given(orders)
    # The csrf token a phone keeps is that of the session, not of the cookie.
    assert orders.json()["csrf"] == (await field.get("/f/orders")).json()["csrf"]
