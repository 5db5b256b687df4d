"""A report of the public on its way in: where it belongs, its pictures, who sent it; the same for page and Open311."""

import asyncio
import math
from collections.abc import Sequence
from contextlib import AsyncExitStack

from sqlalchemy import func, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.datastructures import UploadFile

from app import evidence
from app.context import Context
from app.evidence import Received
from app.flows.public_reports import told
from app.geometry import METRES_PER_DEGREE, Area
from app.public.keyring import Keys
from models.errors import Invalid, UnsupportedMedia
from models.public_report import PublicReport
from models.registry import Grid, Source, Station
from supervision.public_reports import reports
from supervision.public_reports.identity import Reporter, mark_of
from supervision.public_reports.policy import PublicReportPolicy
from supervision.public_reports.reports import Filing, Photo
from supervision.public_reports.routing import Spot, route

MOST_PHOTOS = 3
_FARTHEST_DEG = 300_000 / METRES_PER_DEGREE


async def demand_here(session: AsyncSession, spot: Spot) -> None:
    """Raises Invalid for a position outside the prefecture.

    Without a boundary of the prefecture: one that is farther than 300 km from every station and source.
    """
    if spot.lon is None or spot.lat is None:
        return
    of_prefecture = select(Grid.boundary).where(Grid.level == 1, Grid.boundary.is_not(None))
    areas = [Area(boundary) for boundary in await session.scalars(of_prefecture) if boundary]
    if areas:
        if not any(area.covers(spot.lon, spot.lat) for area in areas):
            raise Invalid("the place lies outside the prefecture", field="place")
        return
    known = union_all(select(Station.lon, Station.lat), select(Source.lon, Source.lat)).subquery()
    east = (known.c.lon - spot.lon) * math.cos(math.radians(spot.lat))
    nearest = select(func.min(func.sqrt(east * east + func.power(known.c.lat - spot.lat, 2))))
    far = await session.scalar(nearest)
    if far is not None and far > _FARTHEST_DEG:
        raise Invalid("the place lies far outside the prefecture", field="place")


async def routed(
    session: AsyncSession,
    context: Context,
    category: str,
    spot: Spot,
    chosen: int | None,
    policy: PublicReportPolicy,
) -> int | None:
    """The level-2 grid whose boundary, choice or name fits; None is the prefecture's queue."""
    names = {int(grid.id): grid.name for grid in context.directory.grids if grid.level == 2}
    covering = []
    if spot.lon is not None and spot.lat is not None:
        rows = await session.execute(
            select(Grid.id, Grid.boundary).where(Grid.level == 2, Grid.boundary.is_not(None))
        )
        covering = [id_ for id_, boundary in rows if boundary and Area(boundary).covers(spot.lon, spot.lat)]
    return route(category, spot, covering=covering, chosen=chosen, names=names, policy=policy)


async def receive_photos(
    files: AsyncExitStack, chosen: Sequence[UploadFile], context: Context
) -> list[Received]:
    """The pictures, whole, beside their place; they vanish with `files` unless placed. Raises for what is none."""
    received = []
    for file in chosen:
        one = await evidence.receive(
            file.file, file.filename, data_dir=context.settings.data_dir,
            limit=context.settings.max_upload_mb * 1024 * 1024,
        )  # fmt: skip
        files.push_async_callback(asyncio.to_thread, one.discard)
        if one.media_type not in evidence.SHOWN:
            raise UnsupportedMedia("only photos (JPEG, PNG, WebP, HEIC) are taken", field="photos")
        received.append(one)
    return received


async def take(
    session: AsyncSession,
    context: Context,
    keys: Keys,
    filing: Filing,
    reporter: Reporter,
    *,
    chosen: int | None,
    beside: str = "",
    pictures: Sequence[Received] = (),
) -> PublicReport:
    """Takes the report in the caller's transaction and tells of it; sent again it is the one that is there."""
    now = context.clock.now()
    policy = await reports.policy_in_force(session)
    await demand_here(session, filing.spot)
    grid_id = await routed(session, context, filing.category, filing.spot, chosen, policy)
    for one in pictures:
        await evidence.place(one, data_dir=context.settings.data_dir)
    row, moved = await reports.file(
        session,
        filing,
        grid_id=grid_id,
        policy=policy,
        reporter=reporter,
        mark=mark_of(reporter, context.secret_key, beside=beside),
        keyring=keys.ring(),
        now=now,
    )
    if moved is not None:
        await told(context.pipeline, session, [moved], caller=None, now=now)
    return row


def photos_of(pictures: Sequence[Received]) -> tuple[Photo, ...]:
    return tuple(Photo(one.digest, one.media_type, one.size) for one in pictures)
