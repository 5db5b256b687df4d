"""The pages of who answers and of the yearly duties over HTTP: roles, scope, forms that act once, hostile text."""

from sqlalchemy import func, select

from app.database import transaction
from app.flows import yearly
from models.duty import StaffList
from models.yearly import YearlyDuty, YearlyRecord
from tests.api.browsing import Browser, visible
from tests.api.conftest import Client
from tests.factories import COUNTY, OTHER_COUNTY, TOWNSHIP, World

PAGE = f"/supervision/duties/{COUNTY}"
HOSTILE = "<script>alert(1)</script>"


def hidden(text: str, action: str) -> dict[str, str]:
    """The hidden fields of the form with this action."""
    form = text[text.index(f'action="{action}"') :]
    names = ("csrf_token", "once")
    return {name: form.split(f'name="{name}" value="', 1)[1].split('"', 1)[0] for name in names}


async def test_a_county_files_its_list_and_the_prefecture_notes_it(browser: Browser, world: World) -> None:
    chief, desk = browser("chief"), browser("duty")
    text = (await chief.get(f"{PAGE}?lang=en")).text
    assert "Two chiefs and an office" in text
    assert "policy, annex 2 art. 5 (1) item 1" in visible(text)
    fields = hidden(text, f"{PAGE}/filed") | {"as_of": "2026-11-01", "document": HOSTILE}
    empty = await chief.post(f"{PAGE}/filed", data=fields | {"document": " "})
    assert empty.status_code == 422
    assert "Give the document" in empty.text
    for _ in range(2):
        assert (await chief.post(f"{PAGE}/filed", data=fields)).status_code == 303
    async with world.sessions() as session:
        (made,) = (await session.scalars(select(StaffList.id))).all()
    shown = await desk.get(f"/supervision/duties/lists/{made}")
    assert HOSTILE not in shown.text
    assert "&lt;script&gt;" in shown.text
    note = f"/supervision/duties/lists/{made}/note"
    assert "受理备案" not in (await chief.get(f"/supervision/duties/lists/{made}")).text
    assert (await chief.post(note, data=fields)).status_code == 403
    assert (await desk.post(note, data=hidden(shown.text, note))).status_code == 303
    assert "姓名 duty" in (await chief.get(f"/supervision/duties/lists/{made}")).text


async def test_who_may_see_what(browser: Browser, world: World) -> None:
    for who, path, status in (
        ("viewer", "/supervision/duties", 403), ("viewer", "/supervision/yearly", 403),
        ("neighbour", PAGE, 404), ("duty", f"/supervision/duties/{TOWNSHIP}", 404),
        ("duty", "/supervision/duties/lists/1", 404), ("duty", "/supervision/yearly/1", 404),
    ):  # fmt: skip
        assert (await browser(who).get(path)).status_code == status, (who, path)
    assert "阜康市" not in (await browser("chief").get("/supervision/duties")).text
    index = (await browser("chief").get("/supervision")).text
    assert "网格责任人" in index
    assert "年度工作" in index


async def test_a_training_is_recorded_on_its_page(browser: Browser, world: World) -> None:
    async with transaction(world.sessions) as session:
        await yearly.keep(world.context.pipeline, session, clock=world.clock)
    async with world.sessions() as session:
        statement = select(YearlyDuty.id).where(
            YearlyDuty.kind == "training", YearlyDuty.grid_id == world.grids[COUNTY].id
        )
        training = int(await session.scalar(statement) or 0)
    chief, page = browser("chief"), f"/supervision/yearly/{training}"
    text = (await chief.get(f"{page}?lang=en")).text
    fields = hidden(text, f"{page}/records") | {"done_on": "2026-11-20", "document": "培训通知〔2026〕1号"}
    refused = await chief.post(f"{page}/records", data=fields)
    assert refused.status_code == 422
    assert "Say who attended" in refused.text
    assert "培训通知" in refused.text
    good = fields | {"attendees": f"supervisor\r\n{HOSTILE}"}
    assert (await browser("neighbour").get(page)).status_code == 404
    for _ in range(2):
        assert (await chief.post(f"{page}/records", data=good)).status_code == 303
    shown = (await chief.get(page)).text
    assert "姓名 supervisor" in shown
    assert HOSTILE not in shown
    async with world.sessions() as session:
        assert await session.scalar(select(func.count()).select_from(YearlyRecord)) == 1
    listed = (await browser("duty").get("/supervision/yearly?kind=training&state=done&lang=en")).text
    assert f'href="{page}"' in listed
    assert (
        await browser("duty").get("/supervision/yearly?year=99999999999&kind=x&level=9")
    ).status_code == 200


async def test_the_public_reads_sub_chiefs_and_how_to_complain(
    client: Client, browser: Browser, world: World
) -> None:
    new = {"username": "fen", "name": "李分管", "role": "sub_chief", "grid": OTHER_COUNTY}
    assert (await client("admin").post("/people", json=new)).status_code == 201
    said = {"kind": "published", "as_of": "2026-11-02", "place": "市政府网", "contact": f"0994-1 {HOSTILE}"}
    made = await client("neighbour").post(f"/supervision/duties/{OTHER_COUNTY}/lists", json=said)
    assert made.status_code == 201
    world.clock.advance(minutes=2)
    grids = (await client(None).get("/public/grids")).json()["grids"]
    (grid,) = [one for one in grids if one["code"] == OTHER_COUNTY]
    assert grid["sub_chiefs"] == [{"name": "李分管", "covers": []}]
    assert grid["list"]["place"] == "市政府网"
    page = (await browser(None).get("/public")).text
    assert "李分管" in page
    assert HOSTILE not in page
