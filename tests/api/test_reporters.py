"""Who sent a report is read by nobody but its keeper, with a reason that stays; and is erased when its time is over."""

import json
import logging
import re
from typing import Any

import httpx
import pytest
import pytest_asyncio
import structlog
from fastapi import FastAPI
from sqlalchemy import update

from app.database import transaction
from app.engine import Engine
from app.public.keyring import FILE, Keys, keyring_of
from app.settings import load_settings
from models.bulk import fetch
from models.errors import ConfigurationError
from models.public_report import ReporterIdentity
from supervision.public_reports.identity import Reporter, new_key
from tests.api.browsing import Browser, Forms
from tests.api.conftest import Client
from tests.factories import World
from tests.public_reports import NAME, PHONE, add_keeper, fill_in, reported, send

ADDRESS = "203.0.113.77"
PRIVATE = (PHONE, NAME, ADDRESS)
PAGES = (
    "/", "/papers", "/desk", "/admin/audit", "/admin/outbox", "/supervision", "/supervision/public-reports",
    "/supervision/public-reports?tab=all", "/supervision/public-reports/1", "/supervision/rewards", "/public",
    "/public/report", "/public/report/details?category=dust&place=北京南路18号", "/open311/v2/requests.xml",
    "/open311/v2/requests/PR-2026-000001.json",
)  # fmt: skip


@pytest_asyncio.fixture(autouse=True)
async def kept(world: World) -> None:
    await add_keeper(world)


@pytest_asyncio.fixture
async def stranger(app: FastAPI) -> Any:
    """Somebody whose connection has an address."""
    transport = httpx.ASGITransport(app, client=(ADDRESS, 4711))
    async with httpx.AsyncClient(transport=transport, base_url="http://geshao.test") as client:
        yield client


async def everything(world: World) -> str:
    """Every row of every table, as text."""
    async with world.sessions() as session:
        tables = [
            row[0]
            for row in await fetch(session, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        ]
        found = [await fetch(session, f'SELECT t::text FROM "{table}" t') for table in tables]
    # Bytes read as text too, in case something was stored in the clear.
    text = "\n".join(str(row[0]) for rows in found for row in rows)
    return text + "".join(
        chunk
        for part in text.split("\\x")[1:]
        if (chunk := bytes.fromhex(_hex(part)).decode("utf-8", "ignore"))
    )


def _hex(part: str) -> str:
    digits = ""
    for char in part:
        if char not in "0123456789abcdef":
            break
        digits += char
    return digits[: len(digits) // 2 * 2]


async def test_no_answer_no_log_and_no_row_says_who_it_was(
    stranger: httpx.AsyncClient,
    app: FastAPI,
    client: Client,
    browser: Browser,
    world: World,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Every GET route there is, by every role; every table; every line that was logged."""
    caplog.set_level(logging.DEBUG)
    logged: list[Any] = []

    def keep(_: Any, __: str, event: Any) -> Any:
        logged.append(dict(event))
        return event

    structlog.configure(processors=[keep, *structlog.get_config()["processors"]])
    try:
        code = await reported(stranger, world)
        # A refused form gives back what was typed to whoever typed it, and keeps nothing.
        fields, _ = await fill_in(stranger, world, text="")
        assert (await send(stranger, fields)).status_code == 422
        for act, body in (("accept", {}), ("answer", {"text": "已处理", "solved": True})):
            answer = await client("duty").post(f"/public-reports/1/{act}", json=body)
            assert answer.is_success
        answer = await client("duty").post(
            "/public-reports/1/reward", json={"amount": "100", "ground": "属实"}
        )
        assert answer.is_success
        opened = await client("keeper").post("/public-reports/1/identity", json={"reason": "核实线索"})
        assert opened.json() == {"name": NAME, "phone": PHONE, "email": None, "address": ADDRESS}
        values = {"report_id": 1, "reward_id": 1, "place": 1}
        paths = [
            path.format(**values)
            for path, methods in app.openapi()["paths"].items()
            if "get" in methods
            and not path.endswith("/feed")
            and set(re.findall(r"{(\w+)}", path)) <= set(values)
        ]
        for who in (None, *world.people):
            reader = browser(who)
            for path in (*paths, *PAGES, f"/public/track?code={code}", f"/open311/v2/tokens/{code}.json"):
                answer = await reader.get(path)
                for private in PRIVATE:
                    assert private not in answer.text, (who, path)
    finally:
        structlog.reset_defaults()
    rows = await everything(world)
    lines = json.dumps(logged, default=str, ensure_ascii=False) + caplog.text
    assert len(logged) > 50
    for private in PRIVATE:
        assert private not in rows
        assert private not in lines


async def test_a_look_takes_the_role_the_grid_and_a_reason_and_stays(
    stranger: httpx.AsyncClient, client: Client, browser: Browser, world: World
) -> None:
    await reported(stranger, world)
    await reported(stranger, world, where={"category": "dust", "place": "别处"})
    for who in world.people:
        answer = await client(who).post("/public-reports/1/identity", json={"reason": "看看"})
        assert answer.status_code in ((200,) if who == "keeper" else (403, 404)), who
    keeper = client("keeper")
    assert (await keeper.post("/public-reports/1/identity", json={"reason": " "})).status_code == 422
    assert (
        await keeper.post("/public-reports/2/identity", json={"reason": "x"})
    ).status_code == 404  # not theirs
    key = {"Idempotency-Key": "look-1"}
    for status in (200, 409):
        answer = await keeper.post("/public-reports/1/identity", json={"reason": "发放奖励"}, headers=key)
        assert answer.status_code == status
    assert PHONE not in answer.text
    desk = browser("keeper")
    page = await desk.get("/supervision/public-reports/1")
    assert PHONE not in page.text
    assert set(Forms(page.text).found) & {"accept", "answer", "identity"} == {"identity"}
    fields = Forms(page.text).found["identity"]
    empty = await desk.post("/supervision/public-reports/1/identity", data=fields)
    assert (empty.status_code, PHONE in empty.text) == (422, False)
    opened = await desk.post("/supervision/public-reports/1/identity", data=fields | {"reason": "电话核实"})
    assert PHONE in opened.text
    assert opened.headers["Cache-Control"] == "no-store"
    async with world.sessions() as session:
        looks = await fetch(
            session,
            "SELECT actor_id, data->>'number', data->>'reason' FROM journal WHERE kind = 'reporter.shown' ORDER BY id",
        )
    mine = world.people["keeper"].id
    assert [tuple(row) for row in looks] == [
        (mine, "PR-2026-000001", reason) for reason in ("看看", "发放奖励", "电话核实")
    ]


async def erase(world: World) -> int:
    await Engine(world.context, {}).keep_house()
    async with world.sessions() as session:
        ((left,),) = await fetch(session, "SELECT count(*) FROM reporter_identity")
    return int(left)


async def test_who_reported_is_erased_when_nothing_needs_it_any_more(
    stranger: httpx.AsyncClient, client: Client, world: World
) -> None:
    for number in (1, 2, 3, 4):
        await reported(stranger, world)
        await client("chief").post(f"/public-reports/{number}/accept", json={})
    county = client("supervisor")
    await county.post("/public-reports/2/merge", json={"report": 1})  # waits for the first one's end
    for number in (3, 4):
        await county.post(f"/public-reports/{number}/answer", json={"text": "好", "solved": True})
    reward = (await county.post("/public-reports/4/reward", json={"amount": "100", "ground": "好"})).json()
    assert await erase(world) == 4
    world.clock.advance(days=181)
    assert await erase(world) == 3
    county = client("supervisor")  # the session of before has ended
    await client("chief").post(f"/rewards/{reward['id']}/decline", json={"reason": "无"})
    assert await erase(world) == 2
    await county.post("/public-reports/1/answer", json={"text": "好", "solved": True})
    assert await erase(world) == 2
    world.clock.advance(days=181)
    assert await erase(world) == 0
    assert (
        await client("keeper").post("/public-reports/1/identity", json={"reason": "x"})
    ).status_code == 404
    async with world.sessions() as session:
        told = await fetch(
            session, "SELECT data->>'number' FROM journal WHERE kind = 'reporter.erased' ORDER BY id"
        )
        marks = await fetch(session, "SELECT 1 FROM public_report WHERE mark IS NOT NULL")
    assert [row[0] for row in told] == [f"PR-2026-00000{number}" for number in (3, 4, 1, 2)]
    assert marks == []


async def test_without_a_key_nothing_is_kept_and_whoever_gives_a_name_is_told(
    stranger: httpx.AsyncClient, app: FastAPI, world: World
) -> None:
    settings = world.context.settings.model_copy(
        update={"database_url": "postgresql://x", "data_dir": world.context.settings.data_dir / "elsewhere"}
    )
    app.state.reporter_keys = Keys(settings)
    fields, page = await fill_in(stranger, world)
    assert 'id="nameless"' in page.text
    refused = await send(stranger, fields)
    assert refused.status_code == 422
    assert "无法安全保存" in refused.text
    assert (await send(stranger, fields | {"name": "", "phone": ""})).status_code == 303
    async with world.sessions() as session:
        assert await fetch(session, "SELECT 1 FROM reporter_identity") == []
        ((mark,),) = await fetch(session, "SELECT mark FROM public_report")
    assert mark is None


async def test_keys_come_from_the_setting_or_a_file_for_its_owner_alone(world: World) -> None:
    settings = world.context.settings
    made = keyring_of(settings)
    path = settings.data_dir / FILE
    assert path.stat().st_mode & 0o777 == 0o600
    again = keyring_of(settings)
    assert made is not None
    assert again is not None
    who = Reporter(PHONE)
    assert again.open(made.seal(who, "PR-1"), "PR-1") == who
    keys = f"{new_key('2027')},{path.read_text().strip()}"
    rotated = keyring_of(load_settings({"GESHAO_REPORTER_KEYS": keys}, data_dir=settings.data_dir))
    assert rotated is not None
    assert (rotated.sealing, rotated.open(made.seal(who, "PR-1"), "PR-1")) == ("2027", who)
    with pytest.raises(ConfigurationError, match="REPORTER_KEYS") as refused:
        load_settings({"GESHAO_REPORTER_KEYS": "2027:c2hvcnQ="})
    assert "c2hvcnQ" not in str(refused.value)


async def test_an_identity_moved_to_another_report_opens_nowhere(
    stranger: httpx.AsyncClient, client: Client, world: World
) -> None:
    await reported(stranger, world)
    await reported(stranger, world, name="", phone="")
    async with transaction(world.sessions) as session:
        ((sealed,),) = await fetch(session, "SELECT sealed FROM reporter_identity WHERE report_id = 1")
        await session.execute(
            update(ReporterIdentity).where(ReporterIdentity.report_id == 2).values(sealed=sealed)
        )
    keeper = client("keeper")
    assert (await keeper.post("/public-reports/2/identity", json={"reason": "x"})).status_code == 404
    assert (await keeper.post("/public-reports/1/identity", json={"reason": "x"})).json()["phone"] == PHONE


async def test_whoever_takes_the_report_is_written_to_without_who_it_was(
    browser: Browser, client: Client, world: World
) -> None:
    for who, number in (("supervisor", "13900139001"), ("duty", "13900139002")):
        made = await client("admin").post(
            f"/people/{who}/contacts", json={"channel": "sms", "address": number}
        )
        assert made.status_code == 201, made.text
    await reported(browser(None), world)
    fields, _ = await fill_in(
        browser(None), world, where={"category": "dust", "place": "戈壁深处", "grid": ""}
    )
    assert (await send(browser(None), fields)).status_code == 303
    async with world.sessions() as session:
        letters = await fetch(
            session,
            "SELECT p.username, o.payload::text FROM outbox o JOIN person p ON p.id = o.person_id"
            " WHERE o.payload->>'event' = 'public_report.received' ORDER BY o.id",
        )
    assert [row[0] for row in letters] == ["supervisor", "duty"]
    assert not any(NAME in row[1] or PHONE in row[1] for row in letters)
