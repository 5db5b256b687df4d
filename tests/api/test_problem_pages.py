"""The pages of the problem list: who is offered what, forms act once, hostile words are only words."""

from datetime import timedelta

from tests.api.browsing import Browser, Forms, visible
from tests.api.conftest import Client
from tests.api.test_problem_list import DUST, PATH, day, did, entered
from tests.factories import COUNTY, World

HOSTILE = "<script>alert(1)</script>"


async def test_from_entering_to_clearing_by_forms(browser: Browser, client: Client, world: World) -> None:
    duty, county = browser("duty"), browser("supervisor")
    fields = Forms((await duty.get(f"{PATH}/new")).text).found["new"]
    said = {
        "grid": COUNTY, "category": "dust", "title": HOSTILE, "text": "未覆盖", "kind": "complaint", "ref": "12369-1",
        "lon": "87.3", "lat": "44.0",
    }  # fmt: skip
    for _ in range(2):
        made = await duty.post(f"{PATH}/new", data=fields | said)
        assert made.status_code == 303, made.text
    page = await duty.get(made.headers["location"])
    assert HOSTILE not in page.text
    assert "WT-2026-00001" in page.text
    assert "WT-2026-00002" not in (await duty.get(PATH)).text
    again = await duty.post(
        f"{PATH}/new", data=Forms((await duty.get(f"{PATH}/new")).text).found["new"] | said
    )
    assert again.status_code == 422
    assert "该来源已列入问题 WT-2026-00001" in again.text
    assert 'href="/supervision/problems/WT-2026-00001"' in again.text
    forms = Forms(page.text).found
    assert set(forms) >= {"push", "judge", "withdraw", "find", "merge"}
    assert "correct" not in forms
    one = made.headers["location"].partition("?")[0]
    pushed = await duty.post(f"{one}/push", data=forms["push"] | {"due_on": day(world, 3)})
    assert pushed.status_code == 303
    theirs = await county.get(one)
    assert "整改中" in visible(theirs.text)
    forms = Forms(theirs.text).found
    assert "correct" in forms
    assert not {"push", "clear", "judge", "merge"} & set(forms)
    assert (
        await county.post(f"{one}/correct", data=forms["correct"] | {"text": "已覆盖"})
    ).status_code == 303
    forms = Forms((await duty.get(one)).text).found
    refused = await duty.post(f"{one}/return", data=forms["return"] | {"text": "否", "due_on": "2020-01-01"})
    assert refused.status_code == 422
    assert "整改期限应不早于今天" in refused.text
    assert (await duty.post(f"{one}/clear", data=forms["clear"] | {"text": "核实"})).status_code == 303
    assert "已销号" in visible((await county.get(one)).text)
    assert (await browser("neighbour").get(one)).status_code == 404
    assert (await county.get(f"{PATH}/new")).status_code == 403
    assert (await county.get(f"{PATH}/candidates")).status_code == 403
    found = await duty.get(f"{PATH}/WT-2026-00001")
    assert found.headers["location"] == one


async def test_a_town_reads_the_problems_that_lie_in_it(
    browser: Browser, client: Client, world: World
) -> None:
    own = (await entered(client))["id"]
    beside = (await entered(client, "督-2", grid=COUNTY, title="别处"))["id"]
    town = browser("patroller")
    listed = (await town.get(PATH)).text
    assert DUST["title"] in listed
    assert "发现时间" in listed
    assert "别处" not in listed
    page = await town.get(f"{PATH}/{own}")
    assert not {"push", "correct", "judge", "merge"} & set(Forms(page.text).found)
    assert f"{PATH}/{beside}" not in page.text
    assert (await town.get(f"{PATH}/{beside}")).status_code == 404
    refused = await client("patroller").post(f"{PATH}/{own}/correct", json={"text": "已覆盖", "evidence": []})
    assert refused.status_code == 403
    assert "别处" in (await browser("supervisor").get(PATH)).text


async def test_the_board_counts_and_leads_to_what_it_counts(
    browser: Browser, client: Client, world: World
) -> None:
    late = await entered(client)
    await did(client, "duty", late["id"], "push", due_on=day(world, 1))
    await entered(client, "督-2", category="burning", title="焚烧")
    world.clock.advance(days=2)
    duty = browser("duty")
    listed = (await duty.get(f"{PATH}?grid={COUNTY}&overdue=1")).text.partition('id="problems"')[2]
    assert "堆场未覆盖" in listed
    assert "督-2" not in listed
    assert "焚烧" not in listed
    forms = Forms((await duty.get(f"{PATH}/{late['id']}")).text).found
    checked = await duty.post(f"{PATH}/{late['id']}/check", data=forms["check"] | {"text": "仍未覆盖"})
    assert checked.status_code == 303
    page = visible((await browser("chief").get(f"{PATH}/{late['id']}")).text)
    assert "由州大气办通报批评" in page
    assert "check" not in Forms((await duty.get(f"{PATH}/{late['id']}")).text).found


async def test_a_sample_is_drawn_and_looked_at_by_forms(
    browser: Browser, client: Client, world: World
) -> None:
    one = (await entered(client))["id"]
    await did(client, "duty", one, "push", due_on=day(world, 1))
    await did(client, "supervisor", one, "correct", text="已覆盖")
    await did(client, "duty", one, "clear", text="核实")
    world.clock.advance(hours=1)
    duty = browser("duty")
    fields = Forms((await duty.get(f"{PATH}/samples")).text).found["samples"]
    local = world.clock.now() + timedelta(hours=8)
    said = {"from": (local - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M"), "size": "1"}
    drawn = await duty.post(
        f"{PATH}/samples", data=fields | said | {"until": local.strftime("%Y-%m-%dT%H:%M")}
    )
    assert drawn.status_code == 303, drawn.text
    sample = drawn.headers["location"].partition("?")[0]
    fields = Forms((await duty.get(sample)).text).found[str(one)]
    looked = await duty.post(f"{sample}/{one}", data=fields | {"outcome": "failed", "finding": "又裸露"})
    assert looked.status_code == 303, looked.text
    assert "整改不到位" in visible((await duty.get(sample)).text)
    assert DUST["title"] in (await browser("supervisor").get(PATH)).text
