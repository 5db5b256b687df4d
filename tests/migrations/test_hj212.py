"""Going back behind HJ 212 loses no frame: all wait in quarantine under the reason they had before."""

from sqlalchemy.ext.asyncio import AsyncEngine

from app import migrate
from app.database import make_sessions, transaction
from models.bulk import fetch
from tests.fakes import START

BEFORE = "46f4220a4c9f"
PUT = """
INSERT INTO quarantine (received_at, last_received_at, topic, reason, detail, payload, digest)
VALUES ($1, $1, 't', $2, 'd', $3, sha256($3))
"""


async def test_frames_and_parts_wait_in_quarantine_after_a_downgrade(engine: AsyncEngine) -> None:
    sessions = make_sessions(engine)
    async with transaction(sessions) as session:
        await fetch(session, "INSERT INTO grid (id, code, name, level) VALUES (1, '65', 'x', 1)")
        await fetch(
            session,
            "INSERT INTO station (id, code, name, grid_id, kind, lon, lat) VALUES (1, 'S', 's', 1, 'micro', 87, 44)",
        )
        for reason, payload in (("bad_crc", b"a"), ("bad_field", b"a"), ("bad_mn", b"b"), ("schema", b"c")):
            await fetch(session, PUT, START, reason, payload)
        for pno, joined_at in ((1, None), (2, START)):
            await fetch(
                session,
                "INSERT INTO hj212_part (station_id, key, pno, pnum, received_at, topic, frame, joined_at)"
                " VALUES (1, 'k', $1, 2, $2, 't', $3, $4)",
                pno,
                START,
                b"part %d" % pno,
                joined_at,
            )
    await migrate.downgrade(engine, BEFORE)
    async with sessions() as session:
        rows = await fetch(session, "SELECT reason, payload FROM quarantine ORDER BY payload")
    assert [(row[0], bytes(row[1])) for row in rows] == [
        ("unsupported", b"a"),
        ("unsupported", b"b"),
        ("schema", b"c"),
        ("unsupported", b"part 1"),
    ]
    await migrate.upgrade(engine)
    assert await migrate.drift(engine) == []
