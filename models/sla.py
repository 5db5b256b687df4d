"""Clocks with their whole plan stamped on the row, breaches as facts, escalations once each."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, one_of
from models.enums import ClockKind, ClockState, PolicyState


class SlaPolicyRow(Base):
    """One version of the deadlines, warnings and ladders: edited while a draft, never changed afterwards.

    Exactly one is active and rules new orders; an order keeps the version it was dispatched under.
    """

    __tablename__ = "sla_policy"
    __table_args__ = (
        CheckConstraint(one_of("state", PolicyState), name="state"),
        Index("uq_sla_policy_active", "state", unique=True, postgresql_where=text("state = 'active'")),
    )

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    state: Mapped[str] = mapped_column(String(20))
    body: Mapped[dict[str, Any]]
    author: Mapped[str] = mapped_column(String(64))
    from_settings: Mapped[bool] = mapped_column(server_default="false")
    """Made out of the settings' durations; while such a one is active, other settings make another."""
    note: Mapped[str] = mapped_column(Text, server_default="")
    parent_version: Mapped[int | None] = mapped_column(ForeignKey("sla_policy.version"))
    revision: Mapped[int] = mapped_column(server_default="1")
    """Rises with every edit of the draft: a what-if run counts only for the revision it was run on."""
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime | None]
    tried_at: Mapped[datetime | None]
    activated_at: Mapped[datetime | None]
    retired_at: Mapped[datetime | None]


class SlaClock(Base):
    """A deadline of an order.

    `plan` is the list of instants at which something is to happen (warnings, breach, escalations), fixed when
    the clock started; `step` is the next of them and `next_at` its instant, NULL when nothing is left to do.
    """

    __tablename__ = "sla_clock"
    __table_args__ = (
        UniqueConstraint("order_id", "kind", "round", "subject_id", postgresql_nulls_not_distinct=True),
        # What is about no order says what it is about.
        CheckConstraint(
            "order_id IS NOT NULL OR (subject_id IS NOT NULL AND label IS NOT NULL)", name="subject"
        ),
        CheckConstraint(one_of("kind", ClockKind), name="kind"),
        CheckConstraint(one_of("state", ClockState), name="state"),
        CheckConstraint("due_at >= started_at AND original_due_at >= started_at", name="due"),
        # Met means the stop was committed in time, breached that the deadline passed first.
        CheckConstraint("state <> 'met' OR (stopped_at IS NOT NULL AND stopped_at <= due_at)", name="met"),
        CheckConstraint("(state = 'breached') = (breached_at IS NOT NULL)", name="breached"),
        CheckConstraint("breached_at IS NULL OR breached_at = due_at", name="breached_at_due"),
        CheckConstraint("stopped_at IS NULL OR next_at IS NULL", name="stopped_is_quiet"),
        Index("ix_sla_clock_next_at", "next_at", postgresql_where=text("next_at IS NOT NULL")),
        Index(
            "ix_sla_clock_subject",
            "kind",
            "subject_id",
            postgresql_where=text("subject_id IS NOT NULL"),
        ),
        # The board and its counters read nothing but this index.
        Index(
            "ix_sla_clock_open",
            "grid_id",
            "due_at",
            postgresql_include=["kind", "state"],
            postgresql_where=text("stopped_at IS NULL"),
        ),
        # The watchdog's own way to what is past due, whatever `next_at` says.
        Index("ix_sla_clock_unjudged", "due_at", postgresql_where=text("state = 'running'")),
        # The board's rate of today.
        Index(
            "ix_sla_clock_met",
            "stopped_at",
            postgresql_include=["grid_id", "order_id"],
            postgresql_where=text("state = 'met'"),
        ),
        Index("ix_sla_clock_late", "id", postgresql_where=text("state = 'breached' AND stopped_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    order_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("work_order.id"))
    subject_id: Mapped[int | None] = mapped_column(BigInteger)
    """What it is about beside the order, or instead of one: the request (`decision`, `recheck`), the task, the
    report from below (`triage`); for the other kinds the holder's segment, where the clock is one holder's own."""
    label: Mapped[str | None] = mapped_column(String(40))
    """The number of what it is about, where that is no order."""
    grid_id: Mapped[int] = mapped_column(ForeignKey("grid.id"))
    kind: Mapped[str] = mapped_column(String(20))
    round: Mapped[int]
    state: Mapped[str] = mapped_column(String(20))
    started_at: Mapped[datetime]
    due_at: Mapped[datetime]
    original_due_at: Mapped[datetime]
    stopped_at: Mapped[datetime | None]
    stopped_by: Mapped[str | None] = mapped_column(String(20))
    breached_at: Mapped[datetime | None]
    plan: Mapped[list[Any]]
    step: Mapped[int] = mapped_column(server_default="0")
    next_at: Mapped[datetime | None]
    policy_version: Mapped[int] = mapped_column(ForeignKey("sla_policy.version"))
    traits: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    """What of the order its terms depended on when it started; NULL where that was not kept yet."""
    stops: Mapped[list[Any] | None] = mapped_column(JSONB(none_as_null=True))
    """The acts its policy counts as an answer; NULL for all that the code knows."""


class SlaBreach(Base):
    """The deadline passed: never deleted, never moved; triggers refuse both, here and on the clock."""

    __tablename__ = "sla_breach"
    __table_args__ = (
        UniqueConstraint("clock_id"),
        Index("ix_sla_breach_grid_id_id", "grid_id", "id"),
        Index("ix_sla_breach_detected_at", "detected_at"),
        Index("ix_sla_breach_breached_at", "breached_at", postgresql_include=["grid_id", "kind"]),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    clock_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("sla_clock.id"))
    # Copies of the clock's own, without keys of theirs: the clock's are checked already, and a pass over
    # thousands of due clocks would check each of them again.
    order_id: Mapped[int | None] = mapped_column(BigInteger)
    subject_id: Mapped[int | None] = mapped_column(BigInteger)
    grid_id: Mapped[int]
    kind: Mapped[str] = mapped_column(String(20))
    round: Mapped[int]
    breached_at: Mapped[datetime]
    detected_at: Mapped[datetime]


class Escalation(Base):
    """One rung of the ladder, climbed once; and each repeat of it, once."""

    __tablename__ = "escalation"
    __table_args__ = (UniqueConstraint("clock_id", "level", "repeat"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    clock_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("sla_clock.id"))
    order_id: Mapped[int | None] = mapped_column(BigInteger)
    level: Mapped[int]
    repeat: Mapped[int] = mapped_column(server_default="0")
    role: Mapped[str] = mapped_column(String(20))
    planned_at: Mapped[datetime]
    detected_at: Mapped[datetime]


class SlaTrial(Base):
    """A policy run over past orders: what would have been breached, beside what was."""

    __tablename__ = "sla_trial"
    __table_args__ = (
        CheckConstraint("until > since", name="span"),
        Index("ix_sla_trial_policy_version_id", "policy_version", "id"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    policy_version: Mapped[int] = mapped_column(ForeignKey("sla_policy.version"))
    revision: Mapped[int]
    since: Mapped[datetime]
    until: Mapped[datetime]
    grid_id: Mapped[int | None] = mapped_column(ForeignKey("grid.id"))
    """Only the orders of this grid and below; NULL means all."""
    result: Mapped[dict[str, Any]]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]


class SlaApplication(Base):
    """The act of moving open orders under a policy, or its dry run (`dry_run_id` NULL)."""

    __tablename__ = "sla_application"
    __table_args__ = (UniqueConstraint("dry_run_id"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    policy_version: Mapped[int] = mapped_column(ForeignKey("sla_policy.version"))
    grid_id: Mapped[int | None] = mapped_column(ForeignKey("grid.id"))
    states: Mapped[list[Any]]
    reason: Mapped[str] = mapped_column(String(500))
    dry_run_id: Mapped[int | None] = mapped_column(ForeignKey("sla_application.id"))
    result: Mapped[dict[str, Any]]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
