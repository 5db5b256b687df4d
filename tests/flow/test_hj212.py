"""HJ 212 frames through the intake: into readings, over restarts in parts, and back out of quarantine."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.database import transaction
from app.detection import inbox
from app.ingest import parts
from app.ingest.intake import Intake
from app.ingest.replay import replay
from app.registry.load import load_text
from models.bulk import fetch
from models.clock import BEIJING
from models.enums import QuarantineReason
from models.errors import NotReplayable
from tests.factories import COUNTY
from tests.hj212 import frame, segment, vectors, wrapped
from tests.timeline import Story

TOPIC = f"geshao/v1/{COUNTY}/WZ-1/hj212"
READINGS = "SELECT observed_at, version, pm25, pm10, co, temperature FROM reading ORDER BY observed_at"
QUARANTINE = "SELECT reason, count, detail FROM quarantine WHERE replayed_at IS NULL ORDER BY id"
WAITING = "SELECT count(*) FROM hj212_part WHERE joined_at IS NULL"
DATA = "DataTime=20261123080000;"


async def rows(story: Story, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
    async with story.sessions() as session:
        return [tuple(row) for row in await fetch(session, sql, *parameters)]


async def put(story: Story, *payloads: bytes) -> None:
    for payload in payloads:
        story.source.put(TOPIC, payload)
    await story.consumer.run_once()
    await story.judge()


def part(number: int, cp: str, of: int = 2, **fields: str) -> bytes:
    return frame(cp, Flag="7", PNUM=str(of), PNO=str(number), **fields)


def restart(story: Story) -> None:
    """Another process takes over: nothing in memory goes with it."""
    context = story.world.context
    story.consumer._intake = Intake(context.directory, retention=timedelta(days=400))
    story.detection.abandon()


async def describe(story: Story, profile: str) -> None:
    """Loads the station's profile from a registry file, as an administrator would."""
    text = f"""
stations: [{{code: WZ-1, name: 微站, grid: "{COUNTY}", lon: 87.3, lat: 44.0, kind: micro, hj212: {profile}}}]
"""
    async with transaction(story.sessions) as session:
        now = story.world.clock.now()
        parsed, result = await load_text(session, text, "r.yaml", now=now, author="test")
    assert result is not None, parsed.faults
    async with story.sessions() as session:
        await story.world.context.directory.refresh(session)


async def replayed(story: Story, quarantine_id: int) -> dict[str, Any]:
    admin = story.world.caller("admin")
    async with transaction(story.sessions) as session:
        return await replay(story.world.context, session, quarantine_id, caller=admin)


async def test_frames_become_the_readings_that_json_would_give(story: Story) -> None:
    story.at("11:00:20")
    segments = dict(vectors())
    await put(story, b"".join(wrapped(segments[crc]) for crc in (0xF501, 0x8581, 0x9C01)))
    assert await rows(story, READINGS) == [
        (datetime(2026, 11, 23, 2, tzinfo=UTC), 1, 36.0, 67.0, None, None),
        (datetime(2026, 11, 23, 3, tzinfo=UTC), 1, 36.0, 67.0, 1.3, -5.2),
    ]
    assert await rows(story, QUARANTINE) == []
    # The same again changes nothing; the frames were acknowledged.
    await put(story, wrapped(segments[0xF501]))
    assert [row[1] for row in await rows(story, READINGS)] == [1, 1]
    assert len(story.source.acknowledged) == 2


async def test_minutes_over_hj212_raise_an_order(story: Story) -> None:
    story.at("09:00")
    for minute in range(70):
        now = story.world.clock.advance(minutes=1)
        value = 30 if minute < 60 else 400
        told = now.astimezone(BEIJING).strftime("%Y%m%d%H%M%S")
        await put(story, frame(f"DataTime={told};a34004-Rtd={value},a34004-Flag=N"))
    assert "order.dispatched" in {line.split()[1] for line in await story.said()}


async def test_parts_over_two_messages_and_a_restart(story: Story) -> None:
    second, first = part(2, "a01001-Rtd=-4"), part(1, DATA + "PM25-Rtd=36")
    await put(story, second)
    assert await rows(story, READINGS) == []
    assert await rows(story, WAITING) == [(1,)]
    assert len(story.source.acknowledged) == 1
    restart(story)
    await put(story, first)
    wanted = [(datetime(2026, 11, 23, tzinfo=UTC), 1, 36.0, None, None, -4.0)]
    assert await rows(story, READINGS) == wanted
    # Delivered again, each alone: known parts, which neither wait nor change anything.
    await put(story, first)
    await put(story, second, second)
    assert await rows(story, READINGS) == wanted
    assert await rows(story, WAITING) == [(0,)]
    story.world.clock.advance(parts.WAIT + timedelta(seconds=1))
    await story.engine.keep_house()
    assert await rows(story, "SELECT count(*) FROM hj212_part") == [(0,)]
    assert await rows(story, QUARANTINE) == []


async def test_parts_of_two_messages_in_one_and_doubled_within_it(story: Story) -> None:
    one = [part(n, cp, of=3) for n, cp in enumerate((DATA, "PM25-Rtd=1", "PM10-Rtd=2"), start=1)]
    other = [
        part(1, "DataTime=20261123075900;PM25-Rtd=3", QN="20261123075901000"),
        part(2, "PM10-Rtd=4", QN="20261123075901000"),
    ]
    await put(story, b"".join([one[2], other[1], one[0], one[0], other[0], one[1]]))
    assert [row[2:4] for row in await rows(story, READINGS)] == [(3.0, 4.0), (1.0, 2.0)]


async def test_a_batch_that_is_rolled_back_keeps_its_parts_for_the_redelivery(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    await put(story, part(1, DATA + "PM25-Rtd=36"))
    append = inbox.append

    async def fails(*arguments: Any, **named: Any) -> Any:
        raise ConnectionError("the database went away")

    monkeypatch.setattr(inbox, "append", fails)
    story.source.put(TOPIC, part(2, "PM10-Rtd=60"))
    with pytest.raises(ConnectionError):
        await story.consumer.run_once()
    monkeypatch.setattr(inbox, "append", append)
    assert await rows(story, WAITING) == [(1,)]
    story.source.redeliver()
    await story.consumer.run_once()
    assert [row[2:4] for row in await rows(story, READINGS)] == [(36.0, 60.0)]


async def test_parts_that_wait_too_long_go_to_quarantine_and_can_wait_again(story: Story) -> None:
    await put(story, part(2, "PM10-Rtd=60"))
    story.world.clock.advance(parts.WAIT)
    await story.engine.keep_house()
    assert await rows(story, WAITING) == [(1,)]
    story.world.clock.advance(seconds=1)
    await story.engine.keep_house()
    ((reason, _, detail),) = await rows(story, QUARANTINE)
    assert (reason, detail) == ("incomplete", "part 2 of 2: the others did not come within 1:00:00")
    ((id_,),) = await rows(story, "SELECT id FROM quarantine")
    assert await replayed(story, id_) == {"stored": 0, "duplicates": 0, "corrected": 0, "rejected": []}
    await put(story, part(1, DATA + "PM25-Rtd=36"))
    assert [row[2:4] for row in await rows(story, READINGS)] == [(36.0, 60.0)]


async def test_parts_that_contradict_each_other(story: Story) -> None:
    await put(story, part(1, DATA + "PM25-Rtd=36"))
    await put(story, part(1, DATA + "PM25-Rtd=37"), part(3, "PM10-Rtd=1", of=3))
    assert await rows(story, QUARANTINE) == [
        ("bad_part", 1, "part 1 came before, with other content"),
        ("bad_part", 1, "part 3 of 3, but others of the message say 2"),
    ]
    assert await rows(story, WAITING) == [(1,)]


async def test_a_station_cannot_fill_the_table_with_parts(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "MAX_WAITING", 3)
    frames = [part(1, DATA, QN=f"202611230800{n:05}") for n in range(5)]
    await put(story, *frames)
    assert await rows(story, WAITING) == [(3,)]
    assert [row[0] for row in await rows(story, QUARANTINE)] == ["bad_part", "bad_part"]
    # Those that complete something are never too many: the backlog after an outage.
    ends = [part(2, "PM25-Rtd=1", QN=f"202611230800{n:05}") for n in range(2)]
    pairs = [part(n, DATA + "PM25-Rtd=1", QN=f"202611230801{m:05}") for m in range(4) for n in (1, 2)]
    await put(story, b"".join(ends + pairs))
    assert await rows(story, WAITING) == [(1,)]
    assert len(await rows(story, QUARANTINE)) == 2


async def test_a_joined_message_that_cannot_be_taken_is_kept_whole_and_replayed_whole(story: Story) -> None:
    await put(story, part(1, DATA + "H1-Rtd=5"), part(2, "Z9-Rtd=36"))
    ((reason, _, _),) = await rows(story, QUARANTINE)
    assert reason == "no_values"
    assert await rows(story, "SELECT count(*) FROM hj212_part") == [(0,)]
    ((id_,),) = await rows(story, "SELECT id FROM quarantine")
    told = await replayed(story, id_)
    assert [item["reason"] for item in told["rejected"]] == ["no_values"]
    await describe(story, "{codes: {Z9: pm25}}")
    assert (await replayed(story, id_))["stored"] == 1
    assert [row[2] for row in await rows(story, READINGS)] == [36.0]
    assert await rows(story, QUARANTINE) == []


async def test_what_a_profile_allows_is_replayed_once_it_does(story: Story) -> None:
    lower = wrapped(segment(DATA + "a34004-Rtd=0.036,a34004-Flag=N")).decode()
    raw = (lower[:-6] + lower[-6:].lower()).encode()
    assert raw != lower.encode()
    await put(story, raw)
    await put(story, raw)
    ((reason, count, detail),) = await rows(story, QUARANTINE)
    assert (reason, count) == ("bad_crc", 2)
    assert detail.endswith("in lower case (lower_case_crc)")
    ((id_,),) = await rows(story, "SELECT id FROM quarantine")
    assert [item["reason"] for item in (await replayed(story, id_))["rejected"]] == ["bad_crc"]
    await describe(story, "{tolerate: [lower_case_crc], units: {pm25: mg/m3}}")
    assert (await replayed(story, id_))["stored"] == 1
    with pytest.raises(NotReplayable):
        await replayed(story, id_)
    assert [row[2] for row in await rows(story, READINGS)] == [36.0]
    # And from now on at once.
    await put(story, frame("DataTime=20261123080100;a34004-Rtd=0.04"))
    assert [row[2] for row in await rows(story, READINGS)] == [36.0, 40.0]


async def test_a_profile_is_kept_until_another_one_is_said(story: Story) -> None:
    await describe(story, "{units: {pm25: mg/m3}}")
    stored = "SELECT hj212::text FROM station WHERE code = 'WZ-1'"
    assert await rows(story, stored) == [('{"units": {"pm25": "mg/m3"}}',)]
    await describe(story, "null")
    assert await rows(story, stored) == [('{"units": {"pm25": "mg/m3"}}',)]
    await describe(story, "{}")
    assert await rows(story, stored) == [("{}",)]


async def test_the_same_profile_again_changes_nothing(story: Story) -> None:
    text = "{tolerate: [modbus_crc], systems: [22], scale: {pm10: 0.1}}"
    await describe(story, text)
    before = await rows(story, "SELECT count(*) FROM journal WHERE kind = 'registry.loaded'")
    await describe(story, text)
    assert await rows(story, "SELECT count(*) FROM journal WHERE kind = 'registry.loaded'") == before


async def test_a_profile_of_another_release_is_never_guessed_at(story: Story) -> None:
    async with transaction(story.sessions) as session:
        await fetch(session, """UPDATE station SET hj212 = '{"units": {"pm25": "oz"}}' WHERE code = 'WZ-1'""")
    async with story.sessions() as session:
        await story.world.context.directory.refresh(session)
    await put(story, frame(DATA + "PM25-Rtd=1"))
    assert [row[0] for row in await rows(story, QUARANTINE)] == ["unsupported"]


async def test_every_reason_can_be_kept(story: Story) -> None:
    for reason in QuarantineReason:
        await story.world.quarantined(reason.value.encode(), reason=reason.value)
    assert await rows(story, "SELECT count(*) FROM quarantine") == [(len(QuarantineReason),)]
