"""The journal's hash chains: how a row is hashed, and which row is the first that does not fit. Pure.

Each row belongs to the chain of all rows, and a row of an order to that order's chain as well. A link is the
SHA-256 over the link before it (32 zero bytes for the first) and the canonical text of the row, so nothing can be
changed, left out, put in or exchanged without every later link telling so. Whoever can rewrite every row can
rewrite every link: a head that was kept elsewhere tells that too (`Kept`).
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

import msgspec

GENESIS = bytes(32)
_encode = msgspec.json.Encoder(order="deterministic").encode


def instant(at: datetime) -> str:
    """As it stands in the canonical text: UTC, microseconds only where there are any."""
    return at.astimezone(UTC).isoformat()


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the journal as it is stored. Instants are aware."""

    id: int
    kind: str
    occurred_at: datetime
    recorded_at: datetime
    grid_id: int | None
    order_id: int | None
    alert_id: int | None
    actor_id: int | None
    on_behalf_of_id: int | None
    client_at: datetime | None
    data: str
    """JSON, the very text that was hashed."""
    hash: bytes
    order_seq: int | None
    order_hash: bytes | None


def text_of(
    id_: int,
    kind: str,
    occurred: str,
    recorded: str,
    subjects: tuple[int | None, int | None, int | None, int | None],
    on_behalf_of: int | None,
    client: str | None,
    data: str,
) -> bytes:
    """Everything a row says, written in one way only: a JSON array of its fields, then its data.

    `subjects` are grid, order, alert and actor. Whom an actor stood in for, and the time of the device, stand in
    the array only where one of them was said: rows from before they existed keep their links.
    """
    head: list[str | int | None] = [id_, kind, occurred, recorded, *subjects]
    if on_behalf_of is not None or client is not None:
        head += [on_behalf_of, client]
    return _encode(head) + data.encode()


def link(previous: bytes, text: bytes) -> bytes:
    """The link of a row: over the one before it and everything the row says."""
    return hashlib.sha256(previous + text).digest()


def text(row: Row, id_: int | None = None) -> bytes:
    """The canonical text of a stored row, or what it would be under another id."""
    return text_of(
        row.id if id_ is None else id_,
        row.kind,
        instant(row.occurred_at),
        instant(row.recorded_at),
        (row.grid_id, row.order_id, row.alert_id, row.actor_id),
        row.on_behalf_of_id,
        None if row.client_at is None else instant(row.client_at),
        row.data,
    )


class Broken(StrEnum):
    """What is wrong at the first break of a chain."""

    CHANGED = "changed"  # the row does not say what was written
    MISSING = "missing"  # a row was taken out
    PUT_IN = "put in"  # a row stands where none was written
    OUT_OF_ORDER = "out of order"  # two rows stand in each other's place
    TRUNCATED = "truncated"  # the end is gone, by a head kept elsewhere
    REWRITTEN = "rewritten"  # consistent in itself, but not what a head kept elsewhere says


@dataclass(frozen=True, slots=True)
class Fault:
    """The first break: which event, of which order, what is wrong."""

    broken: Broken
    event: int
    """Id of the row; of the place where it is missing, in the chain of all rows."""
    order_id: int | None
    says: str

    def __str__(self) -> str:
        return self.says


@dataclass(frozen=True, slots=True)
class Kept:
    """A head that was written down elsewhere, and of how many rows it was the head."""

    head: bytes | None = None
    count: int | None = None


class Walk:
    """Follows one chain row by row, with one row of memory; `order_id` makes it the chain of that order.

    `take` gives the first fault or None. One row more than the broken one is looked at, since only that tells a
    change from an exchange: call `end` when there are no more.
    """

    def __init__(self, order_id: int | None = None, kept: Kept | None = None) -> None:
        self.order_id = order_id
        self.count = 0
        self.head = GENESIS
        self._kept = kept or Kept()
        self._met = self._kept.head is None or self._kept.head == GENESIS
        self._last_id = 0
        self._doubted: Row | None = None

    def take(self, row: Row) -> Fault | None:
        if self._doubted is not None:
            return self._diagnosed(self._doubted, row)
        number, stored = self._place(row)
        if number is None or stored is None:
            return self._fault(Broken.CHANGED, row, "has lost its place in the chain of its order")
        wanted = self.count + 1
        if number > wanted:
            return self._absent(row, wanted, number)
        if number < wanted or row.id <= self._last_id:
            return self._fault(Broken.OUT_OF_ORDER, row, "stands behind one that was written after it")
        if len({row.order_id is None, row.order_seq is None, row.order_hash is None}) > 1:
            return self._fault(Broken.CHANGED, row, "was moved into or out of the chain of an order")
        if link(self.head, text(row)) != stored:
            self._doubted = row
            return None
        self.count, self.head, self._last_id = number, stored, row.id
        return self._compared(row)

    def end(self) -> Fault | None:
        """The fault that only the end of the chain shows: its last row, or what a kept head says."""
        if self._doubted is not None:
            return self._diagnosed(self._doubted, None)
        if self._kept.count is not None and self.count < self._kept.count:
            says = f"truncated: {self._kept.count} events were there when the head was kept, now {self.count}"
            return Fault(Broken.TRUNCATED, self._last_id + 1, self.order_id, says)
        if not self._met:
            says = "truncated or rewritten: the head that was kept is nowhere in the chain"
            return Fault(Broken.TRUNCATED, self._last_id + 1, self.order_id, says)
        return None

    def _place(self, row: Row) -> tuple[int | None, bytes | None]:
        if self.order_id is None:
            return row.id, row.hash
        return row.order_seq, row.order_hash

    def _absent(self, row: Row, wanted: int, number: int) -> Fault:
        if self.order_id is None:
            many = f"events {wanted} to {number - 1} are" if number - 1 > wanted else f"event {wanted} is"
            return Fault(Broken.MISSING, wanted, None, f"{many} missing")
        many = (
            f"events {wanted} to {number - 1} of the order are"
            if number - 1 > wanted
            else f"event {wanted} of the order is"
        )
        return Fault(Broken.MISSING, row.id, self.order_id, f"{many} missing, before event {row.id}")

    def _compared(self, row: Row) -> Fault | None:
        kept = self._kept
        if kept.head is not None and self.head == kept.head and kept.count in (None, self.count):
            self._met = True
        elif kept.count == self.count and kept.head is not None:
            return self._fault(Broken.REWRITTEN, row, "has another hash than the head that was kept")
        return None

    def _diagnosed(self, row: Row, after: Row | None) -> Fault:
        """What happened to a row that does not follow from the one before it."""
        wanted = self.count + 1
        if after is not None and self._fits(self.head, after, wanted):
            stored = self._place(after)[1] or b""
            if self._fits(stored, row, wanted + 1):
                return self._fault(Broken.OUT_OF_ORDER, row, f"was written after event {after.id}")
            return self._fault(Broken.PUT_IN, row, "was not written by the service: it was put in")
        own = link(self.head, text(row))
        if after is not None and self._fits(own, after, after.id):
            return self._fault(Broken.CHANGED, row, "is not what was written: its hash was changed")
        return self._fault(Broken.CHANGED, row, "is not what was written")

    def _fits(self, previous: bytes, row: Row, id_: int) -> bool:
        """Whether the row follows from that link, in the chain of all rows under that id."""
        return link(previous, text(row, id_ if self.order_id is None else None)) == self._place(row)[1]

    def _fault(self, broken: Broken, row: Row, says: str) -> Fault:
        return Fault(broken, row.id, row.order_id, f"event {row.id} {says}")
