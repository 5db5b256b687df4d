"""A typical case and the people it takes, over the API, for tests of it."""

from datetime import timedelta
from typing import Any

import httpx

from app.database import transaction
from models.enums import Role
from models.registry import Duty
from tests.api.conftest import Client
from tests.factories import COUNTY, LONG_AGO, PREFECTURE, World, make_person

PARTIES = [
    {"kind": "company", "name": "昌吉市宏达建材有限公司"},
    {"kind": "person", "name": "王小明"},
]
FACTS: dict[str, Any] = {
    "number": "昌州环罚〔2026〕12号",
    "title": "某建材公司超标排放案",
    "kind": "penalty",
    "grid": COUNTY,
    "violations": ["excess", "facilities"],
    "decided": "2026-01-10",
    "served": "2026-01-15",
}
CASE = FACTS | {"parties": PARTIES}
TEXT = {
    "title": "某建材公司超标排放案",
    "body": "经查，该公司未按规定运行污染防治设施，罚款二十万元。\n" * 50,
}
DOSSIER = {
    "standard": "生态环境行政执法案卷评查标准（2024年版）", "panel": "2026年11月1日论证，一致同意。",
    "facts": True, "evidence": True, "law": True, "procedure": True,
}  # fmt: skip
MARKS = ("review_1", "review_2", "review_3", "proof_1", "proof_2", "proof_3")
EDITORS = ("编辑甲", "编辑乙", "编辑丙")


async def make_officers(world: World) -> None:
    """A second duty officer, `examiner`; and `publicity`, a viewer of the prefecture."""
    async with transaction(world.sessions) as session:
        prefecture = world.grids[PREFECTURE]
        for username, role in (("examiner", Role.DUTY_OFFICER), ("publicity", Role.VIEWER)):
            world.people[username] = await make_person(session, username)
            session.add(
                Duty(
                    person_id=world.people[username].id, grid_id=prefecture.id, role=role.value, valid_from=LONG_AGO
                )
            )  # fmt: skip
            world.duties[username] = ((role, prefecture.id),)


async def done(client: httpx.AsyncClient, path: str, **body: Any) -> dict[str, Any]:
    answer = await client.post(path, json=body or None)
    assert answer.is_success, answer.text
    return dict(answer.json())


async def registered(client: Client, **over: Any) -> dict[str, Any]:
    return await done(client("duty"), "/supervision/cases", **CASE | over)


async def submitted(client: Client, **over: Any) -> str:
    """The path of a case whose text lies with the bureau."""
    path = f"/supervision/cases/{(await registered(client, **over))['id']}"
    await done(client("duty"), f"{path}/texts", **TEXT)
    await done(client("duty"), f"{path}/submit")
    return path


async def approved(client: Client, **over: Any) -> str:
    """The path of a case that everybody has signed; `make_officers` was called and `publicity` appointed."""
    path = await submitted(client, **over)
    await done(client("examiner"), f"{path}/sign", step="bureau", dossier=DOSSIER)
    await done(client("leader"), f"{path}/sign", step="leader")
    for number, step in enumerate(MARKS):
        await done(client("publicity"), f"{path}/marks", step=step, name=EDITORS[number % 3])
    await done(client("publicity"), f"{path}/sign", step="publicity")
    return path


async def appointed(client: Client) -> int:
    """The appointment of `publicity`."""
    said = await done(
        client("leader"),
        "/supervision/cases/officers",
        username="publicity",
        document="昌州党宣函〔2026〕3号",
    )
    return int(said["items"][0]["id"])


async def published(client: Client, world: World, *paths: str) -> str:
    """The path of a batch with these cases that is out today."""
    duty = client("duty")
    batch = await done(
        duty,
        "/supervision/cases/batches",
        kind="quarterly",
        quarter="2026-Q4",
        title="2026年第四季度典型案件",
    )
    place = f"/supervision/cases/batches/{batch['id']}"
    for path in paths:
        await done(duty, f"{place}/cases", case=int(path.rpartition("/")[2]))
    day = (world.clock.now() + timedelta(hours=8)).date().isoformat()
    await done(client("leader"), f"{place}/publish", on=day)
    return place
