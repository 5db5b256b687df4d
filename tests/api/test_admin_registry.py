"""Pages of the registry: the tree, grids and stations with their forms; the same rules as a file, for whom they are."""

import json

import httpx
import pytest
from sqlalchemy import func, select, update

from app.credentials import verify_secret
from app.database import transaction
from app.registry.directory import Directory
from models.bulk import fetch
from models.enums import EventKind, Role
from models.journal import JournalEvent
from models.registry import Grid, Person, Station
from tests.api.browsing import Browser, Forms, visible
from tests.api.test_admin_people import alert, hidden, secret
from tests.factories import COUNTY, OTHER_COUNTY, PREFECTURE, TOWNSHIP, World, make_person

GRID = f"/admin/registry/{COUNTY}"
STATION = "/admin/registry/stations/WZ-1"
SQUARE = {"type": "Polygon", "coordinates": [[[87, 44], [88, 44], [88, 45], [87, 45], [87, 44]]]}


async def edit_form(client: httpx.AsyncClient, path: str = GRID) -> dict[str, str]:
    form = await hidden(client, path, "edit")
    if path == GRID:
        return form | {"name": "昌吉市", "kind": "administrative", "parent": PREFECTURE}
    return form | {"name": "微站", "grid": COUNTY, "lon": "87.3", "lat": "44", "cadence_s": "60"}


async def row(world: World, code: str) -> Grid:
    async with world.sessions() as session:
        return (await session.scalars(select(Grid).where(Grid.code == code))).one()


async def station(world: World, code: str) -> Station:
    async with world.sessions() as session:
        return (await session.scalars(select(Station).where(Station.code == code))).one()


async def test_the_tree_shows_two_levels_and_each_grid_what_is_below(browser: Browser) -> None:
    officer = browser("duty")
    tree = (await officer.get("/admin/registry")).text
    assert all(code in tree for code in (PREFECTURE, COUNTY, OTHER_COUNTY))
    assert TOWNSHIP not in tree
    page = (await officer.get(GRID)).text
    assert TOWNSHIP in page
    assert "WZ-1" in page
    assert "姓名 supervisor" in page
    # Whoever only reads has no form but that of signing out.
    assert set(Forms(page).found) == {"logout"}
    for path in ("/admin/registry", GRID, STATION, "/admin/staffing"):
        assert (await browser("supervisor").get(path)).status_code == 403
    for path in ("/admin/registry/none", "/admin/registry/stations/none", "/admin/registry/%00"):
        assert (await officer.get(path)).status_code == 404


async def test_a_grid_is_changed_once_and_every_process_hears_of_it(browser: Browser, world: World) -> None:
    admin = browser("admin")
    form = await edit_form(admin)
    form |= {"name": "新昌吉", "aliases": "昌吉\n 回城 ", "boundary": json.dumps(SQUARE), "reason": "更名"}
    for _ in range(2):
        answer = await admin.post(f"{GRID}/edit", data=form)
        assert answer.headers["location"] == f"{GRID}?done=edit"
    changed = await row(world, COUNTY)
    assert (changed.name, changed.aliases) == ("新昌吉", ["昌吉", "回城"])
    assert changed.boundary is not None
    async with world.sessions() as session:
        events = (
            await session.scalars(
                select(JournalEvent).where(JournalEvent.kind == EventKind.REGISTRY_LOADED.value)
            )
        ).all()
        other = Directory()
        await other.refresh(session)
    assert [(event.actor_id, event.data["reason"]) for event in events] == [
        (world.people["admin"].id, "更名")
    ]
    assert events[0].data["edited"] == {
        "grid": COUNTY,
        "from": {"aliases": [], "name": "昌吉市"},
        "to": {"aliases": ["昌吉", "回城"], "name": "新昌吉"},
        "renewed": ["boundary"],
    }
    found = other.grid_by_code(COUNTY)
    assert found is not None
    assert found.name == "新昌吉"
    # Without a boundary pasted, the one that is there stays.
    for said in ("edit", "same"):
        form = await edit_form(admin)
        answer = await admin.post(f"{GRID}/edit", data=form)
        assert answer.headers["location"] == f"{GRID}?done={said}"
    assert (await row(world, COUNTY)).boundary is not None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"parent": OTHER_COUNTY}, "2 级"),
        ({"parent": "X9"}, "X9"),
        ({"name": ""}, "名称"),
        ({"kind": "kingdom"}, "kingdom"),
        ({"boundary": "{"}, "GeoJSON"),
        ({"boundary": '{"type": "Polygon", "coordinates": [[[1, NaN]]]}'}, "GeoJSON"),
        ({"boundary": "[" * 5000}, "GeoJSON"),
        (
            {"boundary": '{"type": "Polygon", "coordinates": [[[1, 1], [2, 2], [2, 1], [1, 2], [1, 1]]]}'},
            "多边形",
        ),
    ],
)
async def test_a_grid_meets_the_rules_of_the_loader(
    browser: Browser, world: World, change: dict[str, str], said: str
) -> None:
    admin = browser("admin")
    answer = await admin.post(f"{GRID}/edit", data=await edit_form(admin) | {"aliases": "留着"} | change)
    assert answer.status_code in (403, 422)
    assert said in alert(answer.text)
    assert "留着" in answer.text
    assert (await row(world, COUNTY)).aliases == []


async def test_two_administrators_at_once(browser: Browser, world: World) -> None:
    admin = browser("admin")
    one, two = await edit_form(admin), await edit_form(admin)
    assert (await admin.post(f"{GRID}/edit", data=one | {"name": "甲"})).status_code == 303
    stale = await admin.post(f"{GRID}/edit", data=two | {"name": "乙"})
    assert stale.status_code == 412
    assert "已有人改动" in alert(stale.text)
    assert (await row(world, COUNTY)).name == "甲"
    one, two = await edit_form(admin, STATION), await hidden(admin, STATION, "retire")
    assert (await admin.post(f"{STATION}/edit", data=one)).status_code == 303
    assert (await admin.post(f"{STATION}/retire", data=two)).status_code == 412
    assert (await station(world, "WZ-1")).retired_at is None


async def test_a_new_grid_stands_below_its_parent(browser: Browser, world: World) -> None:
    admin = browser("admin")
    form = await hidden(admin, GRID, "grid")
    form |= {"code": "652301101", "name": "示范镇", "kind": "administrative"}
    answer = await admin.post(f"{GRID}/grid", data=form)
    assert answer.headers["location"] == "/admin/registry/652301101?done=grid"
    made = await row(world, "652301101")
    assert (made.level, made.parent_id) == (3, world.grids[COUNTY].id)
    assert (await admin.get("/admin/registry/652301101")).status_code == 200
    form = await hidden(admin, GRID, "grid") | {"code": "652301101", "name": "x", "kind": "key"}
    taken = await admin.post(f"{GRID}/grid", data=form)
    assert "已被使用" in alert(taken.text)
    form = await hidden(admin, GRID, "grid") | {"code": "a b", "name": "x", "kind": "key"}
    assert (await admin.post(f"{GRID}/grid", data=form)).status_code == 422


async def test_a_station_comes_goes_and_returns(browser: Browser, world: World) -> None:
    admin = browser("admin")
    form = await hidden(admin, GRID, "station")
    form |= {"code": "WZ-9", "name": "九", "kind": "micro", "lon": "87.5", "lat": "44.5", "cadence_s": "300"}
    first, again = (
        await admin.post(f"{GRID}/station", data=form),
        await admin.post(f"{GRID}/station", data=form),
    )
    assert secret(first.text) == secret(again.text)
    made = await station(world, "WZ-9")
    assert verify_secret(secret(first.text), made.secret_hash or "")
    assert (made.cadence_s, made.grid_id) == (300, world.grids[COUNTY].id)
    assert world.context.directory.station("WZ-9") is not None

    path = "/admin/registry/stations/WZ-9"
    form = await hidden(admin, path, "secret")
    new = await admin.post(f"{path}/secret", data=form)
    assert secret(new.text) != secret(first.text)
    assert verify_secret(secret(new.text), (await station(world, "WZ-9")).secret_hash or "")

    await admin.post(f"{path}/retire", data=await hidden(admin, path, "retire") | {"reason": "拆除"})
    assert (await station(world, "WZ-9")).retired_at == world.clock.now()
    assert world.context.directory.station("WZ-9") is None
    assert "已停用" in (await admin.get(GRID)).text
    await admin.post(f"{path}/return", data=await hidden(admin, path, "return"))
    assert (await station(world, "WZ-9")).retired_at is None
    async with world.sessions() as session:
        said = (await session.scalars(select(JournalEvent.data).order_by(JournalEvent.id))).all()
    edits = [data.get("edited") for data in said if "edited" in data]
    assert edits == [
        {"station": "WZ-9", "new": True},
        {"station": "WZ-9", "from": {}, "to": {}, "renewed": ["secret"]},
        {"station": "WZ-9", "retired": True},
        {"station": "WZ-9", "retired": False},
    ]


@pytest.mark.parametrize(
    "change",
    [{"lon": "x"}, {"lat": "91"}, {"lon": "inf"}, {"cadence_s": "0"}, {"cadence_s": "1.5"}, {"grid": "X9"}],
)
async def test_a_station_meets_the_rules_of_the_loader(
    browser: Browser, world: World, change: dict[str, str]
) -> None:
    admin = browser("admin")
    answer = await admin.post(f"{STATION}/edit", data=await edit_form(admin, STATION) | change)
    assert answer.status_code == 422
    assert alert(answer.text)
    assert (await station(world, "WZ-1")).name == "微站 WZ-1"


async def test_an_administrator_of_a_county_stays_within_it(browser: Browser, world: World) -> None:
    async with transaction(world.sessions) as session:
        world.people["county"] = await make_person(
            session, "county", (Role.ADMINISTRATOR, world.grids[COUNTY])
        )
    county = browser("county")
    assert (
        await county.post(f"{GRID}/edit", data=await edit_form(county) | {"name": "本县"})
    ).status_code == 303
    foreign = "/admin/registry/stations/WZ-2"
    assert set(Forms((await county.get(foreign)).text).found) == {"logout"}
    form = await edit_form(county, STATION)
    assert (await county.post(f"{foreign}/edit", data=form | {"once": "x"})).status_code == 403
    for path in (f"/admin/registry/{OTHER_COUNTY}", f"/admin/registry/{PREFECTURE}"):
        assert (await county.post(f"{path}/edit", data=form | {"once": path})).status_code == 403
    # Its own station cannot be given away, nor its own grid be put elsewhere.
    given = await county.post(f"{STATION}/edit", data=form | {"grid": OTHER_COUNTY})
    assert given.status_code == 403
    town = f"/admin/registry/{TOWNSHIP}"
    moved = await hidden(county, town, "edit") | {
        "name": "镇",
        "kind": "administrative",
        "parent": OTHER_COUNTY,
    }
    assert (await county.post(f"{town}/edit", data=moved)).status_code == 403
    assert (await station(world, "WZ-1")).grid_id == world.grids[COUNTY].id


async def test_a_form_without_its_token_and_a_reader_do_nothing(browser: Browser, world: World) -> None:
    admin = browser("admin")
    form = await edit_form(admin) | {"name": "x"}
    assert (await admin.post(f"{GRID}/edit", data=form | {"csrf_token": "x"})).status_code == 403
    assert (await browser("duty").post(f"{GRID}/edit", data=form)).status_code == 403
    assert (await row(world, COUNTY)).name == "昌吉市"


async def test_hostile_names_are_only_text(browser: Browser, world: World) -> None:
    nasty = "<script>alert('x')</script>\"><img src=x>"
    admin = browser("admin")
    answer = await admin.post(f"{GRID}/edit", data=await edit_form(admin) | {"name": nasty, "aliases": nasty})
    assert answer.status_code == 303
    async with transaction(world.sessions) as session:
        await session.execute(update(Person).values(name=nasty))
        await session.execute(update(Station).values(name=nasty))
        await fetch(
            session,
            "INSERT INTO source (code, name, grid_id, lon, lat, category) VALUES ('Q', $1, $2, 87, 44, $3)",
            nasty, world.grids[COUNTY].id, nasty,
        )  # fmt: skip
    for path in ("/admin/registry", GRID, STATION, "/admin/staffing"):
        page = (await admin.get(path)).text
        assert "<script>alert" not in page
        assert "<img" not in page
        assert "&lt;script&gt;alert" in page, path


async def test_staffing_is_grouped_with_what_asks_for_it(browser: Browser, world: World) -> None:
    page = visible((await browser("duty").get("/admin/staffing")).text)
    # The other county has a supervisor and no chief; the township has people and no supervisor.
    assert "没有网格长 1" in page
    assert "阜康市 652302" in page
    assert "在岗网格监督员 0 名，至少须 3 名" in page
    assert "附件 1 第十三条" in page
    assert "没有监督员" not in page
    assert "无人在岗的乡镇（街道）" not in page
    async with transaction(world.sessions) as session:
        county = await session.scalar(select(Grid.id).where(Grid.code == OTHER_COUNTY))
        session.add(Grid(code="652302199", name="空岗镇", level=3, parent_id=county))
    page = visible((await browser("duty").get("/admin/staffing")).text)
    assert "无人在岗的乡镇（街道） 1" in page
    assert "正文第二部分（三）、附件 1 第十三条" in page
    assert "1 个中的 1 个 空岗镇 652302199" in page
    async with transaction(world.sessions) as session:
        await session.execute(
            update(Person).values(disabled_at=func.now()).where(Person.username == "neighbour")
        )
    page = visible((await browser("duty").get("/admin/staffing")).text)
    assert "没有监督员 1" in page
    assert "派单无人接收" in visible((await browser("duty").get(f"/admin/registry/{OTHER_COUNTY}")).text)
