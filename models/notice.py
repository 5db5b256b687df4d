"""Whom to tell by which way: contacts, rules, group robots, links to acknowledge, and whether a way works."""

from datetime import datetime, time
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    String,
    Time,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, one_of
from models.enums import Channel, NoticeClass, OrderAct


class Contact(Base):
    """An address of a person; kept sealed, shown only masked, used only once it is verified."""

    __tablename__ = "contact"
    __table_args__ = (
        CheckConstraint(one_of("channel", Channel), name="channel"),
        CheckConstraint("code_tries BETWEEN 0 AND 5", name="code_tries"),
        UniqueConstraint("person_id", "channel", "digest"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    channel: Mapped[str] = mapped_column(String(20))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    """Address, and secret where the channel has one (`notify/seal.py`)."""
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    """Keyed hash of the address, so that a person cannot have it twice."""
    masked: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime]
    verified_at: Mapped[datetime | None]
    code_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    code_until: Mapped[datetime | None]
    code_tries: Mapped[int] = mapped_column(server_default="0")


class NoticeRule(Base):
    """A person is told of a class of facts by a channel (by every one while NULL), `after_s` unacknowledged."""

    __tablename__ = "notice_rule"
    __table_args__ = (
        CheckConstraint(one_of("about", NoticeClass), name="about"),
        CheckConstraint(f"channel IS NULL OR {one_of('channel', Channel)}", name="channel"),
        CheckConstraint("after_s BETWEEN 0 AND 86400", name="after_s"),
        CheckConstraint("min_level BETWEEN 1 AND 9", name="min_level"),
        UniqueConstraint("person_id", "about", "channel", postgresql_nulls_not_distinct=True),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    about: Mapped[str] = mapped_column(String(20))
    channel: Mapped[str | None] = mapped_column(String(20))
    after_s: Mapped[int] = mapped_column(server_default="0")
    min_level: Mapped[int] = mapped_column(server_default="1")
    """Of escalations: nothing below this rung."""


class QuietHours(Base):
    """When a person wants to hear only what is urgent; Beijing time, over midnight where `ends` is before `begins`."""

    __tablename__ = "quiet_hours"
    __table_args__ = (CheckConstraint("begins <> ends", name="span"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    begins: Mapped[time] = mapped_column(Time)
    ends: Mapped[time] = mapped_column(Time)


class NoticeTarget(Base):
    """A group robot or a webhook that hears of a grid and of everything below it; its address is kept sealed."""

    __tablename__ = "notice_target"
    __table_args__ = (
        CheckConstraint(one_of("channel", Channel), name="channel"),
        Index("ix_notice_target_grid_id", "grid_id", postgresql_where=text("ended_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    grid_id: Mapped[int] = mapped_column(ForeignKey("grid.id"))
    channel: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(100))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    masked: Mapped[str] = mapped_column(String(80))
    classes: Mapped[list[Any]]
    """Of robots: which classes; a webhook gets the events that the webhook of the settings gets."""
    created_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class ActLink(Base):
    """One act of one person on one order, to be done once by a link; the token itself is never stored.

    No key on the order: a pass over deadlines writes these and may hold no order's row.
    """

    __tablename__ = "act_link"
    __table_args__ = (
        CheckConstraint(one_of("act", OrderAct), name="act"),
        CheckConstraint("expires_at > created_at", name="validity"),
        Index("ix_act_link_expires_at", "expires_at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    order_id: Mapped[int] = mapped_column(BigInteger)
    act: Mapped[str] = mapped_column(String(20))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class WayHealth(Base):
    """How sending by a channel, or to one target of it, has gone lately."""

    __tablename__ = "way_health"

    way: Mapped[str] = mapped_column(String(40), primary_key=True)
    """A channel, or `channel:target`."""
    failures: Mapped[int] = mapped_column(server_default="0")
    """In a row."""
    failing_since: Mapped[datetime | None]
    succeeded_at: Mapped[datetime | None]
    down_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(String(300))
