"""A day's search for signs of interference among stations that report each minute: its hours gathered, then judged."""

import time
from datetime import UTC, datetime, timedelta

from alerts.integrity.rules_file import KEPT_DAYS
from app.database import transaction
from app.ingest.partitions import Partitions
from app.integrity.watch import Watch
from benchmarks.ground import STATIONS, Ground
from benchmarks.sla import world_over
from models.bulk import fetch
from models.clock import BEIJING

MINUTES = 1440
_PLACES = "UPDATE station SET lon = 87.0 + 0.01 * (id % 25), lat = 44.0 + 0.01 * (id / 25 % 100)"
_READINGS = """
INSERT INTO reading (station_id, observed_at, received_at, version, pm25, pm10, so2, no2, co, o3)
SELECT s.id, t, t, 1, 40 + 10 * random(), 70 + 10 * random(), 10 + random(), 30 + random(), 1, 60 + random()
  FROM station s, generate_series($1::timestamptz, $1::timestamptz + interval '1439 minutes', interval '1 minute') AS t
 ORDER BY s.id, t
"""


async def measure(ground: Ground) -> list[str]:
    world = await world_over(ground)
    now = datetime.now(UTC).astimezone(BEIJING).replace(hour=4, minute=0, second=0, microsecond=0)
    world.clock.set(now.astimezone(UTC))
    day = (now - timedelta(days=1)).date()
    begin = now.replace(hour=0) - timedelta(days=1)
    await Partitions(world.sessions).ensure(
        {(begin + timedelta(hours=h)).astimezone(UTC).date() for h in (0, 23)}
    )
    async with transaction(world.sessions) as session:
        await fetch(session, _PLACES)
        await fetch(session, _READINGS, begin)
        await fetch(session, "ANALYZE reading")
        await world.context.directory.refresh(session)
    watch = Watch(world.context)
    gathering = await _until_done(watch)
    async with transaction(world.sessions) as session:
        # The same day over and over: how long it takes does not depend on what it says.
        await fetch(
            session,
            "INSERT INTO station_day"
            " SELECT station_id, day - k, hours FROM station_day, generate_series(1, $1::int) AS k",
            KEPT_DAYS - 1,
        )
        await fetch(
            session, "UPDATE integrity_part SET judged_at = CASE WHEN day = $1 THEN NULL ELSE now() END", day
        )
    begun, cpu = time.monotonic(), time.process_time()
    await watch.judge()
    judging, cpu = time.monotonic() - begun, time.process_time() - cpu
    size = await ground.scalar("SELECT pg_total_relation_size('station_day')")
    return [
        f"integrity: gathering {STATIONS} stations × {MINUTES} readings {gathering:.1f} s,"
        f" judging {judging:.1f} s (this process {cpu:.1f} s),"
        f" {size / STATIONS / KEPT_DAYS:.0f} bytes a station-day",
    ]


async def _until_done(watch: Watch) -> float:
    begun = time.monotonic()
    while await watch.gather():
        pass
    return time.monotonic() - begun
