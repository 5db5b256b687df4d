"""A registry file over the console: faults at their rows, all or nothing, and only what was checked."""

import re

import httpx
import pytest
from sqlalchemy import func, select, update

from app.auth.passwords import verify
from app.database import transaction
from app.registry.importing import FOLDER
from models.enums import EventKind, Role
from models.journal import JournalEvent
from models.registry import Duty, Grid, Person, Station
from tests.api.browsing import Browser, Forms, visible
from tests.api.test_admin_people import alert, live
from tests.factories import COUNTY, PREFECTURE, World, make_person

PATH = "/admin/registry/import"
GOOD = f"""
grids:
  - {{code: "652301101", name: 示范镇, level: 3, parent: "{COUNTY}"}}
people:
  - username: zhao
    name: 赵六
    password: "zhao zhao zhao"
    duties: [{{grid: "{COUNTY}", role: supervisor}}]
  - {{username: viewer, name: 改名, duties: []}}
stations:
  - {{code: WZ-7, name: 七, grid: "{COUNTY}", lon: 87.4, lat: 44.1, kind: micro, secret: "seven seven"}}
"""
BAD = f"""grids:
  - {{code: "652301101", name: 示范镇, level: 2, parent: "{COUNTY}"}}
people:
  - {{username: zhao, name: <script>alert(1)</script>, password: zhao-geheim, phone: [1]}}
stations:
  - {{code: WZ-7, name: 七, grid: "{COUNTY}", lon: 187.4, lat: 44.1, kind: micro}}
"""


async def check(client: httpx.AsyncClient, text: str | bytes, name: str = "r.yaml") -> httpx.Response:
    token = Forms((await client.get(PATH)).text).found["check"]["csrf_token"]
    content = text.encode() if isinstance(text, str) else text
    return await client.post(f"{PATH}/check", data={"csrf_token": token}, files={"file": (name, content)})


async def test_every_fault_stands_at_its_row(browser: Browser, world: World) -> None:
    answer = await check(browser("admin"), BAD)
    assert answer.status_code == 200
    rows = dict(re.findall(r'<li[^>]* id="line-(\d+)">(.*?)</li>', answer.text, re.DOTALL))
    assert "上级" in rows["2"]
    assert "grids[0].parent" in rows["2"]
    assert "people[0].phone" in rows["4"]
    assert "“经度”187.4 超出 -180 至 180 的范围" in rows["6"]
    assert "fault" not in rows["5"]
    assert "共 3 处错误" in alert(answer.text)
    assert "<script>alert" not in answer.text
    assert "geheim" not in answer.text
    assert "load" not in Forms(answer.text).found
    assert not (world.context.settings.data_dir / FOLDER).exists()


async def test_at_most_200_faults_are_shown_and_the_rest_counted(browser: Browser) -> None:
    text = "stations:\n" + "".join(f"  - {{code: S{n}}}\n" for n in range(100))
    answer = await check(browser("admin"), text)
    assert "共 400 处错误" in alert(answer.text)
    assert "另有 200 处未显示" in answer.text
    assert answer.text.count('class="fault"') == 200


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"", b"%PDF-1.4 \x00", b"\x89PNG\r\n"])
async def test_what_is_no_registry_is_said(browser: Browser, content: bytes) -> None:
    answer = await check(browser("admin"), content)
    assert answer.status_code in (200, 422)
    assert alert(answer.text)


async def test_a_file_is_checked_then_loaded_once_as_it_was(browser: Browser, world: World) -> None:
    admin = browser("admin")
    answer = await check(admin, GOOD)
    page = visible(answer.text)
    assert "没有错误，尚未载入" in page
    assert "网格 652301101 1 0 0 0" in page
    assert "人员 zhao, viewer 1 1 0 0" in page
    assert "职责 1 0 1 0" in page
    # Checking has changed nothing.
    async with world.sessions() as session:
        assert await session.scalar(select(func.count()).where(Person.username == "zhao")) == 0
        assert await session.scalar(select(func.count()).select_from(JournalEvent)) == 0
    assert await live(world, "viewer") != []

    form = Forms(answer.text).found["load"] | {"reason": "季度更新"}
    for _ in range(2):
        loaded = await admin.post(f"{PATH}/load", data=form)
        assert loaded.status_code == 200
        assert "文件已载入" in loaded.text
    async with world.sessions() as session:
        zhao = (await session.scalars(select(Person).where(Person.username == "zhao"))).one()
        events = (
            await session.scalars(
                select(JournalEvent).where(JournalEvent.kind == EventKind.REGISTRY_LOADED.value)
            )
        ).all()
        assert await session.scalar(select(func.count()).where(Station.code == "WZ-7")) == 1
    assert await verify("zhao zhao zhao", zhao.password_hash)
    assert await live(world, "zhao") == [("supervisor", world.grids[COUNTY].id)]
    assert await live(world, "viewer") == []
    assert [(e.actor_id, e.data["author"], e.data["reason"]) for e in events] == [
        (world.people["admin"].id, "姓名 admin", "季度更新")
    ]
    assert world.context.directory.grid_by_code("652301101") is not None
    assert list((world.context.settings.data_dir / FOLDER).iterdir()) == []
    again = visible((await check(admin, GOOD)).text)
    assert "有改动" in again


async def test_nothing_is_loaded_when_the_registry_has_changed_meanwhile(
    browser: Browser, world: World
) -> None:
    admin = browser("admin")
    form = Forms((await check(admin, GOOD)).text).found["load"]
    # That a station was heard is no change of the registry, another name of a grid is one.
    async with transaction(world.sessions) as session:
        await session.execute(update(Station).values(last_received_at=world.clock.now()))
        await session.execute(update(Grid).where(Grid.code == COUNTY).values(name="改"))
    refused = await admin.post(f"{PATH}/load", data=form)
    assert refused.status_code == 412
    assert "请重新检查" in alert(refused.text)
    async with world.sessions() as session:
        assert await session.scalar(select(func.count()).where(Person.username == "zhao")) == 0


async def test_only_the_file_that_was_checked_is_loaded_and_by_whom(browser: Browser, world: World) -> None:
    async with transaction(world.sessions) as session:
        for name, grid in (("second", PREFECTURE), ("county", COUNTY)):
            world.people[name] = await make_person(session, name, (Role.ADMINISTRATOR, world.grids[grid]))
    admin, other = browser("admin"), browser("second")
    form = Forms((await check(admin, GOOD)).text).found["load"]
    for digest in ("0" * 64, "../../passwd", ""):
        answer = await admin.post(f"{PATH}/load", data=form | {"digest": digest, "once": f"x{digest[:3]}"})
        assert answer.status_code == 412
    second = Forms((await other.get(PATH)).text).found["check"]["csrf_token"]
    stolen = await other.post(f"{PATH}/load", data=form | {"csrf_token": second})
    assert stolen.status_code == 412
    for who in ("county", "duty", "supervisor"):
        assert (await browser(who).get(PATH)).status_code == 403
        assert (await browser(who).post(f"{PATH}/load", data=form)).status_code == 403
        assert (await browser(who).post(f"{PATH}/check", data=form)).status_code == 403


@pytest.mark.parametrize("who", ["admin", "second"])
async def test_a_file_cannot_take_the_administration_away(browser: Browser, world: World, who: str) -> None:
    async with transaction(world.sessions) as session:
        world.people["second"] = await make_person(
            session, "second", (Role.ADMINISTRATOR, world.grids[PREFECTURE])
        )
        await session.execute(update(Person).where(Person.username == "second").values(password_hash=None))
    world_text = "people:\n  - {username: admin, name: a, duties: []}\n"
    if who == "second":
        async with transaction(world.sessions) as session:
            hashed = await session.scalar(select(Person.password_hash).where(Person.username == "admin"))
            await session.execute(
                update(Person).where(Person.username == "second").values(password_hash=hashed)
            )
        world_text = "people:\n  - {username: second, name: s, duties: []}\n"
    refused = await check(browser(who), world_text)
    assert refused.status_code == 403
    assert "管理" in alert(refused.text)
    async with world.sessions() as session:
        ended = select(func.count()).select_from(Duty).where(Duty.valid_to.isnot(None))
        assert await session.scalar(ended) == 0


async def test_pasted_text_stays_to_be_mended(browser: Browser) -> None:
    admin = browser("admin")
    token = Forms((await admin.get(PATH)).text).found["check"]["csrf_token"]
    answer = await admin.post(
        f"{PATH}/check", data={"csrf_token": token, "text": "grids:\r\n  - {code: </textarea>}"}
    )
    assert "没有网格" not in answer.text
    assert "&lt;/textarea&gt;" in answer.text
    nothing = await admin.post(f"{PATH}/check", data={"csrf_token": token})
    assert "请选择文件" in alert(nothing.text)
    assert (await admin.post(f"{PATH}/check", data={"csrf_token": "x", "text": "a"})).status_code == 403
