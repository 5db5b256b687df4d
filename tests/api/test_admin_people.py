"""Pages of people: adding, ending, disabling, passwords and keys shown once; who may, and what is refused."""

import asyncio
import re
from datetime import timedelta
from html import unescape

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI
from sqlalchemy import func, select, update

from app.auth import tokens
from app.auth.passwords import verify
from app.console.admin_menu import ADMIN
from app.database import transaction
from models.bulk import fetch
from models.enums import EventKind, Role
from models.journal import ApiKey, IdempotencyKey, JournalEvent
from models.registry import Duty, Person
from tests.api.browsing import Browser, Forms
from tests.api.conftest import token_of
from tests.factories import COUNTY, OTHER_COUNTY, PASSWORD, PREFECTURE, TOWNSHIP, World, make_person

NEW = {"username": "wang", "name": "王五", "role": "supervisor", "grid": COUNTY}


async def hidden(client: httpx.AsyncClient, path: str, form: str) -> dict[str, str]:
    page = await client.get(path)
    assert page.status_code == 200, page.text
    return Forms(page.text).found[form]


def secret(text: str) -> str:
    found = re.search(r'id="secret">([^<]+)<', text)
    assert found, text
    return unescape(found.group(1))


def alert(text: str) -> str:
    found = re.search(r'role="alert">([^<]+)</p>\n', text)
    return unescape(found.group(1)) if found else ""


async def person_of(world: World, username: str) -> Person:
    async with world.sessions() as session:
        return (await session.scalars(select(Person).where(Person.username == username))).one()


async def live(world: World, username: str) -> list[tuple[str, int]]:
    now = world.clock.now()
    async with world.sessions() as session:
        rows = await session.execute(
            select(Duty.role, Duty.grid_id)
            .join(Person, Person.id == Duty.person_id)
            .where(Person.username == username, Duty.valid_from <= now)
            .where((Duty.valid_to.is_(None)) | (Duty.valid_to > now))
            .order_by(Duty.id)
        )
        return [(row.role, row.grid_id) for row in rows]


@pytest_asyncio.fixture
async def county_admin(world: World) -> str:
    async with transaction(world.sessions) as session:
        person = await make_person(session, "county", (Role.ADMINISTRATOR, world.grids[COUNTY]))
    world.people["county"] = person
    return "county"


async def test_the_index_leads_those_whom_its_pages_serve(browser: Browser) -> None:
    page = (await browser("admin").get("/admin")).text
    assert [entry.path for entry in ADMIN if f'href="{entry.path}"' not in page] == []
    officer = (await browser("duty").get("/admin")).text
    assert 'href="/admin/people"' in officer
    assert 'href="/admin/registry/import"' not in officer
    for path in ("/admin", "/admin/people", "/admin/people/1"):
        assert (await browser("supervisor").get(path)).status_code == 403
        assert (await browser(None).get(path)).status_code == 303
    assert 'href="/admin"' not in (await browser("supervisor").get("/")).text


async def test_a_person_is_added_once_and_signs_in_with_what_was_shown(
    browser: Browser, world: World
) -> None:
    admin = browser("admin")
    form = await hidden(admin, "/admin/people", "new") | NEW | {"reason": "新到岗"}
    first = await admin.post("/admin/people/new", data=form)
    again = await admin.post("/admin/people/new", data=form)
    assert first.status_code == again.status_code == 200
    password = secret(first.text)
    assert secret(again.text) == password
    assert "此前的密码已作废" not in first.text
    assert first.headers["cache-control"] == "no-store"
    signed = await browser(None).post("/login", data={"username": "wang", "password": password})
    assert signed.headers["location"] == "/"
    assert await live(world, "wang") == [("supervisor", world.grids[COUNTY].id)]
    async with world.sessions() as session:
        events = (
            await session.scalars(
                select(JournalEvent).where(JournalEvent.kind == EventKind.REGISTRY_LOADED.value)
            )
        ).all()
        kept = (await session.scalars(select(IdempotencyKey))).all()
    assert [(event.actor_id, event.data["author"], event.data["reason"]) for event in events] == [
        (world.people["admin"].id, "姓名 admin", "新到岗")
    ]
    # Neither the journal nor the kept answer knows the password.
    assert all(password not in str(row.body) for row in kept)
    assert all(password not in str(event.data) for event in events)


async def test_the_grid_of_a_duty_is_typed_by_its_name_too(browser: Browser, world: World) -> None:
    admin = browser("admin")
    named = await hidden(admin, "/admin/people", "new") | NEW | {"username": "li", "grid": "昌吉市"}
    assert (await admin.post("/admin/people/new", data=named)).status_code == 200
    assert await live(world, "li") == [("supervisor", world.grids[COUNTY].id)]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"username": "duty"}, "已被使用"),
        ({"username": "a b"}, "用户名"),
        ({"grid": "999999"}, "999999"),
        ({"role": "king"}, "king"),
        ({"from": "2026-11-01"}, "今天或之后"),
        ({"from": "yesterday"}, "2026-01-31"),
        ({"reason": "x" * 201}, "200"),
    ],
)
async def test_what_cannot_be_is_said_and_stays_typed(
    browser: Browser, world: World, change: dict[str, str], said: str
) -> None:
    admin = browser("admin")
    form = await hidden(admin, "/admin/people", "new") | NEW | change
    answer = await admin.post("/admin/people/new", data=form)
    assert answer.status_code in (403, 422)
    assert said in alert(answer.text)
    assert 'value="王五"' in answer.text
    async with world.sessions() as session:
        assert await session.scalar(select(func.count()).where(Person.username == "wang")) == 0


async def test_a_form_without_its_token_does_nothing(browser: Browser, world: World) -> None:
    admin = browser("admin")
    form = await hidden(admin, "/admin/people", "new") | NEW
    assert (await admin.post("/admin/people/new", data=form | {"csrf_token": "x"})).status_code == 403
    assert (await admin.post("/admin/people/new", data=form | {"once": ""})).status_code == 422
    officer = await browser("duty").post("/admin/people/new", data=form)
    assert officer.status_code == 403
    assert (await browser("duty").get("/admin/people")).text.count('<form method="post"') == 1  # signing out


async def test_a_duty_begins_and_ends_with_days_of_beijing(browser: Browser, world: World) -> None:
    admin, path = browser("admin"), f"/admin/people/{world.people['viewer'].id}"
    form = await hidden(admin, path, "duty")
    form |= {"role": "patroller", "grid": TOWNSHIP, "from": "2026-12-01", "to": "2026-12-31"}
    assert (await admin.post(f"{path}/duty", data=form)).headers["location"] == f"{path}?done=duty"
    async with world.sessions() as session:
        duty = (await session.scalars(select(Duty).order_by(Duty.id.desc()).limit(1))).one()
    assert duty.valid_from.isoformat() == "2026-11-30T16:00:00+00:00"
    assert duty.valid_to is not None
    assert duty.valid_to.isoformat() == "2026-12-31T16:00:00+00:00"
    # The same role in the same grid at the same time is the loader's fault as well.
    again = await hidden(admin, path, "duty") | {"role": "patroller", "grid": TOWNSHIP, "from": "2026-12-15"}
    refused = await admin.post(f"{path}/duty", data=again)
    assert refused.status_code == 422
    assert "同一时间" in alert(refused.text)

    form = await hidden(admin, path, "end")
    for unclear in ({"when": "now", "to": "2026-12-31"}, {"when": "day"}, {}):
        said = await admin.post(f"{path}/end", data=form | {"duty": str(duty.id)} | unclear)
        assert "二者取一" in alert(said.text)
    mine = (await live(world, "viewer"))[0]
    async with world.sessions() as session:
        old = (await session.scalars(select(Duty).where(Duty.person_id == world.people["viewer"].id))).all()
    current = next(one for one in old if one.role == mine[0])
    ended = await admin.post(f"{path}/end", data=form | {"duty": str(current.id), "when": "now"})
    assert ended.headers["location"] == f"{path}?done=end"
    assert await live(world, "viewer") == []
    page = (await admin.get(path)).text
    assert "已结束" in page
    assert "待生效" in page
    # What never began is dropped, what had been stays.
    form = await hidden(admin, path, "end") | {"duty": str(duty.id), "when": "now"}
    await admin.post(f"{path}/end", data=form)
    async with world.sessions() as session:
        left = (await session.scalars(select(Duty).where(Duty.person_id == world.people["viewer"].id))).all()
    assert [(one.id, one.valid_to) for one in left] == [(current.id, world.clock.now())]


async def test_ending_the_present_duty_leaves_the_one_that_follows(browser: Browser, world: World) -> None:
    admin, path = browser("admin"), f"/admin/people/{world.people['viewer'].id}"
    async with transaction(world.sessions) as session:
        now = world.clock.now()
        await session.execute(
            update(Duty)
            .where(Duty.person_id == world.people["viewer"].id)
            .values(valid_to=now + timedelta(days=9))
        )
    form = await hidden(admin, path, "duty") | {"role": "viewer", "grid": COUNTY, "from": "2026-12-20"}
    assert (await admin.post(f"{path}/duty", data=form)).status_code == 303
    async with world.sessions() as session:
        first, second = (
            await session.scalars(
                select(Duty).where(Duty.person_id == world.people["viewer"].id).order_by(Duty.valid_from)
            )
        ).all()
    form = await hidden(admin, path, "end") | {"duty": str(first.id), "when": "now"}
    assert (await admin.post(f"{path}/end", data=form)).status_code == 303
    async with world.sessions() as session:
        rows = (
            await session.scalars(
                select(Duty).where(Duty.person_id == world.people["viewer"].id).order_by(Duty.valid_from)
            )
        ).all()
    assert [(one.id, one.valid_from, one.valid_to) for one in rows] == [
        (first.id, first.valid_from, world.clock.now()),
        (second.id, second.valid_from, None),
    ]


async def test_a_disabled_person_is_out_and_comes_back_only_with_a_new_password(
    browser: Browser, world: World
) -> None:
    admin, person = browser("admin"), world.people["supervisor"]
    path = f"/admin/people/{person.id}"
    key = tokens.api_key("k", person_id=person.id, key_id=1, created_at="x")
    async with transaction(world.sessions) as session:
        session.add(
            ApiKey(person_id=person.id, name="k", digest=tokens.key_digest(key), created_at=world.clock.now())
        )
    supervisor = browser("supervisor")
    assert (await supervisor.get("/")).status_code == 200
    form = await hidden(admin, path, "disable") | {"reason": "离职"}
    assert (await admin.post(f"{path}/disable", data=form)).headers["location"] == f"{path}?done=disable"
    assert (await supervisor.get("/")).status_code == 303
    form = await hidden(admin, path, "enable")
    enabled = await admin.post(f"{path}/enable", data=form)
    assert await verify(secret(enabled.text), (await person_of(world, "supervisor")).password_hash)
    # The session from before and the key do not come back to life.
    assert (await supervisor.get("/")).status_code == 303
    answer = await browser(None).get("/api/v1/me", headers={"X-API-Key": key})
    assert answer.status_code == 401


async def test_a_new_password_ends_the_sessions(browser: Browser, world: World) -> None:
    admin, path = browser("admin"), f"/admin/people/{world.people['supervisor'].id}"
    form = await hidden(admin, path, "password")
    shown = await admin.post(f"{path}/password", data=form)
    assert await verify(secret(shown.text), (await person_of(world, "supervisor")).password_hash)
    assert (await browser("supervisor").get("/")).status_code == 303


async def test_nobody_takes_the_administration_away(browser: Browser, world: World) -> None:
    admin, me = browser("admin"), world.people["admin"]
    path = f"/admin/people/{me.id}"
    page = (await admin.get(path)).text
    assert "disable" not in Forms(page).found
    form = await hidden(admin, path, "password")
    own = await admin.post(f"{path}/disable", data=form | {"once": "another"})
    assert own.status_code == 403
    async with world.sessions() as session:
        duty = (await session.scalars(select(Duty).where(Duty.person_id == me.id))).one()
    for change in ({"when": "now"}, {"when": "day", "to": "2026-12-31"}):
        form = await hidden(admin, path, "end") | {"duty": str(duty.id)} | change
        refused = await admin.post(f"{path}/end", data=form)
        assert refused.status_code == 403
        assert "另" in alert(refused.text) or "其他管理员" in alert(refused.text)
    assert len(await live(world, "admin")) == 1
    # A second one, disabled by the first: allowed. The first, by the second who has no password: the last one stays.
    async with transaction(world.sessions) as session:
        second = await make_person(session, "second", (Role.ADMINISTRATOR, world.grids[PREFECTURE]))
        await session.execute(update(Person).where(Person.id == me.id).values(password_hash=None))
    world.people["second"] = second
    other = browser("second")
    form = await hidden(
        other, path, "disable" if "disable" in Forms((await other.get(path)).text).found else "enable"
    )
    assert (await other.post(f"{path}/disable", data=form)).status_code == 303


async def test_two_administrators_at_once(browser: Browser, world: World) -> None:
    admin = browser("admin")
    path = f"/admin/people/{world.people['viewer'].id}"
    one, two = await hidden(admin, path, "duty"), await hidden(admin, path, "disable")
    duty = {"role": "patroller", "grid": TOWNSHIP}
    assert (await admin.post(f"{path}/duty", data=one | duty)).status_code == 303
    stale = await admin.post(f"{path}/disable", data=two)
    assert stale.status_code == 412
    assert "已有人改动" in alert(stale.text)
    assert (await person_of(world, "viewer")).disabled_at is None


async def test_an_administrator_of_a_county_stays_within_it(
    app: FastAPI, browser: Browser, world: World, county_admin: str
) -> None:
    county = browser(county_admin)
    form = await hidden(county, "/admin/people", "new")
    made = await county.post("/admin/people/new", data=form | NEW)
    assert made.status_code == 200
    for change in (
        {"grid": OTHER_COUNTY},
        {"grid": PREFECTURE},
        {"role": "administrator"},
        {"role": "duty_officer"},
    ):
        form = await hidden(county, "/admin/people", "new") | NEW | {"username": "second"} | change
        assert (await county.post("/admin/people/new", data=form)).status_code == 403, change
    neighbour = f"/admin/people/{world.people['neighbour'].id}"
    page = (await county.get(neighbour)).text
    assert {"password", "disable", "end"} & set(Forms(page).found) == set()
    form = await hidden(county, f"/admin/people/{world.people['viewer'].id}", "password")
    for act in ("password", "disable", "enable"):
        assert (await county.post(f"{neighbour}/{act}", data=form | {"once": act})).status_code in (403, 412)
    assert (await person_of(world, "neighbour")).disabled_at is None
    # One who has a duty above the county as well belongs to the prefecture.
    both = (await county.get(f"/admin/people/{world.people['both'].id}")).text
    assert {"password", "disable"} & set(Forms(both).found) == set()


async def test_hostile_names_are_only_text(browser: Browser, world: World) -> None:
    nasty = "<script>alert('x')</script>\"><img src=x>"
    async with transaction(world.sessions) as session:
        await session.execute(
            update(Person).where(Person.username == "viewer").values(name=nasty, phone=nasty[:40])
        )
        await fetch(session, "UPDATE grid SET name = $1 WHERE code = $2", nasty, COUNTY)
    await _refresh(world)
    for path in ("/admin/people", f"/admin/people/{world.people['viewer'].id}"):
        page = (await browser("admin").get(path)).text
        assert "<script>alert" not in page
        assert "<img" not in page
        assert "&lt;script&gt;alert" in page


async def _refresh(world: World) -> None:
    async with world.sessions() as session:
        await world.context.directory.refresh(session)


async def test_the_list_is_filtered_and_goes_on(
    browser: Browser, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = browser("admin")

    async def names(query: str) -> list[str]:
        page = (await admin.get(f"/admin/people?{query}")).text
        return re.findall(r'<td data-label="用户名">(\w+)</td>', page)

    assert await names("role=administrator") == ["admin"]
    assert await names(f"grid={OTHER_COUNTY}") == ["neighbour"]
    assert await names("q=superv") == ["supervisor"]
    assert await names("q=%25") == []
    assert await names("q=%00") == await names("")
    assert await names("state=disabled") == []
    monkeypatch.setattr("app.console.people.ROWS", 4)
    first = await names("")
    page = (await admin.get("/admin/people")).text
    found = re.search(r"cursor=([\w-]+)", page)
    assert found
    assert len(first) == 4
    assert not set(first) & set(await names(f"cursor={found.group(1)}"))
    assert (await admin.get("/admin/people?cursor=xx")).status_code == 422


async def test_own_keys_are_made_once_shown_once_and_revoked(browser: Browser, world: World) -> None:
    supervisor = browser("supervisor")
    form = await hidden(supervisor, "/me/keys", "new") | {"name": "报表<b>"}
    first, again = (
        await supervisor.post("/me/keys/new", data=form),
        await supervisor.post("/me/keys/new", data=form),
    )
    key = secret(first.text)
    assert secret(again.text) == key
    me = await browser(None).get("/api/v1/me", headers={"X-API-Key": key})
    assert me.json()["username"] == "supervisor"
    page = (await supervisor.get("/me/keys")).text
    assert key not in page
    assert "报表&lt;b&gt;" in page
    (key_id,) = re.findall(r"/me/keys/(\d+)/revoke", page)
    viewer, admin = browser("viewer"), browser("admin")
    foreign = await hidden(viewer, "/me/keys", "new")
    assert (await viewer.post(f"/me/keys/{key_id}/revoke", data=foreign)).status_code == 404
    # An administrator sees it, and may end it.
    path = f"/admin/people/{world.people['supervisor'].id}"
    revoke = await hidden(admin, path, "key") | {"key": key_id}
    assert (await admin.post(f"{path}/key", data=revoke)).status_code == 303
    assert (await browser(None).get("/api/v1/me", headers={"X-API-Key": key})).status_code == 401
    assert (await browser("nobody").get("/me/keys")).status_code == 200
    assert token_of(world, "viewer")


async def test_two_administrators_who_disable_each_other_leave_one(browser: Browser, world: World) -> None:
    async with transaction(world.sessions) as session:
        world.people["second"] = await make_person(
            session, "second", (Role.ADMINISTRATOR, world.grids[PREFECTURE])
        )

    async def disable(who: str, whom: str) -> int:
        path = f"/admin/people/{world.people[whom].id}"
        client = browser(who)
        form = await hidden(client, path, "disable")
        await ready.wait()
        return (await client.post(f"{path}/disable", data=form)).status_code

    ready = asyncio.Barrier(2)
    answers = await asyncio.gather(disable("admin", "second"), disable("second", "admin"))
    # The slower one is told that it may not, or finds itself signed out.
    assert answers.count(303) >= 1
    left = [who for who in ("admin", "second") if (await person_of(world, who)).disabled_at is None]
    assert len(left) == 1


async def test_when_somebody_last_signed_in_is_shown(browser: Browser, world: World) -> None:
    admin, person = browser("admin"), world.people["supervisor"].id
    assert 'id="last-sign-in">没有记录' in (await admin.get(f"/admin/people/{person}")).text
    world.clock.advance(minutes=7)
    signing = {"username": "supervisor", "password": PASSWORD}
    assert (await browser(None).post("/api/v1/auth/token", data=signing)).status_code == 200
    said = (world.clock.now() + timedelta(hours=8)).strftime("%Y-%m-%d %H:%M:%S")
    assert f'id="last-sign-in">{said}' in (await admin.get(f"/admin/people/{person}")).text
    assert said in (await admin.get("/admin/people?q=supervisor")).text
    world.clock.advance(minutes=7)
    wrong = await browser(None).post("/api/v1/auth/token", data=signing | {"password": "wrong wrong"})
    assert wrong.status_code == 401
    assert said in (await admin.get("/admin/people?q=supervisor")).text


async def test_name_and_telephone_are_changed_and_journalled(browser: Browser, world: World) -> None:
    admin, person = browser("admin"), world.people["supervisor"].id
    path = f"/admin/people/{person}"
    duties = await live(world, "supervisor")
    form = await hidden(admin, path, "details")
    said = {"name": "<b>李四</b>", "phone": " 139 0000 0000 ", "reason": "更名"}
    for _ in range(2):
        answer = await admin.post(f"{path}/details", data=form | said)
        assert (answer.status_code, answer.headers["location"]) == (303, f"{path}?done=details")
    page = (await admin.get(path)).text
    assert "&lt;b&gt;李四&lt;/b&gt;" in page
    row = await person_of(world, "supervisor")
    assert (row.name, row.phone, row.password_hash is not None) == ("<b>李四</b>", "139 0000 0000", True)
    assert await live(world, "supervisor") == duties
    # A page from before the change changes nothing, nor does a form that says what is there.
    stale = await admin.post(f"{path}/details", data=form | said | {"once": "c" * 22, "name": "张三"})
    assert stale.status_code == 412
    form = await hidden(admin, path, "details")
    assert (await admin.post(f"{path}/details", data=form | said)).headers["location"] == f"{path}?done=same"
    form = await hidden(admin, path, "details")
    odd = await admin.post(f"{path}/details", data=form | {"name": "x" * 101, "phone": "1"})
    assert odd.status_code == 422
    assert 'value="1"' in odd.text
    form = await hidden(admin, path, "details")
    assert (
        await admin.post(f"{path}/details", data=form | {"name": "<b>李四</b>", "phone": ""})
    ).status_code == 303
    assert (await person_of(world, "supervisor")).phone is None
    async with world.sessions() as session:
        rows = await fetch(
            session, "SELECT data->'edited' FROM journal WHERE data::text LIKE '%renewed%' ORDER BY id"
        )
    told = [str(row[0]) for row in rows]
    assert len(told) == 2
    assert "139" not in "".join(told)
    for who, status in (("duty", 403), ("supervisor", 403)):
        theirs = browser(who)
        token = Forms((await theirs.get("/")).text).found["logout"]["csrf_token"]
        sent = form | said | {"csrf_token": token, "once": "d" * 22}
        assert (await theirs.post(f"{path}/details", data=sent)).status_code == status
