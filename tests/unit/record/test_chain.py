"""No single change, deletion, exchange or insertion among the rows of a chain goes unnamed."""

import random
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.chain import GENESIS, Broken, Fault, Kept, Row, Walk, link, text

AT = datetime(2026, 11, 23, tzinfo=UTC)


def chained(rows: Sequence[Row]) -> list[Row]:
    """The rows with the links that the service would have given them."""
    linked, previous = [], GENESIS
    orders: dict[int, tuple[int, bytes]] = {}
    for row in rows:
        previous = link(previous, text(row))
        seq: int | None = None
        order_hash: bytes | None = None
        if row.order_id is not None:
            last, before = orders.get(row.order_id, (0, GENESIS))
            seq, order_hash = last + 1, link(before, text(row))
            orders[row.order_id] = (seq, order_hash)
        linked.append(replace(row, hash=previous, order_seq=seq, order_hash=order_hash))
    return linked


def bare(id_: int, order_id: int | None, data: str = "{}") -> Row:
    at = AT + timedelta(seconds=id_)
    return Row(id_, "order.told", at, at, 1, order_id, None, None, None, None, data, b"", None, None)


small = st.none() | st.integers(1, 5)
DATAS = ['{"n":1}', '{"finding":"工地未覆盖"}', "{}", '{"n":2,"drill":true}']


def drawn(seed: int, count: int) -> list[Row]:
    """A journal of so many rows, the same for the same seed."""
    chance = random.Random(seed)

    def some() -> int | None:
        return chance.choice([None, 1, 2, 3, 4, 5])

    def at() -> datetime:
        return AT + timedelta(microseconds=chance.choice([0, 1, 250_000]), seconds=chance.randrange(10**6))

    rows = []
    for n in range(1, count + 1):
        client = chance.choice([None, at()])
        row = Row(
            n, chance.choice(["order.told", "alert.opened"]), at(), at(), some(), some(), some(), some(), some(),
            client, chance.choice(DATAS), b"", None, None,
        )  # fmt: skip
        rows.append(row)
    return chained(rows)


def journals(least: int = 1) -> st.SearchStrategy[list[Row]]:
    return st.builds(drawn, st.integers(0, 2**32), st.integers(least, 12))


def first_fault(rows: Sequence[Row], kept: Kept | None = None) -> Fault | None:
    """As `app.audit.verify` goes through them: the whole first, then each order."""
    walk = Walk(kept=kept)
    for row in rows:
        if (fault := walk.take(row)) is not None:
            return fault
    if (fault := walk.end()) is not None:
        return fault
    for order_id in sorted({row.order_id for row in rows if row.order_id is not None}):
        if (fault := order_fault(rows, order_id)) is not None:
            return fault
    return None


def order_fault(rows: Sequence[Row], order_id: int) -> Fault | None:
    walk = Walk(order_id)
    own = [row for row in rows if row.order_id == order_id]
    for row in sorted(own, key=lambda row: row.order_seq or 0):
        if (fault := walk.take(row)) is not None:
            return fault
    return walk.end()


@given(journals())
def test_what_was_written_is_whole(rows: list[Row]) -> None:
    assert first_fault(rows) is None


def _other(name: str, value: Any) -> Any:
    if name in ("kind", "data"):
        return "order.void" if name == "kind" else '{"n":3}'
    if name in ("hash", "order_hash"):
        return bytes(32) if value is None else bytes([value[0] ^ 1]) + value[1:]
    if isinstance(value, datetime):
        return value + timedelta(microseconds=1)
    if name == "client_at":
        return AT
    return 7 if value is None else value + 1


@settings(max_examples=300)
@given(st.data())
def test_every_single_change_is_named(data: st.DataObject) -> None:
    rows = data.draw(journals())
    index = data.draw(st.integers(0, len(rows) - 1))
    name = data.draw(st.sampled_from([field.name for field in fields(Row)]))
    row = rows[index]
    rows[index] = replace(row, **{name: _other(name, getattr(row, name))})
    fault = first_fault(rows)
    assert fault is not None
    if name not in ("id", "order_seq", "order_hash"):
        assert (fault.broken, fault.event) == (Broken.CHANGED, row.id)
    elif name != "id":
        assert fault.order_id == row.order_id


@given(st.data())
def test_every_deletion_is_named_but_that_of_the_end(data: st.DataObject) -> None:
    rows = data.draw(journals(least=2))
    index = data.draw(st.integers(0, len(rows) - 2))
    fault = first_fault(rows[:index] + rows[index + 1 :])
    assert fault is not None
    assert (fault.broken, fault.event) == (Broken.MISSING, index + 1)
    assert "missing" in fault.says


@given(st.data())
def test_a_deletion_whose_trace_was_covered_by_new_ids_is_named(data: st.DataObject) -> None:
    rows = data.draw(journals(least=2))
    index = data.draw(st.integers(0, len(rows) - 2))
    moved = [replace(row, id=row.id - 1) for row in rows[index + 1 :]]
    fault = first_fault(rows[:index] + moved)
    assert fault is not None
    assert (fault.broken, fault.event) == (Broken.CHANGED, index + 1)


@given(st.data())
def test_every_exchange_is_named(data: st.DataObject) -> None:
    """Two neighbours in each other's place, with their links, under each other's ids."""
    rows = data.draw(journals(least=2))
    index = data.draw(st.integers(0, len(rows) - 2))
    first, second = rows[index], rows[index + 1]
    rows[index], rows[index + 1] = replace(second, id=first.id), replace(first, id=second.id)
    fault = first_fault(rows)
    assert fault is not None
    assert (fault.broken, fault.event) == (Broken.OUT_OF_ORDER, first.id)


@given(st.data())
def test_every_insertion_is_named(data: st.DataObject) -> None:
    rows = data.draw(journals())
    index = data.draw(st.integers(0, len(rows) - 1))
    forged = replace(bare(index + 1, data.draw(small)), hash=data.draw(st.binary(min_size=32, max_size=32)))
    if forged.order_id is not None:
        forged = replace(forged, order_seq=1, order_hash=bytes(32))
    later = [replace(row, id=row.id + 1) for row in rows[index:]]
    fault = first_fault([*rows[:index], forged, *later])
    assert fault is not None
    assert (fault.broken, fault.event) == (Broken.PUT_IN, index + 1)


@given(st.data())
def test_the_end_that_was_cut_off_is_named_by_a_head_kept_elsewhere(data: st.DataObject) -> None:
    rows = data.draw(journals(least=2))
    kept = Kept(rows[-1].hash, len(rows))
    assert first_fault(rows, kept) is None
    cut = rows[: data.draw(st.integers(0, len(rows) - 1))]
    for partly in (kept, Kept(kept.head), Kept(count=kept.count)):
        fault = first_fault(cut, partly)
        assert fault is not None
        assert fault.broken is Broken.TRUNCATED


@given(st.data())
def test_a_journal_written_anew_is_named_by_a_head_kept_elsewhere(data: st.DataObject) -> None:
    rows = data.draw(journals(least=2))
    at = data.draw(st.integers(1, len(rows)))
    kept = Kept(rows[at - 1].hash, at)
    assert first_fault(rows, kept) is None
    anew = chained([replace(row, data='{"forged":true}') if row.id == 1 else row for row in rows])
    assert first_fault(anew) is None
    fault = first_fault(anew, kept)
    assert fault is not None
    assert (fault.broken, fault.event) == (Broken.REWRITTEN, at)
    assert first_fault(anew, Kept(kept.head)) is not None


Tamper = Callable[[list[Row]], list[Row]]


@pytest.mark.parametrize(
    ("tamper", "broken", "event"),
    [
        (lambda rows: [replace(r, data="[]") if r.id == 4 else r for r in rows], Broken.CHANGED, 4),
        (lambda rows: [r for r in rows if r.id != 4], Broken.MISSING, 6),
        (
            lambda rows: [
                replace(r, order_seq={2: 3, 3: 2}.get(r.order_seq or 0, r.order_seq))
                if r.order_id == 1 else r for r in rows
            ],
            Broken.OUT_OF_ORDER,
            6,
        ),
        (
            lambda rows: [
                *[replace(r, order_seq=(r.order_seq or 0) + (r.id > 5)) if r.order_id == 1 else r for r in rows],
                replace(bare(5, 1), order_seq=3, order_hash=bytes(range(32))),
            ],
            Broken.PUT_IN,
            5,
        ),
    ],
)  # fmt: skip
def test_the_chain_of_one_order_tells_by_itself(tamper: Tamper, broken: Broken, event: int) -> None:
    rows = chained([bare(n, 1 + n % 2 if n < 9 else None) for n in range(1, 10)])
    assert order_fault(rows, 1) is None
    fault = order_fault(tamper(rows), 1)
    assert fault is not None
    assert (fault.broken, fault.event, fault.order_id) == (broken, event, 1)


def test_rows_from_before_devices_told_the_time_keep_their_links() -> None:
    row = bare(1, 3, '{"n":1}')
    assert text(row) == (
        b'[1,"order.told","2026-11-23T00:00:01+00:00","2026-11-23T00:00:01+00:00",1,3,null,null]{"n":1}'
    )
    told = replace(row, client_at=AT, on_behalf_of_id=9)
    assert b',null,null,9,"2026-11-23T00:00:00+00:00"]{' in text(told)
