"""The journal (feed, timeline and audit chain in one), the outbox, and the service's own bookkeeping."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    text,
)
from sqlalchemy.dialects.postgresql import JSON
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, one_of
from models.enums import Channel, OutboxState


class JournalEvent(Base):
    """Append-only: a trigger refuses every change. Ids are given under a lock held until commit, so id order is
    commit order, without gaps.

    `hash` = SHA-256 over the hash of the row before and the canonical text of this one: a chain over all rows.
    `order_hash` is the same over the order's row before: a chain of each order, counted by `order_seq`.
    """

    __tablename__ = "journal"
    __table_args__ = (
        Index(
            "uq_journal_order_seq",
            "order_id",
            "order_seq",
            unique=True,
            postgresql_where=text("order_id IS NOT NULL"),
        ),
        CheckConstraint(
            "(order_id IS NULL) = (order_seq IS NULL) AND (order_id IS NULL) = (order_hash IS NULL)",
            name="order_chain",
        ),
        Index("ix_journal_grid_id_id", "grid_id", "id"),
        # Which alarms are muted now: a desk's note says so.
        Index("ix_journal_muted", "grid_id", "id", postgresql_where=text("kind = 'board.muted'")),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(40))
    occurred_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    grid_id: Mapped[int | None]
    order_id: Mapped[int | None] = mapped_column(BigInteger)
    alert_id: Mapped[int | None] = mapped_column(BigInteger)
    actor_id: Mapped[int | None]
    on_behalf_of_id: Mapped[int | None]
    """Whom the actor stood in for."""
    client_at: Mapped[datetime | None]
    """When the actor's device says that it was done: its claim, which no clock goes by."""
    data: Mapped[dict[str, Any]] = mapped_column(JSON)
    """json, not jsonb: the text that was hashed is the text that is kept."""
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    order_seq: Mapped[int | None]
    """1, 2, 3 … without a gap for each order."""
    order_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))


class OutboxMessage(Base):
    """Something to be told to the outside, written with the fact it tells; sent at least once under one key."""

    __tablename__ = "outbox"
    __table_args__ = (
        CheckConstraint(one_of("state", OutboxState), name="state"),
        CheckConstraint(one_of("channel", Channel), name="channel"),
        # What waits or is under way has its next instant, what is over has none.
        CheckConstraint("(state IN ('pending', 'sending')) = (next_at IS NOT NULL)", name="next_at"),
        Index("ix_outbox_next_at", "next_at", postgresql_where=text("next_at IS NOT NULL")),
        Index("ix_outbox_failed", "id", postgresql_where=text("state IN ('failed', 'unknown')")),
        Index("ix_outbox_waiting", "channel", "created_at", postgresql_where=text("next_at IS NOT NULL")),
        Index("ix_outbox_lane", "channel", "lane", "id", postgresql_where=text("next_at IS NOT NULL")),
        Index(
            "ix_outbox_tried_at", "channel", "lane", "tried_at", postgresql_where=text("about IS NOT NULL")
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    channel: Mapped[str] = mapped_column(String(20))
    destination: Mapped[str] = mapped_column(String(500))
    """Topic; `target:N`, `contact:N` or `phone:N` (a person's number in the registry), so that no address and no
    secret is kept here; nothing for the one webhook of the settings."""
    lane: Mapped[str] = mapped_column(String(80))
    """Messages of one lane go out in order: an order's states never overtake each other. A notice's lane is whom it
    goes to: what is due there at one time goes out as one message."""
    key: Mapped[str] = mapped_column(String(80), unique=True)
    payload: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(20), server_default="pending")
    attempts: Mapped[int] = mapped_column(server_default="0")
    created_at: Mapped[datetime]
    next_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(String(300))
    about: Mapped[str | None] = mapped_column(String(20))
    """Of a notice to people, its class; NULL for what machines read."""
    urgent: Mapped[bool] = mapped_column(server_default=text("false"))
    held: Mapped[str | None] = mapped_column(String(20))
    """Why a notice is not due yet: `bundle`, `quiet`, `unanswered`, `throttle`."""
    person_id: Mapped[int | None]
    tried_at: Mapped[datetime | None]
    """Of the last attempt; throttling counts by it."""
    carried_by: Mapped[int | None] = mapped_column(BigInteger)
    """The first of the notices it went out with in one message; its own id if that was itself."""
    again: Mapped[bool] = mapped_column(server_default=text("false"))
    """An earlier attempt may have arrived: the text says so."""


class IdempotencyKey(Base):
    """The first answer to a POST, kept so that the same request again gets the same answer."""

    __tablename__ = "idempotency_key"
    __table_args__ = (Index("ix_idempotency_key_created_at", "created_at"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    request_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    status: Mapped[int | None]
    body: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime]


class ApiKey(Base):
    """A personal key; only its SHA-256 is kept."""

    __tablename__ = "api_key"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    name: Mapped[str] = mapped_column(String(100))
    digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class EndedSession(Base):
    """A session somebody signed out of: its tokens are valid by themselves and are refused by this row."""

    __tablename__ = "ended_session"
    __table_args__ = (Index("ix_ended_session_ended_at", "ended_at"),)

    session: Mapped[str] = mapped_column(String(40), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    ended_at: Mapped[datetime]


class IntakeBeat(Base):
    """Since when the broker is listened to without a break, and when that was last so; a row for each shard."""

    __tablename__ = "intake_beat"
    __table_args__ = (CheckConstraint("id >= 1", name="shard"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """The shard's number and one."""
    connected_since: Mapped[datetime]
    seen_at: Mapped[datetime]
    heard_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    """`seen_at` by the database's own clock."""


class IntakeCover(Base):
    """Which shard of the intake has its own subscription for a grid, so that shard 0 may pass it over.

    True from the moment on when shard 0 has met the mark in its own stream (app/ingest/cover.py).
    """

    __tablename__ = "intake_cover"
    __table_args__ = (PrimaryKeyConstraint("grid", "shard"),)

    grid: Mapped[str] = mapped_column(String(32))
    shard: Mapped[int] = mapped_column(autoincrement=False)
    mark: Mapped[str] = mapped_column(String(64))
    """What the mark says: nobody else knows it."""
    covered_at: Mapped[datetime | None]


class EngineBeat(Base):
    """When each engine last finished a pass; readiness looks here, across processes."""

    __tablename__ = "engine_beat"

    name: Mapped[str] = mapped_column(String(120), primary_key=True)
    passed_at: Mapped[datetime]
    heard_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    """The same by the database's own clock: how long nobody passed is measured by one clock, whoever passes."""
