"""The page of the desk over HTTP: who acts there, what it shows, and forms that act once."""

from typing import Any

import httpx
import pytest
from sqlalchemy import update

from app.database import transaction
from models.bulk import fetch
from models.registry import Person
from tests.api.browsing import Browser, Forms, visible
from tests.api.conftest import Client
from tests.api.test_roster import ROTATIONS, rotation
from tests.factories import PREFECTURE, World

HOSTILE = "<script>alert(1)</script>"


async def form(client: httpx.AsyncClient, name: str, path: str = "/desk") -> dict[str, str]:
    """The hidden fields of the form that posts to an address that ends so."""
    page = await client.get(path)
    assert page.status_code == 200, page.text
    return Forms(page.text).found[name]


async def send(client: httpx.AsyncClient, name: str, **typed: str) -> httpx.Response:
    return await client.post(f"/desk/{name}", data=await form(client, name) | typed)


async def notes(world: World) -> list[Any]:
    async with world.sessions() as session:
        rows = await fetch(
            session, "SELECT id, remarks, confirmed_by, confirm_remark FROM desk_note ORDER BY id"
        )
    return [tuple(row) for row in rows]


async def handed_over(client: httpx.AsyncClient, remarks: str = "") -> None:
    for name, typed in (("sign-in", {}), ("sign-out", {"remarks": remarks})):
        answer = await send(client, name, **typed)
        assert answer.status_code == 303, answer.text
        assert answer.headers["location"] == f"/desk?done={name}"


async def test_the_story_of_two_shifts(browser: Browser, world: World) -> None:
    order_id = await world.order()
    world.clock.advance(minutes=20)
    evening, morning = browser("duty"), browser("both")
    text = visible((await evening.get("/desk")).text)
    assert "当前无人在岗" in text
    assert "已逾期未答复 1" in text
    await handed_over(evening, f"盯紧三号工地 {HOSTILE}")
    page = (await morning.get("/desk")).text
    assert f'href="/orders/{order_id}"' in page
    assert HOSTILE not in page
    assert "&lt;script&gt;" in page
    assert "请先签到接班" in page
    assert "confirm" not in Forms(page).found

    await send(morning, "sign-in")
    fields = await form(morning, "confirm")
    ((note_id, *_),) = await notes(world)
    path = f"/desk/notes/{note_id}"
    for _ in range(2):
        answer = await morning.post(f"{path}/confirm", data=fields | {"remark": "已核实"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/desk?done=confirm")
    assert [row[2:] for row in await notes(world)] == [(world.people["both"].id, "已核实")]
    note = (await morning.get(path)).text
    assert "confirm" not in Forms(note).found
    assert "接班人签字" in note
    assert "已核实" in note
    # The board says nothing once somebody sits there and nothing waits.
    assert 'id="desk-line" class="banner desk-line" hidden' in (await morning.get("/")).text


async def test_a_form_sent_again_leaves_one_note(browser: Browser, world: World) -> None:
    client = browser("duty")
    await send(client, "sign-in")
    fields = await form(client, "sign-out") | {"remarks": "x"}
    for _ in range(2):
        assert (await client.post("/desk/sign-out", data=fields)).status_code == 303
    assert len(await notes(world)) == 1
    other = await client.post("/desk/sign-out", data=fields | {"remarks": "y"})
    assert other.status_code == 409
    assert "该表单已提交过" in other.text


async def test_what_is_refused_is_said_and_what_was_typed_stays(browser: Browser, world: World) -> None:
    client = browser("duty")
    stale = await form(client, "sign-in")
    await send(client, "sign-in")
    twice = await client.post("/desk/sign-in", data=stale | {"once": "another"})
    assert (twice.status_code, "不必重复签到" in twice.text) == (409, True)
    fields = await form(client, "sign-out")
    long = await client.post("/desk/sign-out", data=fields | {"remarks": "长" * 2001})
    assert long.status_code == 422
    assert "交班说明：最多 2000 个字符" in long.text
    assert "长" * 2001 in long.text
    odd = await client.post("/desk/sign-out", data=fields | {"remarks": "a\x00b"})
    assert (odd.status_code, await notes(world)) == (422, [])
    assert (await client.post("/desk/sign-out", data=fields | {"remarks": "a\r\nb"})).status_code == 303
    ((note_id, remarks, *_),) = await notes(world)
    assert remarks == "a\nb"
    gone = await client.post("/desk/sign-out", data=fields | {"once": "third"})
    assert (gone.status_code, "您尚未签到" in gone.text) == (409, True)

    await send(client, "sign-in")
    own = (await client.get(f"/desk/notes/{note_id}")).text
    assert "须由接班人确认" in own
    forced = await client.post(f"/desk/notes/{note_id}/confirm", data=fields | {"once": "own"})
    assert (forced.status_code, "须由接班人确认" in forced.text) == (403, True)
    admin = browser("admin")
    hidden = await form(admin, "sign-in")
    early = await admin.post(
        f"/desk/notes/{note_id}/confirm", data=hidden | {"once": "early", "remark": "看"}
    )
    assert (early.status_code, "请先签到接班" in early.text) == (403, True)


async def test_acts_without_a_token_change_nothing(browser: Browser, world: World) -> None:
    client = browser("duty")
    fields = await form(client, "sign-in")
    assert (await client.post("/desk/sign-in", data=fields | {"csrf_token": "x"})).status_code == 403
    assert (await client.post("/desk/sign-in", data={"csrf_token": fields["csrf_token"]})).status_code == 422
    assert "当前无人在岗" in (await client.get("/desk")).text
    answer = await browser(None).get("/desk")
    assert answer.headers["location"] == "/login?next=%2Fdesk"


@pytest.mark.parametrize("who", ["supervisor", "chief", "viewer", "patroller", "nobody"])
async def test_a_county_has_no_page_no_entry_and_no_line(browser: Browser, world: World, who: str) -> None:
    await handed_over(browser("duty"))
    client = browser(who)
    assert (await client.get("/desk")).status_code == 403
    assert (await client.get("/desk/notes/1")).status_code == 404
    assert (await client.get("/desk/line")).status_code == 204
    board = (await client.get("/")).text
    assert 'href="/desk"' not in board
    assert "desk-line" not in board


async def test_a_chief_of_the_prefecture_reads_and_has_no_form(browser: Browser, world: World) -> None:
    await handed_over(browser("duty"), "说明")
    client = browser("leader")
    page = (await client.get("/desk")).text
    assert "说明" in page
    assert set(Forms(page).found) == {"logout"}
    assert set(Forms((await client.get("/desk/notes/1")).text).found) == {"logout"}
    token = Forms(page).found["logout"]["csrf_token"]
    refused = await client.post("/desk/sign-in", data={"csrf_token": token, "once": "x"})
    assert refused.status_code == 403


async def test_the_board_tells_that_nobody_sits_and_what_waits(browser: Browser, world: World) -> None:
    client = browser("leader")
    assert "当前无人在岗" in (await client.get("/")).text
    await handed_over(browser("duty"))
    line = visible((await client.get("/desk/line")).text)
    assert "当前无人在岗" in line
    assert "有 1 份交班记录待确认" in line
    assert "desk-line" not in (await client.get("/?wall=1")).text
    await send(browser("both"), "sign-in")
    world.clock.advance(hours=25)
    later = browser("leader")
    assert "当前无人在岗" in (await later.get("/desk/line")).text
    assert "未签退" in (await later.get("/desk")).text


async def test_whoever_has_the_turn_and_is_not_there_is_named(
    browser: Browser, client: Client, world: World
) -> None:
    turns = rotation(grid=PREFECTURE, role="duty_officer", members=["both", "duty"])
    assert (await client("admin").post(ROTATIONS, json=turns)).status_code == 201
    planned = visible((await browser("leader").get("/desk")).text)
    assert "按排班： 姓名 both 未签到 至 11-23 20:00:00" in planned
    await send(browser("both"), "sign-in")
    assert "按排班： 姓名 both 至 11-23 20:00:00" in visible((await browser("leader").get("/desk")).text)


async def test_an_alarm_that_is_muted_is_told_until_it_rings_again(browser: Browser, world: World) -> None:
    duty = browser("duty")
    page = (await duty.get("/")).text
    csrf = Forms(page).found["logout"]["csrf_token"]
    said = {"csrf_token": csrf, "once": "m", "alarm": "breached", "minutes": "30", "reason": "正在电话催办"}
    assert (await duty.post("/board/mute", data=said)).status_code == 200
    text = visible((await duty.get("/desk")).text)
    assert "已静音的提醒 1" in text
    assert "正在电话催办" in text
    world.clock.advance(minutes=30)
    assert "已静音的提醒 1" not in visible((await duty.get("/desk")).text)


async def test_a_forgotten_shift_is_ended_on_the_page(browser: Browser, world: World) -> None:
    await send(browser("duty"), "sign-in")
    world.clock.advance(hours=25)
    client = browser("both")
    assert "end" not in Forms((await client.get("/desk")).text).found
    await send(client, "sign-in")
    fields = await form(client, "end")
    for _ in range(2):
        answer = await client.post("/desk/shifts/1/end", data=fields)
        assert answer.headers["location"] == "/desk?done=end"
    page = (await client.get("/desk?done=end")).text
    assert "已结束未签退的班次" in page
    assert "姓名 duty" not in page
    again = await client.post("/desk/shifts/1/end", data=fields | {"once": "x"})
    assert (again.status_code, "该班次已结束" in again.text) == (409, True)


async def test_the_list_is_paged_and_hostile_names_are_text(browser: Browser, world: World) -> None:
    async with transaction(world.sessions) as session:
        await session.execute(update(Person).where(Person.username == "duty").values(name=HOSTILE))
    client = browser("duty")
    for _ in range(21):
        await handed_over(client)
    page = await client.get("/desk?lang=en")
    assert HOSTILE not in page.text
    assert "&lt;script&gt;" in page.text
    assert page.text.count('href="/desk/notes/21"') == 1
    assert page.text.count('href="/desk/notes/5"') == 2
    assert page.text.count('href="/desk/notes/6"') == 1
    assert "16 further notes are to be confirmed" in visible(page.text)
    assert 'href="/desk/notes/1"' in page.text  # the oldest of those to be confirmed stands on top
    further = page.text.split('id="notes"')[1]
    assert 'href="/desk/notes/1"' not in further.split("</section>")[0]
    address = further.split('<p><a href="')[1].split("#")[0].replace("&amp;", "&")
    rest = (await client.get(address)).text.split('id="notes"')[1]
    assert 'href="/desk/notes/1"' in rest.split("</section>")[0]
    assert (await client.get("/desk?cursor=x")).status_code == 422
    assert (await client.get("/desk?grid=nothing")).status_code == 404


async def test_the_page_has_no_inline_script_or_style(browser: Browser, world: World) -> None:
    await world.order()
    world.clock.advance(minutes=20)
    await handed_over(browser("duty"))
    for path in ("/desk", "/desk/notes/1", "/desk/line"):
        page = await browser("duty").get(path)
        assert page.status_code == 200
        assert "unsafe" not in page.headers["Content-Security-Policy"]
        assert " style=" not in page.text
        assert "<style" not in page.text
        assert " onclick=" not in page.text
