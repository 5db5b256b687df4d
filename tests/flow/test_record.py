"""The record: what the database refuses, what `geshao audit` names, and what stands beside each act."""

import random
from datetime import timedelta

import pytest
from sqlalchemy.exc import DBAPIError

from app import audit, journal
from app.chain import Broken, Kept
from app.database import transaction
from app.journal import Entry
from dispatch.commands import Acknowledge, FileReport, GiveFeedback
from models.bulk import fetch
from models.enums import EventKind, OrderState
from models.errors import NotFound
from models.facts import OrderTold
from models.ids import GridId, OrderId, PersonId
from tests.factories import AS_THE_OWNER, COUNTY
from tests.timeline import Story


async def worked(story: Story) -> list[int]:
    """Three orders that were worked on in turns; gives their ids."""
    world = story.world
    orders = [await world.order() for _ in range(3)]
    for command in (Acknowledge(), GiveFeedback("工地未覆盖"), FileReport("已洒水", "下降")):
        for order_id in orders:
            world.clock.advance(minutes=20)
            await world.act(order_id, command)
            await story.tick()
    return orders


async def number_of(story: Story, order_id: int) -> str:
    async with story.sessions() as session:
        return str((await fetch(session, "SELECT number FROM work_order WHERE id = $1", order_id))[0][0])


async def tamper(story: Story, *statements: str) -> None:
    async with transaction(story.sessions) as session:
        await fetch(session, AS_THE_OWNER)
        for statement in statements:
            await fetch(session, statement)


async def verdict(story: Story, order: str | None = None, kept: Kept | None = None) -> audit.Verdict:
    async with story.sessions() as session:
        if order is not None:
            return await audit.verify_order(session, order, kept=kept, page=3)
        return await audit.verify(session, kept=kept, page=4)


async def test_both_chains_verify_page_by_page_and_count_what_they_saw(story: Story) -> None:
    orders = await worked(story)
    whole = await verdict(story)
    assert (whole.fault, whole.orders) == (None, 3)
    async with story.sessions() as session:
        rows = await fetch(session, "SELECT order_id, order_seq FROM journal WHERE order_id > 0 ORDER BY id")
        head = await audit.head(session)
        own = await audit.order_head(session, await number_of(story, orders[0]))
    assert (head.count, head.hash.hex()) == (whole.checked, whole.head)
    for order_id in orders:
        seqs = [seq for order, seq in rows if order == order_id]
        assert seqs == list(range(1, len(seqs) + 1))
    alone = await verdict(story, await number_of(story, orders[0]), Kept(own.hash, own.count))
    assert (alone.fault, alone.checked, alone.head) == (None, own.count, own.hash.hex())


async def test_a_break_names_the_event_the_order_and_what_is_wrong(story: Story) -> None:
    orders = await worked(story)
    number = await number_of(story, orders[1])
    async with story.sessions() as session:
        (row,) = await fetch(
            session,
            "SELECT id, order_seq FROM journal WHERE order_id = $1 AND kind = 'order.feedback'",
            orders[1],
        )
    id_, seq = row[0], row[1]
    await tamper(story, f"UPDATE journal SET order_hash = sha256('x') WHERE id = {id_}")
    found = await verdict(story)
    assert found.broken is not None
    assert (found.broken.broken, found.broken.event) == (Broken.CHANGED, id_)
    assert found.fault == f"event {id_} is not what was written: its hash was changed (order {number})"
    alone = await verdict(story, number)
    assert (alone.checked, alone.fault) == (seq - 1, found.fault)
    assert (await verdict(story, await number_of(story, orders[0]))).fault is None


@pytest.mark.parametrize("seed", range(12))
async def test_whatever_one_row_becomes_is_named(story: Story, seed: int) -> None:
    """By the table itself, as somebody with every right would do it."""
    await worked(story)
    chance = random.Random(seed)
    last = (await verdict(story)).checked
    id_ = chance.randint(1, last - 1)
    statement = chance.choice(
        [
            f"UPDATE journal SET data = '{{}}' WHERE id = {id_}",
            f"UPDATE journal SET actor_id = coalesce(actor_id, 0) + 1 WHERE id = {id_}",
            f"UPDATE journal SET client_at = now() WHERE id = {id_}",
            f"UPDATE journal SET on_behalf_of_id = 1 WHERE id = {id_}",
            f"UPDATE journal SET recorded_at = recorded_at - interval '1 hour' WHERE id = {id_}",
            f"UPDATE journal SET hash = sha256(hash) WHERE id = {id_}",
            f"UPDATE journal SET grid_id = NULL WHERE id = {id_}",
            f"UPDATE journal SET kind = 'order.void' WHERE id = {id_}",
            f"DELETE FROM journal WHERE id = {id_}",
        ]
    )
    await tamper(story, statement)
    found = await verdict(story)
    assert found.broken is not None, statement
    assert (found.broken.event, found.checked) == (id_, id_ - 1), statement


async def test_an_exchange_and_an_insertion_are_told_from_a_change(story: Story) -> None:
    await worked(story)
    await tamper(
        story,
        "UPDATE journal SET id = -id WHERE id IN (4, 5)",
        "UPDATE journal SET id = CASE id WHEN -4 THEN 5 ELSE 4 END WHERE id < 0",
    )
    found = await verdict(story)
    assert found.broken is not None
    assert (found.broken.broken, found.broken.event) == (Broken.OUT_OF_ORDER, 4)
    await tamper(
        story,
        "UPDATE journal SET id = -id WHERE id IN (4, 5)",
        "UPDATE journal SET id = CASE id WHEN -4 THEN 5 ELSE 4 END WHERE id < 0",
        "UPDATE journal SET id = -id WHERE id > 6",
        "UPDATE journal SET id = 1 - id WHERE id < 0",
        "INSERT INTO journal (id, kind, occurred_at, recorded_at, data, hash)"
        " SELECT 7, kind, occurred_at, recorded_at, data, hash FROM journal WHERE id = 6",
    )
    found = await verdict(story)
    assert found.broken is not None
    assert (found.broken.broken, found.broken.event) == (Broken.PUT_IN, 7)


async def test_a_cut_end_is_told_by_the_head_that_was_kept(story: Story) -> None:
    orders = await worked(story)
    number = await number_of(story, orders[2])
    async with story.sessions() as session:
        head, own = await audit.head(session), await audit.order_head(session, number)
    kept, own_kept = Kept(head.hash, head.count), Kept(own.hash, own.count)
    await worked(story)  # more was written since: what was kept still holds
    assert (await verdict(story, kept=kept)).fault is None
    await tamper(story, f"DELETE FROM journal WHERE id >= {head.count}")
    assert (await verdict(story)).fault is None, "consistent in itself"
    found = await verdict(story, kept=kept)
    assert (
        found.fault
        == f"truncated: {head.count} events were there when the head was kept, now {head.count - 1}"
    )
    assert (await verdict(story, kept=Kept(head.hash))).fault is not None
    cut = await verdict(story, number, own_kept)
    assert cut.broken is not None
    assert cut.broken.broken is Broken.TRUNCATED


async def test_an_order_that_is_not_there_has_no_chain(story: Story) -> None:
    with pytest.raises(NotFound, match="no order 2026-0"):
        await verdict(story, "2026-0")


REFUSED = [
    "UPDATE journal SET data = '{}' WHERE id = 1",
    "DELETE FROM journal",
    "TRUNCATE journal",
    "UPDATE feedback SET finding = 'x'",
    "DELETE FROM feedback",
    "UPDATE disposal_report SET result = 'x'",
    "DELETE FROM disposal_report",
    "UPDATE review SET comment = 'x'",
    "DELETE FROM review",
    "UPDATE evidence SET digest = sha256('x')",
    "UPDATE evidence SET filename = 'x'",
    "UPDATE evidence SET original_digest = sha256('x')",
    "UPDATE evidence SET order_id = NULL",
    "DELETE FROM evidence",
    "UPDATE work_order SET drill = true",
    "DELETE FROM order_summary",
    "DELETE FROM desk_shift",
    "DELETE FROM desk_note",
    "TRUNCATE desk_note",
]


@pytest.mark.parametrize("statement", REFUSED)
async def test_the_database_refuses_what_would_bend_the_record(story: Story, statement: str) -> None:
    order_id = await story.world.order_in(OrderState.CLOSED)
    async with transaction(story.sessions) as session:
        await fetch(
            session,
            "INSERT INTO evidence (id, digest, size, media_type, filename, uploaded_by, grid_id, uploaded_at,"
            " order_id, used_for, round) SELECT gen_random_uuid(), sha256('photo'), 5, 'image/jpeg', 'a.jpg', $1,"
            " grid_id, now(), id, 'report', 1 FROM work_order WHERE id = $2",
            story.world.people["supervisor"].id,
            order_id,
        )
    with pytest.raises(DBAPIError, match="keeps what was written"):
        async with transaction(story.sessions) as session:
            await fetch(session, statement)
    assert (await verdict(story)).fault is None


async def test_who_was_stood_in_for_and_the_time_of_the_device_are_on_the_chain(story: Story) -> None:
    world = story.world
    order_id = await world.order()
    now, grid = world.clock.now(), world.grids[COUNTY]
    number = await number_of(story, order_id)
    fact = OrderTold(
        EventKind.ORDER_PACKED, OrderId(order_id), number, GridId(grid.id), grid.code, now,
        PersonId(world.people["supervisor"].id), "代", on_behalf_of=PersonId(world.people["chief"].id),
        client_at=now - timedelta(minutes=3),
    )  # fmt: skip
    async with transaction(story.sessions) as session:
        await world.context.pipeline.told(session, [fact], now=now)
    async with story.sessions() as session:
        (row,) = await fetch(
            session, "SELECT on_behalf_of_id, client_at, occurred_at FROM journal WHERE kind = 'order.packed'"
        )
    assert tuple(row) == (world.people["chief"].id, now - timedelta(minutes=3), now)
    assert (await verdict(story)).fault is None
    await tamper(story, "UPDATE journal SET client_at = NULL, on_behalf_of_id = NULL WHERE id = 2")
    assert (await verdict(story)).fault is not None


async def test_one_append_may_tell_of_many_orders_and_of_none(story: Story) -> None:
    now = story.world.clock.now()
    entries = [Entry(EventKind.ORDER_ATTACHED, now, order_id=n % 4 or None) for n in range(24)]
    for _ in range(2):
        async with transaction(story.sessions) as session:
            await journal.append(session, entries, now=now)
            await journal.append(session, entries[:5], now=now)
    found = await verdict(story)
    assert (found.checked, found.fault, found.orders) == (58, None, 3)
