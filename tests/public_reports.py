"""A keeper of identities in the world, and reports of the public sent as strangers send them."""

import re
from typing import Any

import httpx

from app.database import transaction
from models.enums import Role
from tests.api.browsing import Forms
from tests.factories import COUNTY, World, make_person

PHONE, NAME = "13999990000", "买买提·艾力"
SQUARE = {
    "type": "Polygon",
    "coordinates": [[[87.0, 43.8], [87.6, 43.8], [87.6, 44.3], [87.0, 44.3], [87.0, 43.8]]],
}
"""A boundary of the county around its stations."""
WHERE = {"category": "dust", "place": "北京南路18号工地", "grid": COUNTY}
WHAT = {"text": "夜间施工扬尘，没有覆盖。", "name": NAME, "phone": PHONE}


async def add_keeper(world: World) -> None:
    """`keeper`, who opens identities of the county, and the county's boundary."""
    async with transaction(world.sessions) as session:
        county = await session.get_one(type(world.grids[COUNTY]), world.grids[COUNTY].id)
        county.boundary = SQUARE
        world.people["keeper"] = await make_person(session, "keeper", (Role.IDENTITY_KEEPER, county))
        world.duties["keeper"] = ((Role.IDENTITY_KEEPER, county.id),)


async def fill_in(
    client: httpx.AsyncClient, world: World, *, where: dict[str, str] = WHERE, wait_s: float = 10, **said: Any
) -> tuple[dict[str, str], Any]:
    """The second page as a person fills it in: its fields, and the page."""
    page = await client.get("/public/report/details", params=where)
    assert page.status_code == 200, page.text
    world.clock.advance(seconds=wait_s)
    return Forms(page.text).found["details"] | WHAT | said, page


async def send(client: httpx.AsyncClient, fields: dict[str, str], files: Any = None) -> httpx.Response:
    # As a browser: multipart, with a file field that may be empty.
    return await client.post(
        "/public/report/details",
        data=fields,
        files=files or {"photos": ("", b"", "application/octet-stream")},
    )


async def reported(client: httpx.AsyncClient, world: World, **more: Any) -> str:
    """A report that was sent; gives its tracking number."""
    fields, _ = await fill_in(client, world, **more)
    answer = await send(client, fields)
    assert answer.status_code == 303, answer.text
    found = re.search(r"code=([A-Z0-9-]+)", answer.headers["Location"])
    assert found is not None
    return found[1]
