"""The console over HTTP: signing in, scope, forms that act once, texts, headers."""

import asyncio
import re
from pathlib import Path

import httpx
import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from fastapi import FastAPI
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from app.auth.throttle import PER_PERSON
from app.console import texts
from app.console.board import BREACHES
from app.console.page_route import safe_path
from app.console.pages import HERE
from app.database import transaction
from app.journal import Entry, append
from dispatch.commands import FileReport
from models.alert import Alert
from models.enums import POLLUTANTS, CauseCode, EventKind, OrderState
from models.order import DisposalReport, Evidence, Feedback, WorkOrder
from models.registry import Station
from tests.api.browsing import Browser, Forms, forms, visible
from tests.api.test_lists import counted
from tests.factories import COUNTY, OTHER_COUNTY, PASSWORD, World

PNG = b"\x89PNG\r\n\x1a\n" + b"photo" * 10


# ---------------------------------------------------------------- signing in


async def test_signing_in_opens_a_session_and_leads_to_where_one_wanted(browser: Browser) -> None:
    client = browser(None)
    away = await client.get("/orders/7?x=1")
    assert away.status_code == 303
    assert away.headers["location"] == "/login?next=%2Forders%2F7%3Fx%3D1"
    page = await client.get(away.headers["location"])
    fields = Forms(page.text).found["login"]
    answer = await client.post("/login", data=fields | {"username": " duty ", "password": PASSWORD})
    assert answer.status_code == 303
    assert answer.headers["location"] == "/orders/7?x=1"
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("geshao_session=")
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie
    board = await client.get("/")
    assert board.status_code == 200
    assert "姓名 duty" in board.text
    assert "值班员" in board.text


async def test_a_wrong_password_is_told_and_guessing_is_stopped(browser: Browser) -> None:
    client = browser(None)
    for _ in range(PER_PERSON):
        refused = await client.post("/login", data={"username": "duty", "password": "wrong"})
        assert refused.status_code == 401
        assert "用户名或密码错误" in refused.text
        assert 'value="duty"' in refused.text
        assert "set-cookie" not in refused.headers
    stopped = await client.post("/login", data={"username": "duty", "password": PASSWORD})
    assert stopped.status_code == 429
    assert "登录失败次数过多" in stopped.text
    assert int(stopped.headers["Retry-After"]) > 0


async def test_another_site_cannot_sign_anybody_in(browser: Browser) -> None:
    refused = await browser(None).post(
        "/login",
        data={"username": "duty", "password": PASSWORD},
        headers={"Sec-Fetch-Site": "cross-site"},
    )
    assert refused.status_code == 422
    assert "set-cookie" not in refused.headers


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        ("/orders/3?done=x", "/orders/3?done=x"),
        ("/", "/"),
        ("", "/"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("\\\\evil.example", "/"),
        ("/\t/evil.example", "/"),
        ("/a\r\nSet-Cookie: x=y", "/"),
        ("javascript:alert(1)", "/"),
    ],
)
def test_only_paths_of_this_site_are_gone_to(wanted: str, given: str) -> None:
    assert safe_path(wanted) == given


async def test_signing_out_wants_the_forms_token_and_drops_the_cookie(browser: Browser) -> None:
    client = browser("duty")
    assert (await client.post("/logout")).status_code == 403
    token = Forms((await client.get("/")).text).found["logout"]
    answer = await client.post("/logout", data=token)
    assert answer.headers["location"] == "/login"
    assert 'geshao_session=""' in answer.headers["set-cookie"]


async def test_every_page_needs_a_session(browser: Browser, world: World) -> None:
    order_id = await world.order()
    client = browser(None)
    for path in ("/", f"/orders/{order_id}", f"/orders/{order_id}/row", "/board/counters"):
        answer = await client.get(path)
        assert answer.status_code == 303, path
        assert answer.headers["location"].startswith("/login")
    posted = await client.post(f"/orders/{order_id}/acknowledge")
    assert posted.headers["location"] == f"/login?next=%2Forders%2F{order_id}"


# ---------------------------------------------------------------- the board


async def test_the_board_has_the_nearest_unanswered_deadline_on_top(browser: Browser, world: World) -> None:
    reported = await world.order_in(OrderState.REPORTED)
    world.clock.advance(minutes=5)
    later = await world.order()
    closed = await world.order_in(OrderState.CLOSED)
    page = (await browser("duty").get("/")).text
    rows = [int(id_) for id_ in re.findall(r'<tr id="order-(\d+)"', page)]
    # The review may take a day, an acknowledgement ten minutes.
    assert rows == [later, reported]
    assert closed not in rows
    text = visible(page)
    assert "已派发" in text
    assert "签收 剩余 00:10:00 11-23 08:15:00" in text
    assert 'data-now="2026-11-23T00:05:00+00:00"' in page


async def test_the_counters(browser: Browser, world: World) -> None:
    client = browser("duty")

    async def shown() -> dict[str, int]:
        page = (await client.get("/board/counters")).text
        return {name: int(n) for name, n in re.findall(r'data-counter="(\w+)">(\d+)<', page)}

    assert await shown() == {"in_time": 0, "soon": 0, "overdue": 0, "breached_today": 0}
    order_id = await world.order()
    # Three deadlines, and one order: it is counted by the nearest.
    assert await shown() == {"in_time": 1, "soon": 1, "overdue": 0, "breached_today": 0}
    world.clock.advance(minutes=10, seconds=1)
    # Past due counts before the engine has looked; the day's breaches are what it has found.
    assert await shown() == {"in_time": 0, "soon": 0, "overdue": 1, "breached_today": 0}
    async with transaction(world.sessions) as session:
        await world.context.pipeline.tick(session, now=world.clock.now(), limit=100)
    assert await shown() == {"in_time": 0, "soon": 0, "overdue": 1, "breached_today": 1}
    overdue = visible((await client.get(f"/orders/{order_id}/row")).text)
    assert "签收 逾期 +00:00:01" in overdue
    world.clock.advance(hours=16)
    client = browser("duty")
    assert (await shown())["breached_today"] == 0
    await world.unrouted()
    assert (await shown())["unrouted"] == 1


async def test_filters_of_the_address_hold_for_page_and_row(browser: Browser, world: World) -> None:
    here, there = await world.order(COUNTY), await world.order(OTHER_COUNTY)
    done = await world.order_in(OrderState.CLOSED)
    client = browser("duty")

    async def rows(query: str) -> list[int]:
        return [int(i) for i in re.findall(r'<tr id="order-(\d+)"', (await client.get(f"/?{query}")).text)]

    assert await rows(f"grid={COUNTY}") == [here]
    assert await rows(f"grid={OTHER_COUNTY}&state=") == [there]
    assert await rows("state=closed") == [done]
    assert await rows("state=dispatched") == [there, here]
    assert (await client.get("/?grid=nowhere")).status_code == 404
    assert (await client.get(f"/orders/{here}/row?grid={COUNTY}")).status_code == 200
    assert (await client.get(f"/orders/{here}/row?grid={OTHER_COUNTY}")).status_code == 204
    assert (await client.get(f"/orders/{here}/row?state=closed")).status_code == 204
    assert (await client.get(f"/orders/{done}/row")).status_code == 204


async def test_the_breach_feed_starts_with_the_newest(browser: Browser, world: World) -> None:
    first = await world.order()
    world.clock.advance(minutes=1)
    second = await world.order()
    world.clock.advance(minutes=30)
    async with transaction(world.sessions) as session:
        await world.context.pipeline.tick(session, now=world.clock.now(), limit=100)
    page = (await browser("duty").get("/")).text
    feed = page.split('<ol id="breaches"')[1].split("</ol>")[0]
    assert re.findall(r'data-key="([^"]+)"', feed) == [f"{second}:acknowledge:1", f"{first}:acknowledge:1"]
    assert "昌吉市 签收 逾期" in visible(feed)
    assert f'data-most="{BREACHES}"' in page


async def test_a_supervisor_sees_only_the_own_grid(browser: Browser, world: World) -> None:
    mine, foreign = await world.order(COUNTY), await world.order(OTHER_COUNTY)
    client = browser("neighbour")
    page = (await client.get("/")).text
    assert f"order-{foreign}" in page
    assert f"order-{mine}" not in page
    assert "昌吉市" not in page
    for path in (f"/orders/{mine}", "/orders/999999", "/orders/0", "/orders/x", f"/orders/{2**70}"):
        answer = await client.get(path)
        assert answer.status_code == 404, path
        assert "不在您的网格范围内" in answer.text
    assert (await client.get(f"/orders/{mine}/row")).status_code == 204
    token = Forms(page).found["logout"]
    acted = await client.post(f"/orders/{mine}/acknowledge", data=token | {"once": "a", "version": "1"})
    assert acted.status_code == 404


async def test_hostile_names_are_only_text(browser: Browser, world: World) -> None:
    nasty = "<script>alert('x')</script>\"><img src=x>"
    async with transaction(world.sessions) as session:
        station = await session.get_one(Station, world.stations["WZ-1"].id)
        station.name = nasty
    order_id = await world.order(station="WZ-1", reason=f"{nasty} PM10")
    client = browser("duty")
    for path in ("/", f"/orders/{order_id}", f"/orders/{order_id}/row"):
        page = (await client.get(path)).text
        assert "<script>alert" not in page
        assert "<img" not in page
        assert "&lt;script&gt;alert" in page


# ---------------------------------------------------------------- acting


async def test_the_forms_of_a_whole_life(browser: Browser, world: World) -> None:
    order_id = await world.order(station="WZ-1")
    duty, supervisor, viewer = browser("duty"), browser("supervisor"), browser("viewer")
    here = f"/orders/{order_id}"
    assert set(await forms(viewer, order_id)) == set()
    assert set(await forms(duty, order_id)) == {"void"}

    async def do(client: httpx.AsyncClient, act: str, said: str, done: str = "", **fields: str) -> None:
        world.clock.advance(minutes=1)
        hidden = (await forms(client, order_id))[act]
        answer = await client.post(f"{here}/{act}", data=hidden | fields)
        assert (answer.status_code, answer.headers.get("location")) == (303, f"{here}?done={done or act}")
        assert said in (await client.get(answer.headers["location"])).text

    assert set(await forms(supervisor, order_id)) == {"acknowledge", "feedback"}
    await do(supervisor, "acknowledge", "工单已签收")
    await do(
        supervisor,
        "feedback",
        "现场反馈已提交",
        finding="第一行\r\n第二行",
        cause="扬尘",
        cause_code="road_dust",
        lon="87.3",
        lat="44.01",
    )
    await do(supervisor, "report", "处置结果已上报", measures="洒水", result="下降")
    assert set(await forms(supervisor, order_id)) == set()
    assert set(await forms(duty, order_id)) == {"review", "void"}
    await do(duty, "review", "工单已退回整改。", "return", decision="return", comment="照片不清")
    await do(supervisor, "report", "处置结果已上报", measures="再次洒水", result="正常")
    await do(duty, "review", "审核通过，工单已办结。", "accept", decision="accept")
    assert set(await forms(duty, order_id)) == set()
    page = visible((await duty.get(here)).text)
    for said in (
        "已办结",
        "第 2 轮",
        "成因类别 道路扬尘",
        "87.30000, 44.01000",
        "照片不清",
        "再次洒水",
        "审核通过",
        "工单派发",
    ):
        assert said in page, said
    async with world.sessions() as session:
        assert await session.scalar(select(Feedback.finding)) == "第一行\n第二行"
        assert await session.scalar(select(Feedback.cause_code)) == "road_dust"
        assert await session.scalar(select(func.count()).select_from(DisposalReport)) == 2


async def test_a_false_alarm_is_said_with_the_review_or_the_withdrawal(
    browser: Browser, world: World
) -> None:
    duty = browser("duty")
    order_id = await world.order_in(OrderState.REPORTED)
    here = f"/orders/{order_id}"
    hidden = (await forms(duty, order_id))["review"]
    fields = hidden | {"decision": "return", "comment": "x", "false_alarm": "natural"}
    refused = await duty.post(f"{here}/review", data=fields)
    assert refused.status_code == 422
    assert "退回整改的工单不能同时认定为误报" in refused.text
    assert '<option value="natural" selected>沙尘等自然原因</option>' in refused.text
    hidden = (await forms(duty, order_id))["review"]
    done = await duty.post(f"{here}/review", data=hidden | {"decision": "accept", "false_alarm": "natural"})
    assert done.headers["location"] == f"{here}?done=accept"
    assert "误报 沙尘等自然原因" in visible((await duty.get(here)).text)
    other = await world.order()
    hidden = (await forms(duty, other))["void"]
    await duty.post(f"/orders/{other}/void", data=hidden | {"reason": "重复", "false_alarm": ""})
    assert "误报" not in visible((await duty.get(f"/orders/{other}")).text)


async def test_photos_go_with_the_feedback_and_can_be_fetched(browser: Browser, world: World) -> None:
    order_id = await world.order()
    client = browser("supervisor")
    hidden = (await forms(client, order_id))["feedback"]
    files = [
        ("photos", ("现场.png", PNG)),
        ("photos", ("b.jpg", b"\xff\xd8\xff second")),
        ("photos", ("c.pdf", b"%PDF-1.7 third")),
    ]
    sent = await client.post(f"/orders/{order_id}/feedback", data=hidden | {"finding": "见照片"}, files=files)
    assert sent.status_code == 303
    page = (await client.get(f"/orders/{order_id}")).text
    assert "现场.png" in page
    links = re.findall(r'href="(/api/v1/evidence/[^"/]+)"', page)
    given = {one.content: one for one in [await client.get(link) for link in links]}
    assert set(given) == {content for _, (_, content) in files}
    for _, (name, content) in files:
        headers = given[content].headers
        # Pictures are looked at, everything else is saved.
        kind = "attachment" if name == "c.pdf" else "inline"
        assert headers["Content-Disposition"].startswith(f"{kind}; filename"), name
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        address = given[content].url.path
        assert (f'<img src="{address}/view" alt="{name}" loading="lazy">' in page) is (kind == "inline"), name


async def test_whoever_reviews_reads_the_report_before_the_form(browser: Browser, world: World) -> None:
    order_id = await world.order_in(OrderState.ON_SITE)

    async def first_is_said() -> bool:
        page = (await browser("duty").get(f"/orders/{order_id}")).text
        return page.index('id="said-title"') < page.index('id="acts-title"')

    assert not await first_is_said()
    await world.act(order_id, FileReport("洒水", "下降", ()))
    assert await first_is_said()


async def test_no_file_chosen_is_no_file(browser: Browser, world: World) -> None:
    order_id = await world.order()
    client = browser("supervisor")
    hidden = (await forms(client, order_id))["feedback"]
    # What a browser sends for an empty file input.
    empty = [("photos", ("", b"", "application/octet-stream"))]
    sent = await client.post(f"/orders/{order_id}/feedback", data=hidden | {"finding": "好"}, files=empty)
    assert sent.status_code == 303


async def test_a_bad_file_is_refused_whole_and_what_was_typed_stays(browser: Browser, world: World) -> None:
    order_id = await world.order()
    client = browser("supervisor")
    for files, status, said in (
        ([("photos", ("a.png", PNG)), ("photos", ("b.exe", b"MZ program"))], 415, "只接受照片"),
        ([("photos", (f"{n}.png", PNG)) for n in range(21)], 422, "最多可附 20 个文件"),
        ([("photos", ("a.png", PNG + bytes(1024 * 1024)))], 413, "文件过大：合计不得超过 1 MB"),
    ):
        hidden = (await forms(client, order_id))["feedback"]
        answer = await client.post(
            f"/orders/{order_id}/feedback", data=hidden | {"finding": "打字<很>久"}, files=files
        )
        assert answer.status_code == status
        assert said in answer.text
        assert "打字&lt;很&gt;久</textarea>" in answer.text
        assert 'hreflang="en"' in answer.text
    async with world.sessions() as session:
        assert await session.scalar(select(func.count()).select_from(Evidence)) == 0
    evidence = world.context.settings.data_dir / "evidence"
    assert not [path for path in evidence.rglob("*") if path.is_file()]


async def test_a_double_click_acts_once(browser: Browser, world: World) -> None:
    order_id = await world.order()
    client = browser("supervisor")
    hidden = (await forms(client, order_id))["feedback"] | {"finding": "同一次"}
    files = [("photos", ("a.png", PNG))]
    both = await asyncio.gather(
        *(client.post(f"/orders/{order_id}/feedback", data=hidden, files=files) for _ in range(2))
    )
    assert [answer.status_code for answer in both] == [303, 303]
    async with world.sessions() as session:
        assert await session.scalar(select(func.count()).select_from(Feedback)) == 1
        assert await session.scalar(select(func.count()).select_from(Evidence)) == 1
    # The same form with another text, out of the browser's history.
    other = await client.post(f"/orders/{order_id}/feedback", data=hidden | {"finding": "另一次"})
    assert other.status_code == 409
    assert "该表单已提交过" in other.text


async def test_a_stale_page_is_told_so(browser: Browser, world: World) -> None:
    order_id = await world.order()
    client = browser("supervisor")
    stale = (await forms(client, order_id))["acknowledge"]
    fresh = (await forms(client, order_id))["acknowledge"]
    assert (await client.post(f"/orders/{order_id}/acknowledge", data=fresh)).status_code == 303
    answer = await client.post(f"/orders/{order_id}/acknowledge", data=stale)
    assert answer.status_code == 412
    assert "该工单已被他人处理，请查看最新状态" in answer.text
    assert "已签收" in answer.text


@pytest.mark.parametrize(
    ("state", "who", "act", "fields", "said"),
    [
        (OrderState.DISPATCHED, "supervisor", "feedback", {}, "请填写：现场情况"),
        (OrderState.DISPATCHED, "supervisor", "feedback", {"finding": "  "}, "请填写：现场情况"),
        (OrderState.DISPATCHED, "supervisor", "feedback", {"finding": "x" * 4001}, "现场情况：最多 4000 个字符"),
        (OrderState.DISPATCHED, "supervisor", "feedback", {"finding": "x\x00"}, "现场情况：内容无效"),
        (OrderState.DISPATCHED, "supervisor", "feedback", {"finding": "x", "lon": "87"}, "位置须同时填写"),
        (OrderState.DISPATCHED, "supervisor", "feedback", {"finding": "x", "lon": "1e9", "lat": "4"}, "位置：内容无效"),
        (OrderState.DISPATCHED, "supervisor", "feedback", {"finding": "x", "lon": "nan", "lat": "4"}, "位置：内容无效"),
        (OrderState.DISPATCHED, "supervisor", "feedback", {"finding": "x", "cause_code": "?"}, "成因类别：内容无效"),
        (OrderState.REPORTED, "duty", "review", {"decision": "return"}, "退回时请在审核意见中写明"),
        (OrderState.REPORTED, "duty", "review", {"decision": "perhaps"}, "内容无效"),
        (OrderState.DISPATCHED, "duty", "void", {}, "请填写：作废原因"),
    ],
)  # fmt: skip
async def test_faults_in_a_form_are_named(
    browser: Browser, world: World, state: OrderState, who: str, act: str, fields: dict[str, str], said: str
) -> None:
    order_id = await world.order_in(state)
    client = browser(who)
    hidden = (await forms(client, order_id))[act]
    answer = await client.post(f"/orders/{order_id}/{act}", data=hidden | fields)
    assert answer.status_code == 422
    assert said in visible(answer.text)
    # The key was given back: mended, the same form acts.
    assert hidden["once"] not in answer.text


async def test_acts_without_right_or_token_change_nothing(browser: Browser, world: World) -> None:
    order_id = await world.order()
    viewer = browser("viewer")
    page = Forms((await viewer.get("/")).text).found["logout"]
    fields = page | {"once": "k", "version": "1"}
    refused = await viewer.post(f"/orders/{order_id}/acknowledge", data=fields)
    assert refused.status_code == 403
    assert "您的职责不包含此操作" in refused.text
    supervisor = browser("supervisor")
    assert (await supervisor.post(f"/orders/{order_id}/acknowledge", data=fields)).status_code == 403
    hidden = (await forms(supervisor, order_id))["acknowledge"]
    for broken in ({"once": ""}, {"version": ""}, {"version": "x"}):
        answer = await supervisor.post(f"/orders/{order_id}/acknowledge", data=hidden | broken)
        assert answer.status_code in (412, 422)
    assert (await supervisor.post(f"/orders/{order_id}/dispatch", data=hidden)).status_code == 404
    assert set(await forms(supervisor, order_id)) == {"acknowledge", "feedback"}


async def test_whoever_handled_an_order_is_told_why_there_is_no_review(
    browser: Browser, world: World
) -> None:
    order_id = await world.order()
    both = browser("both")
    for act, fields in (("feedback", {"finding": "x"}), ("report", {"measures": "a", "result": "b"})):
        hidden = (await forms(both, order_id))[act]
        assert (await both.post(f"/orders/{order_id}/{act}", data=hidden | fields)).status_code == 303
    assert set(await forms(both, order_id)) == {"void"}
    assert "不能由您审核" in (await both.get(f"/orders/{order_id}")).text
    assert "review" in await forms(browser("duty"), order_id)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, "浓度 312.5 µg/m³ 超过限值，低于 120 µg/m³ 时解除"),
        ({"threshold": {"pm25": 150}}, "浓度 312.5 µg/m³ 超过限值 150，低于 120 µg/m³ 时解除"),
        (
            {"clear": None, "base": {"pm25": 30.0}, "excess": {"pm25": 282.46}, "neighbours": 4},
            "比按本站近几小时水平（30）及周边 4 个站点推算的水平高 282.5",
        ),
        ({"level": None}, "小时超标 · PM₂.₅ · 局地"),
    ],
)
async def test_the_alert_explains_itself(
    browser: Browser, world: World, changed: dict[str, object], said: str
) -> None:
    why = {"level": {"pm25": 312.46}, "clear": {"pm25": 120.0}, "neighbours": 0} | changed
    alert_id = await world.alert(why={name: value for name, value in why.items() if value is not None})
    order_id = await world.order(station="WZ-1")
    async with transaction(world.sessions) as session:
        (await session.get_one(WorkOrder, order_id)).alert_id = alert_id
    page = await browser("duty").get(f"/orders/{order_id}")
    assert said in visible(page.text)


async def test_the_reason_of_an_alerts_order_is_told_in_the_readers_language(
    browser: Browser, world: World
) -> None:
    alert_id, other_id = await world.alert(why={"level": 312.46}), await world.alert(pollutant="co")
    order_id, by_hand = await world.order(station="WZ-1"), await world.order(reason="群众举报")
    async with transaction(world.sessions) as session:
        (await session.get_one(WorkOrder, order_id)).alert_id = alert_id
        for one in (alert_id, other_id):
            (await session.get_one(Alert, one)).order_id = order_id
        data = {"grid": COUNTY, "order": order_id, "number": "x", "alert": other_id}
        entry = Entry(EventKind.ORDER_ATTACHED, world.clock.now(), order_id=order_id, data=data)
        await append(session, [entry], now=world.clock.now())
    client = browser("duty")
    for language, said, joined in (
        ("zh", "PM₂.₅ 小时超标 达 312.5 µg/m³", "新报警并入工单 小时超标 · CO"),
        (
            "en",
            "Hourly exceedance, PM₂.₅ reaching 312.5 µg/m³",
            "Further alert joined the order Hourly exceedance · CO",
        ),
    ):
        await client.get(f"/login?lang={language}")
        for path in ("/", f"/orders/{order_id}", f"/orders/{order_id}/row"):
            assert said in visible((await client.get(path)).text), (language, path)
        assert joined in visible((await client.get(f"/orders/{order_id}")).text)
        assert "群众举报" in (await client.get(f"/orders/{by_hand}")).text
        assert "群众举报" in (await client.get("/")).text


async def test_the_board_asks_as_much_for_many_orders_as_for_one(
    browser: Browser, world: World, engine: AsyncEngine
) -> None:
    client = browser("duty")

    async def asked(orders: int) -> int:
        for number in range(orders):
            kind = "sudden_rise" if number % 2 else "exceedance_hour"
            alert_id = await world.alert(why={"level": 1.0}, kind=kind, pollutant=POLLUTANTS[number])
            order_id = await world.order(station="WZ-1")
            async with transaction(world.sessions) as session:
                order = await session.get_one(WorkOrder, order_id)
                # At work an order takes its station's next alerts; reported ones stand beside each other.
                order.state, order.alert_id = OrderState.REPORTED.value, alert_id
        with counted(engine) as statements:
            page = (await client.get("/")).text
        assert page.count('title="微站 WZ-1"') >= orders
        return len([one for one in statements if one.startswith(("SELECT", "WITH"))])

    await client.get("/")
    few = await asked(1)
    async with transaction(world.sessions) as session:
        await session.execute(update(Alert).values(state="cleared", cleared_at=world.clock.now()))
    assert await asked(5) == few


# ---------------------------------------------------------------- language, headers, files


async def test_a_browser_gets_a_page_where_there_is_none(browser: Browser) -> None:
    client = browser(None)
    html = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    for path, status in (("/nothing/here", 404), ("/favicon.ico", 404), ("/logout", 405)):
        missing = await client.get(path, headers=html)
        assert missing.status_code == status, path
        assert missing.headers["Content-Type"] == "text/html; charset=utf-8"
        assert missing.headers["Content-Security-Policy"].startswith("default-src 'none';")
        assert "页面不存在" in missing.text
    english = await client.get("/nothing/here?lang=en", headers=html)
    assert "There is no such page" in english.text
    assert "There is no such page" in (await client.get("/elsewhere", headers=html)).text
    for path, headers in (
        ("/nothing", {}),
        ("/api", html),
        ("/api/v1/nothing", html),
        ("/api/nothing", html),
    ):
        told = await client.get(path, headers=headers)
        assert told.status_code == 404
        assert told.headers["Content-Type"] == "application/problem+json", path


async def test_chinese_first_and_english_on_request(browser: Browser) -> None:
    client = browser(None)
    first = await client.get("/login")
    assert '<html lang="zh-CN">' in first.text
    assert "用户名" in first.text
    english = await client.get("/login?lang=en")
    assert english.headers["set-cookie"].startswith("geshao_lang=en;")
    assert "User name" in english.text
    assert "User name" in (await client.get("/login")).text
    assert "用户名" in (await client.get("/login?lang=zh")).text
    assert "用户名" in (await client.get("/login?lang=klingon")).text


def _used() -> dict[str, str]:
    used: dict[str, str] = {}
    root = HERE.parent.parent
    for folder, keywords in (
        (HERE, ("_", "N_", "say")),
        (HERE.parent / "papers", ("_", "N_", "say")),
        # Faults are told where they are found, and said in the reader's language on a page.
        *((root / name, ("Said",)) for name in ("app", "alerts", "sla", "supervision", "models")),
    ):
        for name, line, message, _, _ in extract_from_dir(
            folder,
            method_map=[("**.py", "python"), ("templates/**.html", "jinja2.ext:babel_extract")],
            options_map={"templates/**.html": {"silent": "false"}},
            keywords=dict.fromkeys(keywords),
        ):
            found = [message] if isinstance(message, str) else [part for part in message if part]
            used |= dict.fromkeys(found, f"{name}:{line}")
    return used


def test_every_text_has_its_translation_and_every_translation_its_text() -> None:
    with (texts.LOCALE / "zh_CN" / "LC_MESSAGES" / "messages.po").open("rb") as file:
        catalogue = {m.id: m for m in read_po(file, abort_invalid=True) if m.id}
    used = _used()
    assert len(used) > 100
    assert {m: used[m] for m in used if m not in catalogue} == {}
    assert [m for m in catalogue if m not in used] == []
    for msgid, message in catalogue.items():
        assert message.string, msgid
        assert not message.fuzzy, msgid
        holes = re.compile(r"%\((\w+)\)s")
        assert set(holes.findall(str(msgid))) == set(holes.findall(str(message.string))), msgid
        # Chinese text takes Chinese marks (GB/T 15834).
        assert not re.search(r"[\u4e00-\u9fff][,;:?!]", str(message.string)), message.string


async def test_every_answer_carries_the_policy_that_allows_nothing_foreign(
    browser: Browser, world: World
) -> None:
    order_id = await world.order()
    client = browser("duty")
    for path in ("/", "/login", f"/orders/{order_id}", "/orders/9999", f"/orders/{order_id}/row"):
        answer = await client.get(path)
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';"), path
        assert "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert answer.headers["Cache-Control"] == "no-store"
        assert not re.search(r"<script(?![^>]*src=)|<style|\sstyle=|\son\w+=", answer.text), path
    assert "Content-Security-Policy" in (await browser(None).get("/")).headers


async def test_static_files_are_kept_under_their_digest(browser: Browser) -> None:
    client = browser(None)
    page = (await client.get("/login")).text
    urls = re.findall(r'"(/static/[^"]+)"', page)
    assert len(urls) == 2
    for url in urls:
        answer = await client.get(url)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]
        old = await client.get(re.sub(r"/static/\w+/", "/static/0000/", url))
        assert (old.status_code, old.headers["Cache-Control"]) == (200, "no-cache")
    for path in ("/static/0/nothing.js", "/static/0/..%2Fpages.py"):
        assert (await client.get(path)).status_code == 404


def test_the_files_ship_with_the_package() -> None:
    assert {p.suffix for p in Path(HERE / "static").iterdir() if p.is_file()} == {".css", ".js"}
    assert not re.search(r"innerHTML|insertAdjacentHTML|eval\(", (HERE / "static" / "console.js").read_text())


async def test_the_console_is_not_in_the_described_api(app: FastAPI) -> None:
    assert not [path for path in app.openapi()["paths"] if path in ("/", "/login", "/logout")]


async def test_the_kind_of_cause_is_chosen_in_both_languages(browser: Browser, world: World) -> None:
    order_id = await world.order()
    client = browser("supervisor")
    chinese = (await client.get(f"/orders/{order_id}")).text
    english = (await client.get(f"/orders/{order_id}?lang=en")).text
    for code in CauseCode:
        assert f'<option value="{code.value}"' in chinese
        assert f'<option value="{code.value}"' in english
    assert '<option value="construction_dust">施工扬尘</option>' in chinese
    assert '<option value="construction_dust">Construction dust</option>' in english
