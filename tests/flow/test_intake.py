"""Input as it really comes: doubled, late, out of order, corrected, malformed, unknown; nothing lost, nothing twice."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from app.database import transaction
from app.ingest.partitions import Partitions
from app.ingest.replay import replay
from models.bulk import fetch
from models.errors import NotReplayable
from tests.factories import COUNTY, OTHER_COUNTY, reading_payload
from tests.timeline import Story


async def rows(story: Story, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
    async with story.sessions() as session:
        return [tuple(row) for row in await fetch(session, sql, *parameters)]


async def put(
    story: Story, payload: bytes, *, grid: str = COUNTY, station: str = "WZ-1", kind: str = "reading"
) -> None:
    story.source.put(f"geshao/v1/{grid}/{station}/{kind}", payload)
    await story.consumer.run_once()
    await story.judge()


def now(story: Story) -> datetime:
    return story.world.clock.now()


async def test_the_same_again_changes_nothing(story: Story) -> None:
    payload = reading_payload(now(story), pm25=35.0)
    for _ in range(3):
        await put(story, payload)
    assert await rows(story, "SELECT version, pm25 FROM reading") == [(1, 35.0)]
    # Twice in one batch as well.
    later = reading_payload(now(story) + timedelta(minutes=1), pm25=36.0)
    topic = f"geshao/v1/{COUNTY}/WZ-1/reading"
    story.source.put(topic, later)
    story.source.put(topic, later)
    outcome = await story.consumer.run_once()
    assert (outcome.stored, outcome.duplicates) == (1, 1)


async def test_a_correction_is_a_new_version_and_the_old_one_is_kept(story: Story) -> None:
    at = now(story)
    first, second = reading_payload(at, pm25=35.0), reading_payload(at, pm25=53.0)
    await put(story, first)
    await put(story, second)
    assert await rows(story, "SELECT version, pm25 FROM reading") == [(2, 53.0)]
    assert await rows(story, "SELECT version, pm25 FROM reading_version") == [(1, 35.0)]
    # The first version delivered once more is a late double, not another correction.
    await put(story, first)
    assert await rows(story, "SELECT version, pm25 FROM reading") == [(2, 53.0)]


async def test_a_batch_with_three_versions_of_one_instant_keeps_all_in_order(story: Story) -> None:
    topic = f"geshao/v1/{COUNTY}/WZ-1/reading"
    for value in (1.0, 2.0, 3.0):
        story.source.put(topic, reading_payload(now(story), pm25=value))
    await story.consumer.run_once()
    assert await rows(story, "SELECT version, pm25 FROM reading") == [(3, 3.0)]
    assert await rows(story, "SELECT pm25 FROM reading_version ORDER BY version") == [(1.0,), (2.0,)]


async def test_a_correction_never_raises_an_order(story: Story) -> None:
    await story.minutes("09:00", 60, pm25=30.0)
    story.at("10:00")
    for n in range(5):
        await put(story, reading_payload(now(story) - timedelta(minutes=n + 1), pm25=600.0))
    assert await rows(story, "SELECT count(*) FROM work_order") == [(0,)]


async def test_backfill_raises_nothing_late(story: Story) -> None:
    story.at("12:00")
    start = now(story) - timedelta(hours=4)
    items = [
        {
            "observed_at": (start + timedelta(minutes=m)).isoformat(),
            "values": {"pm25": 30.0 if m < 60 else 400.0},
        }
        for m in range(120)
    ]
    await put(story, json.dumps(items).encode())
    assert await rows(story, "SELECT count(*) FROM reading") == [(120,)]
    assert await rows(story, "SELECT count(*) FROM alert") == [(0,)]
    assert await rows(story, "SELECT count(*) FROM work_order") == [(0,)]


@pytest.mark.parametrize(
    ("payload", "where", "reason"),
    [
        (b"{", {}, "not_json"),
        (b'{"observed_at": "2026-11-23T08:00:00+08:00", "values": {"pm25": "35"}}', {}, "schema"),
        (b'{"observed_at": "2026-11-23T08:00:00+08:00", "values": {}}', {}, "no_values"),
        (b'{"observed_at": "2026-11-23T08:00:00", "values": {"pm25": 1}}', {}, "bad_time"),
        (b'{"observed_at": "2030-11-23T08:00:00+08:00", "values": {"pm25": 1}}', {}, "future"),
        (b'{"observed_at": "2000-11-23T08:00:00+08:00", "values": {"pm25": 1}}', {}, "too_old"),
        (b"x" * (256 * 1024 + 1), {}, "oversize"),
        (b"[" + b",".join([b"0"] * 1001) + b"]", {}, "too_many"),
        (b"{}", {"station": "WZ-404"}, "unknown_station"),
        (b"{}", {"grid": OTHER_COUNTY}, "wrong_grid"),
        (b"##0000", {"kind": "hj212"}, "bad_frame"),
        (b"asleep", {"kind": "status"}, "schema"),
    ],
)
async def test_what_cannot_be_taken_is_kept_with_its_reason(
    story: Story, payload: bytes, where: dict[str, str], reason: str
) -> None:
    await put(story, payload, **where)
    await put(story, payload, **where)
    ((kept, count, stored),) = await rows(story, "SELECT reason, count, length(payload) FROM quarantine")
    assert (kept, count) == (reason, 2)
    assert stored == min(len(payload), 256 * 1024)
    assert len(story.source.acknowledged) == 2


async def test_a_quarantined_message_is_replayed_once_its_station_is_known(story: Story) -> None:
    await put(story, reading_payload(now(story), pm25=35.0), station="WZ-9")
    async with transaction(story.sessions) as session:
        await fetch(
            session,
            "INSERT INTO station (code, name, grid_id, kind, lon, lat) VALUES ($1, $1, $2, 'micro', 87, 44)",
            "WZ-9",
            story.world.grids[COUNTY].id,
        )
    async with story.sessions() as session:
        await story.world.context.directory.refresh(session)
    ((id_,),) = await rows(story, "SELECT id FROM quarantine")
    admin = story.world.caller("admin")
    async with transaction(story.sessions) as session:
        done = await replay(story.world.context, session, id_, caller=admin)
    assert (done["stored"], done["rejected"]) == (1, [])
    with pytest.raises(NotReplayable):
        async with transaction(story.sessions) as session:
            await replay(story.world.context, session, id_, caller=admin)
    assert await rows(story, "SELECT pm25 FROM reading") == [(35.0,)]


async def test_one_message_the_service_fails_on_does_not_block_the_rest(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic = f"geshao/v1/{COUNTY}/WZ-1/reading"
    for n in range(3):
        story.source.put(topic, reading_payload(now(story) + timedelta(seconds=n), pm25=float(n)))
    sort = story.intake.sort

    def fails_on_the_second(messages: Any, *, now: datetime) -> Any:
        messages = list(messages)
        if any(b'"pm25": 1.0' in message.payload for message in messages):
            raise RuntimeError("a fault of ours")
        return sort(messages, now=now)

    monkeypatch.setattr(story.intake, "sort", fails_on_the_second)
    messages = await story.source.take(10, 0)
    await story.consumer._until_done(messages)
    assert await rows(story, "SELECT pm25 FROM reading ORDER BY pm25") == [(0.0,), (2.0,)]
    assert await rows(story, "SELECT reason FROM quarantine") == [("internal",)]


async def test_status_takes_a_station_off_and_back_at_once(story: Story) -> None:
    await put(story, reading_payload(now(story), pm25=35.0))
    await put(story, b"offline", kind="status")
    await put(story, b"offline", kind="status")
    await put(story, b"online", kind="status")
    assert [line.split()[1] for line in await story.said()] == ["station.offline", "station.online"]
    assert await rows(story, "SELECT count(*) FROM work_order") == [(0,)]


async def test_a_retained_offline_does_not_outdo_readings_heard_lately(story: Story) -> None:
    await put(story, reading_payload(now(story), pm25=35.0))
    topic = f"geshao/v1/{COUNTY}/WZ-1/status"
    story.source.put(topic, b"offline", retained=True)
    await story.consumer.run_once()
    await story.judge()
    assert await story.said() == []
    story.world.clock.advance(minutes=30)
    story.source.put(topic, b"offline", retained=True)
    await story.consumer.run_once()
    await story.judge()
    assert [line.split()[1] for line in await story.said()] == ["station.offline"]


async def test_what_still_burns_after_an_outage_is_ordered_once_fresh_data_tells(story: Story) -> None:
    """After an outage of the service: the fire began two hours ago and still burns."""
    story.at("12:00")
    start = now(story) - timedelta(hours=3)
    items = [
        {
            "observed_at": (start + timedelta(minutes=m)).isoformat(),
            "values": {"pm25": (30.0 if m < 60 else 400.0) + m % 3},
        }
        for m in range(120)
    ]
    await put(story, json.dumps(items).encode())
    assert await rows(story, "SELECT count(*) FROM work_order") == [(0,)]
    assert await story.said() == []
    # A restart in between changes nothing.
    story.detection.abandon()
    await put(
        story,
        json.dumps(
            [
                i | {"observed_at": (start + timedelta(minutes=120 + n)).isoformat()}
                for n, i in enumerate(items[60:])
            ]
        ).encode(),
    )
    assert {line.split()[1] for line in await story.said()} >= {"order.dispatched"}
    assert await rows(story, "SELECT count(*) FROM work_order") == [(1,)]


async def test_silence_makes_a_station_offline_and_its_next_reading_brings_it_back(story: Story) -> None:
    await story.minutes("08:00", 10, pm25=35.0)
    # Nobody listens to the broker: that is our silence, not the station's.
    story.at("09:30")
    await story.pass_time()
    assert await story.said() == []
    story.at("09:30:30")
    await story.listen(since="09:20")
    await story.pass_time()
    assert await story.said() == []
    story.at("09:31")
    await story.listen(since="08:00")
    await story.pass_time()
    story.at("09:32")
    await story.pass_time()
    assert [line.split()[1] for line in await story.said()] == ["station.offline"]
    await story.publish(pm25=35.0)
    assert [line.split()[1] for line in await story.said()] == ["station.online"]


async def test_nobody_to_answer_is_a_queue_and_an_event_never_silence(story: Story) -> None:
    async with transaction(story.sessions) as session:
        await fetch(
            session, "UPDATE duty SET valid_to = $1 WHERE role IN ('supervisor', 'chief')", now(story)
        )
    await story.minutes("09:00", 60, pm25=30.0)
    await story.minutes("10:00", 3, pm25=400.0)
    kinds = [line.split()[1] for line in await story.said()]
    assert "order.unrouted" in kinds
    assert "order.dispatched" not in kinds
    await story.engine.retry_unrouted()
    assert await story.said() == []
    async with transaction(story.sessions) as session:
        await fetch(session, "UPDATE duty SET valid_to = NULL WHERE role = 'supervisor'")
    story.at("10:30")
    await story.engine.retry_unrouted()
    assert "10:30:00 order.dispatched" in await story.said()
    assert await rows(story, "SELECT min(due_at - started_at)::text FROM sla_clock") == [("00:10:00",)]


async def test_partitions_are_made_ahead_on_demand_and_dropped_whole(story: Story) -> None:
    partitions = Partitions(story.sessions)
    await partitions.ahead(now(story))
    old = now(story) - timedelta(days=300)
    await put(story, reading_payload(old, pm25=1.0))
    names = [r[0] for r in await rows(story, "SELECT inhrelid::regclass::text FROM pg_inherits ORDER BY 1")]
    assert f"reading_{old:%Y%m%d}" in names
    dropped = await partitions.retire(now(story), 100)
    assert dropped == [f"reading_{old:%Y%m%d}"]
    assert await rows(story, "SELECT count(*) FROM reading") == [(0,)]
    assert await partitions.retire(now(story), 100) == []
