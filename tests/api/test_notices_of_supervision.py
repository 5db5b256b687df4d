"""People of a county hear of a report of the public in its own transaction, without a word of the reporter."""

import json

from app.database import transaction
from models.bulk import fetch
from models.notice import Contact
from tests.api.browsing import Browser
from tests.factories import World
from tests.public_reports import NAME, PHONE, WHAT, add_keeper, reported


async def test_a_county_hears_of_a_report_of_the_public_and_nobody_of_the_reporter(
    browser: Browser, world: World
) -> None:
    await add_keeper(world)
    now = world.clock.now()
    async with transaction(world.sessions) as session:
        for number, name in enumerate(("supervisor", "neighbour", "chief", "patroller"), 1):
            session.add(
                Contact(
                    person_id=world.people[name].id, channel="sms", sealed=b"x", digest=bytes([number]) * 32,
                    masked="138****8000", created_at=now, verified_at=now,
                )
            )  # fmt: skip
    await reported(browser(None), world)
    async with world.sessions() as session:
        letters = await fetch(
            session, "SELECT person_id, about, urgent, payload::text FROM outbox WHERE about IS NOT NULL"
        )
    assert [(row[0], row[1], row[2]) for row in letters] == [(world.people["supervisor"].id, "upward", False)]
    payload = json.loads(letters[0][3])
    assert (payload["number"], payload["event"]) == ("PR-2026-000001", "public_report.received")
    for secret in (NAME, PHONE, WHAT["text"]):
        assert secret not in letters[0][3]
        assert secret.encode("unicode_escape").decode() not in letters[0][3]
