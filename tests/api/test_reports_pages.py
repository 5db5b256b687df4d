"""The pages of reports from below over HTTP: filed on a phone, collected, judged, each form once."""

from datetime import timedelta

import httpx
import pytest
import pytest_asyncio

from app.database import transaction
from dispatch.reports.decisions import Dismiss, Refer
from models.clock import BEIJING
from models.enums import OrderState, ProblemCategory
from tests.api.browsing import Browser, Forms, visible
from tests.api.test_tasks_pages import HOSTILE, PNG
from tests.factories import COUNTY, OTHER_COUNTY, TOWNSHIP, World
from tests.levels import FOREIGN_TOWNSHIP, VILLAGE, add_levels, file, rows, triage

ACTS = {"forward", "solve", "order", "task", "merge", "dismiss", "refer"}
SAID = {
    "category": "burning",
    "text": f"村口焚烧秸秆 {HOSTILE}",
    "lon": "87.31",
    "lat": "44.01",
    "accuracy_m": "12",
}


@pytest_asyncio.fixture
async def levels(world: World) -> World:
    return await add_levels(world)


async def hidden(client: httpx.AsyncClient, path: str, name: str) -> dict[str, str]:
    page = await client.get(path)
    assert page.status_code == 200, page.text
    return Forms(page.text).found[name]


async def offered(client: httpx.AsyncClient, report: int) -> set[str]:
    page = await client.get(f"/reports/{report}")
    assert page.status_code == 200, page.text
    return set(Forms(page.text).found) & ACTS


async def states(world: World) -> list[str]:
    return [row[0] for row in await rows(world, "SELECT state FROM up_report ORDER BY id")]


async def test_a_patroller_files_a_report_with_a_photo_once(browser: Browser, levels: World) -> None:
    client = browser("patroller")
    fields = await hidden(client, "/reports/new", "new")
    for _ in range(2):
        answer = await client.post(
            "/reports/new", data=fields | SAID | {"grid": TOWNSHIP, "place": "三队路口"},
            files={"photos": ("现场.png", PNG, "image/png")},
        )  # fmt: skip
        assert answer.status_code == 303, visible(answer.text)
    ((report, number, accuracy, origin),) = await rows(
        levels, "SELECT id, number, accuracy_m, origin FROM up_report"
    )
    assert answer.headers["location"] == f"/reports/{report}?done=filed"
    assert (accuracy, origin) == (12.0, "patrol")
    page = (await client.get(f"/reports/{report}?done=filed")).text
    assert HOSTILE not in page
    assert "已上报，并已通知研判人员" in visible(page)
    assert "三队路口" in visible(page)
    ((piece, tied),) = await rows(levels, "SELECT id::text, report_id FROM evidence")
    assert tied == report
    # A picture is looked at without what the camera wrote beside it.
    assert f'src="/api/v1/evidence/{piece}/view"' in page
    assert f'src="/api/v1/evidence/{piece}"' not in page
    led = await client.get(f"/reports/{number}")
    assert (led.status_code, led.headers["location"]) == (303, f"/reports/{report}")
    other = await client.post("/reports/new", data=fields | SAID | {"grid": TOWNSHIP, "text": "别的"})
    assert other.status_code == 409


@pytest.mark.parametrize(
    ("over", "said"),
    [
        ({"text": " "}, "请填写：发现情况"),
        ({"category": ""}, "请填写：问题类型"),
        ({"lon": "", "lat": ""}, "请填写：位置"),
        ({"lon": "nan"}, "位置"),
        ({"lat": ""}, "经度和纬度"),
        ({"category": "<b>"}, "问题类型"),
        ({"found_at": "soon"}, "发现时间"),
        ({"found_at": "+60"}, "发现时间须在最近 30 天内"),
        ({"text": "x" * 4001}, "最多 4000"),
    ],
)
async def test_what_is_refused_is_said_and_what_was_typed_stays(
    browser: Browser, levels: World, over: dict[str, str], said: str
) -> None:
    if over.get("found_at") == "+60":
        later = (levels.clock.now() + timedelta(hours=1)).astimezone(BEIJING)
        over = {"found_at": f"{later:%Y-%m-%dT%H:%M}"}
    client = browser("patroller")
    fields = await hidden(client, "/reports/new", "new")
    answer = await client.post(
        "/reports/new", data=fields | SAID | {"grid": TOWNSHIP, "place": "路口"} | over
    )
    assert answer.status_code == 422
    assert said in visible(answer.text)
    assert 'value="路口"' in answer.text
    assert HOSTILE not in answer.text
    assert await states(levels) == []


async def test_only_the_field_of_a_township_or_village_files(browser: Browser, levels: World) -> None:
    for who in ("duty", "supervisor", "viewer", "leader"):
        client = browser(who)
        assert (await client.get("/reports/new")).status_code == 403
        token = Forms((await client.get("/")).text).found["logout"]["csrf_token"]
        body = SAID | {"grid": TOWNSHIP, "csrf_token": token, "once": "x" * 16}
        assert (await client.post("/reports/new", data=body)).status_code == 403
    client = browser("patroller")
    fields = await hidden(client, "/reports/new", "new")
    for foreign in (FOREIGN_TOWNSHIP, COUNTY):
        refused = await client.post("/reports/new", data=fields | SAID | {"grid": foreign})
        assert refused.status_code in (403, 404, 422)
    assert (
        await client.post("/reports/new", data=SAID | {"grid": TOWNSHIP, "once": "y" * 16})
    ).status_code == 403
    assert await states(levels) == []


async def test_a_township_collects_and_solves_or_passes_on(browser: Browser, levels: World) -> None:
    first = await file(levels, VILLAGE, by="villager")
    second = await file(levels, VILLAGE, by="villager", category=ProblemCategory.WASTE)
    assert await offered(browser("villager"), first) == set()
    assert await offered(browser("patroller"), first) == set()
    client = browser("township")
    assert await offered(client, first) == {"forward", "solve"}
    fields = await hidden(client, f"/reports/{first}", "solve")
    empty = await client.post(f"/reports/{first}/solve", data=fields)
    assert empty.status_code == 422
    assert "请填写：处理情况" in visible(empty.text)
    fields = await hidden(client, f"/reports/{first}", "solve")
    for _ in range(2):
        done = await client.post(
            f"/reports/{first}/solve", data=fields | {"measures": f"已扑灭 {HOSTILE}"},
            files={"photos": ("后.png", PNG, "image/png")},
        )  # fmt: skip
        assert (done.status_code, done.headers["location"]) == (303, f"/reports/{first}?done=solve")
    page = (await client.get(f"/reports/{first}")).text
    assert HOSTILE not in page
    assert "已扑灭" in visible(page)
    assert "后.png" in page
    fields = await hidden(client, f"/reports/{second}", "forward")
    assert (await client.post(f"/reports/{second}/forward", data=fields)).status_code == 303
    assert await states(levels) == ["solved", "filed"]
    assert await offered(client, second) == set()


async def test_a_county_judges_and_every_decision_leads_where_it_says(
    browser: Browser, levels: World
) -> None:
    reports = [
        await file(levels, category=category)
        for category in (
            ProblemCategory.BURNING, ProblemCategory.DUST, ProblemCategory.WASTE, ProblemCategory.NOISE,
            ProblemCategory.SEWAGE,
        )
    ]  # fmt: skip
    client = browser("supervisor")
    assert await offered(client, reports[0]) == ACTS - {"forward", "solve"}
    later = (levels.clock.now() + timedelta(days=3)).astimezone(BEIJING)
    order = await levels.order_in(OrderState.ON_SITE)
    ((number,),) = await rows(levels, "SELECT number FROM work_order WHERE id = $1", order)
    bodies: list[tuple[str, dict[str, str]]] = [
        ("order", {"severity": "serious"}),
        ("task", {"grid": TOWNSHIP, "text": "清理", "due_at": f"{later:%Y-%m-%dT%H:%M}"}),
        ("merge", {"into": number}),
        ("dismiss", {"reason": "已核实不实"}),
        ("refer", {"reason": "跨县"}),
    ]
    for report, (act, said) in zip(reports, bodies, strict=True):
        fields = await hidden(client, f"/reports/{report}", act)
        for _ in range(2):
            done = await client.post(f"/reports/{report}/{act}", data=fields | said)
            assert (done.status_code, done.headers["location"]) == (303, f"/reports/{report}?done={act}"), (
                visible(done.text)
            )
    assert await states(levels) == ["ordered", "tasked", "merged", "dismissed", "referred"]
    pages = [(await client.get(f"/reports/{report}")).text for report in reports]
    ((made,),) = await rows(levels, "SELECT order_id FROM up_report WHERE id = $1", reports[0])
    ((task,),) = await rows(levels, "SELECT id FROM task")
    assert f'href="/orders/{made}"' in pages[0]
    assert f'href="/tasks/{task}"' in pages[1]
    assert f'href="/orders/{order}"' in pages[2]
    assert "已核实不实" in visible(pages[3])
    # The order is the county's: those below read its number, and are led to no page that is not theirs.
    below = (await browser("patroller").get(f"/reports/{reports[0]}")).text
    assert f"/orders/{made}" not in below
    assert f'href="/reports/{reports[0]}"' in (await client.get(f"/orders/{made}")).text
    assert f'href="/reports/{reports[1]}"' in (await client.get(f"/tasks/{task}")).text


@pytest.mark.parametrize(
    ("act", "over", "said"),
    [
        ("dismiss", {}, "请填写：事由"),
        ("refer", {"reason": "x" * 501}, "最多 500"),
        ("merge", {"into": "UP-1999-652301-000001"}, "没有该编号"),
        ("merge", {"into": "own"}, "就是本件"),
        ("merge", {}, "请填写：工单号或上报编号"),
        ("merge", {"into": "a\x00b"}, "工单号或上报编号"),
        ("task", {"grid": COUNTY, "text": "x", "due_at": "2099-01-01T00:00"}, "下辖的乡镇"),
        ("task", {"grid": TOWNSHIP, "text": "x", "due_at": "2099-01-01T00:00"}, "任务期限"),
        ("order", {"severity": "loud"}, "严重程度"),
    ],
)
async def test_a_refused_decision_is_said_and_changes_nothing(
    browser: Browser, levels: World, act: str, over: dict[str, str], said: str
) -> None:
    report = await file(levels)
    if over.get("into") == "own":
        over = {"into": (await rows(levels, "SELECT number FROM up_report"))[0][0]}
    client = browser("supervisor")
    fields = await hidden(client, f"/reports/{report}", act)
    answer = await client.post(f"/reports/{report}/{act}", data=fields | over)
    assert answer.status_code in (404, 422), answer.status_code
    assert said in visible(answer.text)
    assert await states(levels) == ["filed"]


async def test_once_referred_the_prefecture_decides_for_any_county(browser: Browser, levels: World) -> None:
    report = await file(levels)
    assert await offered(browser("duty"), report) == set()
    await triage(levels, report, Refer("跨县"))
    assert await offered(browser("supervisor"), report) == set()
    client = browser("duty")
    assert await offered(client, report) == {"order", "merge", "dismiss"}
    fields = await hidden(client, f"/reports/{report}", "order")
    assert (
        await client.post(f"/reports/{report}/order", data=fields | {"grid": OTHER_COUNTY})
    ).status_code == 303
    assert await rows(levels, "SELECT g.code FROM work_order o JOIN grid g ON g.id = o.grid_id") == [
        (OTHER_COUNTY,)
    ]
    # That county sees its order and of the report what it has to know; the report lies outside its grids.
    ((order,),) = await rows(levels, "SELECT id FROM work_order")
    page = (await browser("neighbour").get(f"/orders/{order}")).text
    assert "UP-" in page
    assert f'href="/reports/{report}"' not in page
    assert (await browser("neighbour").get(f"/reports/{report}")).status_code == 404


async def test_two_judge_at_once_and_the_second_is_told(browser: Browser, levels: World) -> None:
    report = await file(levels)
    client = browser("supervisor")
    fields = await hidden(client, f"/reports/{report}", "order")
    await triage(levels, report, Dismiss("重复"), by="chief")
    late = await client.post(f"/reports/{report}/order", data=fields)
    assert late.status_code == 409
    assert "该上报已由他人处理" in visible(late.text)
    assert set(Forms(late.text).found) & ACTS == set()


async def test_who_may_not_act_is_refused_and_foreign_reports_are_not_there(
    browser: Browser, levels: World
) -> None:
    report = await file(levels)
    ((number,),) = await rows(levels, "SELECT number FROM up_report")
    for who, status in (
        ("patroller", 403),
        ("duty", 403),
        ("viewer", 403),
        ("neighbour", 404),
        ("foreigner", 404),
    ):
        client = browser(who)
        token = Forms((await client.get("/")).text).found["logout"]["csrf_token"]
        body = {"csrf_token": token, "once": "x" * 16, "reason": "不要"}
        refused = await client.post(f"/reports/{report}/dismiss", data=body)
        assert refused.status_code == status, who
        assert (await client.get(f"/reports/{report}")).status_code == (404 if status == 404 else 200)
        assert (await client.get(f"/reports/{number}")).status_code == (404 if status == 404 else 303)
        assert ("村口焚烧" in (await client.get("/reports")).text) is (status != 404)
    officer = browser("supervisor")
    assert (
        await officer.post(f"/reports/{report}/dismiss", data={"once": "z" * 16, "reason": "不要"})
    ).status_code == 403
    assert await states(levels) == ["filed"]
    for odd in ("UP-%00", "nothing", "9" * 30, "0"):
        assert (await officer.get(f"/reports/{odd}")).status_code == 404


async def test_what_waits_for_the_reader_stands_first_the_first_due_on_top(
    browser: Browser, levels: World
) -> None:
    old = await file(levels, text="先报的")
    levels.clock.advance(minutes=5)
    new = await file(levels, text="后报的")
    await triage(levels, await file(levels, text="判过的"), Dismiss("不实"))
    village = await file(levels, VILLAGE, by="villager", text="村里的")
    page = (await browser("supervisor").get("/reports")).text
    places = [page.index(f'id="report-{one}"') for one in (old, new, village)]
    assert places == sorted(places)
    assert page.index('id="others"') > places[1]
    assert page.index("判过的") > page.index('id="others"')
    assert 'class="countdown' in page
    # Of a township its own first, and who only files has no such list.
    page = (await browser("township").get("/reports")).text
    assert page.index(f'id="report-{village}"') < page.index('id="others"') < page.index(f'id="report-{new}"')
    assert 'id="waiting-title"' not in (await browser("patroller").get("/reports")).text


async def test_filters_of_the_address_hold_and_a_cursor_leads_on(
    browser: Browser, levels: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.console.reports.ROWS", 2)
    mine = [await file(levels, text=f"第{one}件") for one in range(5)]
    village = await file(levels, VILLAGE, by="villager")
    await triage(levels, mine[0], Dismiss("不实"))
    client = browser("patroller")

    async def shown(query: str) -> list[int]:
        page = await client.get(f"/reports?{query}")
        assert page.status_code == 200
        every = [*mine, village]
        found = [(page.text.find(f'id="report-{one}"'), one) for one in every]
        return [one for at, one in sorted(found) if at >= 0]

    assert await shown("") == [village, mine[4]]
    assert await shown("state=dismissed") == [mine[0]]
    assert await shown("next=township") == [village]
    assert await shown("next=nobody") == [mine[0]]
    assert await shown("next=nobody&state=filed") == []
    assert await shown("next=me") == []
    assert await shown(f"grid={VILLAGE}") == [village]
    assert await shown("mine=1") == [mine[4], mine[3]]
    assert await shown("overdue=1") == []
    levels.clock.advance(hours=3)
    assert await shown("overdue=1&mine=1") == [mine[4], mine[3]]
    page = (await client.get("/reports?mine=1")).text
    further = page[page.index("/reports?mine=1&amp;cursor=") :].split('"')[0].replace("&amp;", "&")
    assert await shown(further.partition("?")[2]) == [mine[2], mine[1]]
    for odd in (f"grid={FOREIGN_TOWNSHIP}", "state=odd", "next=odd", "grid=" + "9" * 70):
        assert (await client.get(f"/reports?{odd}")).status_code == 404
    assert (await client.get("/reports?cursor=odd")).status_code == 422


async def test_the_menu_and_the_board_lead_those_below_to_their_work(browser: Browser, levels: World) -> None:
    await file(levels, VILLAGE, by="villager")
    for who, leads in (
        ("patroller", True),
        ("supervisor", True),
        ("chief", True),
        ("duty", True),
        ("viewer", False),
    ):
        page = (await browser(who).get("/")).text
        assert ('<a href="/reports"' in page) is leads, who
        assert ('id="below"' in page) is (who == "patroller")
    page = visible((await browser("township").get("/")).text)
    assert "1 件待您处理" in page
    await file(levels)
    for who, waits in (
        ("township", True),
        ("supervisor", True),
        ("chief", True),
        ("duty", False),
        ("patroller", False),
    ):
        for path in ("/", "/board/counters"):
            counted = (await browser(who).get(path)).text
            assert ('data-counter="judging">1<' in counted) is waits, (who, path)
            assert ("/reports?next=me" in counted) is waits
    assert "件待您处理" not in visible((await browser("villager").get("/")).text)
    assert "/reports" in (await browser(None).get("/f")).text


async def test_feed_and_desk_lead_to_the_report_that_is_late(browser: Browser, levels: World) -> None:
    await file(levels)
    levels.clock.advance(hours=30)
    async with transaction(levels.sessions) as session:
        await levels.context.pipeline.tick(session, now=levels.clock.now(), limit=100)
    ((number,),) = await rows(levels, "SELECT number FROM up_report")
    client = browser("duty")
    for path in ("/", "/desk"):
        assert f'href="/reports/{number}"' in (await client.get(path)).text, path


async def test_a_report_far_from_every_station_says_why_there_is_no_map(
    browser: Browser, levels: World
) -> None:
    client = browser("patroller")
    fields = await hidden(client, "/reports/new", "new")
    said = fields | SAID | {"grid": TOWNSHIP, "place": "戈壁", "lon": "89.500000", "lat": "45.500000"}
    answer = await client.post("/reports/new", data=said)
    assert answer.status_code == 303, visible(answer.text)
    page = (await client.get(answer.headers["location"])).text
    assert "5 公里内没有您可见的站点或登记源" in visible(page)
    assert 'id="place-map"' not in page
    assert "place.js" not in page
