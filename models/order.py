"""Orders to level-2 grids, what people say about them, and the queue of alerts nobody answers for."""

import uuid
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
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, one_of
from models.enums import CauseCode, FalseAlarm, JointRole, OrderState, ReportClaim, Severity, VerdictState


class WorkOrder(Base):
    """An order; `version` rises with every act and guards against acting on a stale page."""

    __tablename__ = "work_order"
    __table_args__ = (
        CheckConstraint(one_of("state", OrderState), name="state"),
        CheckConstraint(one_of("severity", Severity), name="severity"),
        CheckConstraint("round >= 1", name="round"),
        CheckConstraint("(state IN ('closed', 'void')) = (closed_at IS NOT NULL)", name="closed"),
        CheckConstraint(
            f"false_alarm IS NULL OR (state IN ('closed', 'void') AND {one_of('false_alarm', FalseAlarm)})",
            name="false_alarm",
        ),
        # What an alert has raised is real: it can never be taken out of the figures as a drill.
        CheckConstraint("NOT drill OR alert_id IS NULL", name="drill"),
        # Which of the two a child's parent is, the code sees to: `dispatch/joint.py`.
        CheckConstraint(f"joint_role IS NULL OR {one_of('joint_role', JointRole)}", name="joint_role"),
        CheckConstraint(
            "(parent_id IS NOT NULL) = (joint_role IS NOT NULL AND joint_role = 'child')", name="parent"
        ),
        CheckConstraint("parent_id <> id", name="own_parent"),
        # The alert is the parent's.
        CheckConstraint("parent_id IS NULL OR alert_id IS NULL", name="child_without_alert"),
        Index("ix_work_order_parent_id", "parent_id", postgresql_where=text("parent_id IS NOT NULL")),
        Index(
            "uq_work_order_origin_report_id",
            "origin_report_id",
            unique=True,
            postgresql_where=text("origin_report_id IS NOT NULL"),
        ),
        CheckConstraint("suspended_until IS NULL OR state IN ('on_site', 'returned')", name="suspended"),
        # One order at a time for a station while it is being worked on: a further alert joins it.
        # Once reported it no longer takes alerts, so that a new event is a new order; returned for rework it
        # does not take them again, since by then that new order may be there.
        Index(
            "uq_work_order_working",
            "station_id",
            unique=True,
            postgresql_where=text(
                "state IN ('dispatched', 'acknowledged', 'on_site') AND alert_id IS NOT NULL"
            ),
        ),
        Index(
            "uq_work_order_alert_id", "alert_id", unique=True, postgresql_where=text("alert_id IS NOT NULL")
        ),
        Index("ix_work_order_grid_id_id", "grid_id", "id"),
        Index("ix_work_order_dispatched_at", "dispatched_at"),
        Index(
            "ix_work_order_station_id", "station_id", "id", postgresql_where=text("station_id IS NOT NULL")
        ),
        Index("ix_work_order_drill", "id", postgresql_where=text("drill")),
        Index("ix_work_order_open_id", "id", postgresql_where=text("state NOT IN ('closed', 'void')")),
        Index(
            "ix_work_order_open", "grid_id", "id", postgresql_where=text("state NOT IN ('closed', 'void')")
        ),
        Index("ix_work_order_closed_at", "closed_at", postgresql_where=text("state = 'closed'")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    grid_id: Mapped[int] = mapped_column(ForeignKey("grid.id"))
    station_id: Mapped[int | None] = mapped_column(ForeignKey("station.id"))
    alert_id: Mapped[int | None] = mapped_column(ForeignKey("alert.id"))
    state: Mapped[str] = mapped_column(String(20))
    round: Mapped[int] = mapped_column(server_default="1")
    severity: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(String(500))
    policy_version: Mapped[int] = mapped_column(ForeignKey("sla_policy.version"))
    version: Mapped[int] = mapped_column(server_default="1")
    created_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    dispatched_at: Mapped[datetime]
    acknowledged_at: Mapped[datetime | None]
    feedback_at: Mapped[datetime | None]
    reported_at: Mapped[datetime | None]
    """Of the newest round."""
    closed_at: Mapped[datetime | None]
    false_alarm: Mapped[str | None] = mapped_column(String(20))
    """Why there had been nothing to find; said when it is closed or withdrawn."""
    drill: Mapped[bool] = mapped_column(server_default=text("false"))
    """演练: its clocks run, and it is counted nowhere. Said when it is given, and never changed (a trigger)."""
    joint_role: Mapped[str | None] = mapped_column(String(10))
    parent_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("work_order.id"))
    joint_reason: Mapped[str | None] = mapped_column(String(500))
    """Why it is handled jointly (annex 1 art. 18); on the parent."""
    # The report names the order too, and one of the two keys has to come after both tables.
    origin_report_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("up_report.id", use_alter=True, name="fk_work_order_origin_report_id")
    )
    """The report from below that it came of."""
    category: Mapped[str | None] = mapped_column(String(60))
    """Of the likely source; decides which units handle it besides the grid."""
    suspended_until: Mapped[datetime | None]
    """挂账 until then, by the request of this kind approved last; no deadline of its report runs."""
    transfer_locked_at: Mapped[datetime | None]
    """When the prefecture decided who holds it; it is not handed on after that."""


class OrderCounter(Base):
    """Numbers orders without a gap, per year (Beijing time) and grid."""

    __tablename__ = "order_counter"
    __table_args__ = (PrimaryKeyConstraint("year", "grid_id"),)

    year: Mapped[int] = mapped_column(autoincrement=False)
    grid_id: Mapped[int] = mapped_column(ForeignKey("grid.id"))
    last: Mapped[int]


class OrderHandler(Base):
    """Everyone who ever handled an order: none of them may review it."""

    __tablename__ = "order_handler"
    __table_args__ = (PrimaryKeyConstraint("order_id", "person_id"),)

    order_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("work_order.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))


class Feedback(Base):
    """On-site feedback, immutable once given."""

    __tablename__ = "feedback"
    __table_args__ = (
        UniqueConstraint("order_id", "round"),
        CheckConstraint(f"cause_code IS NULL OR {one_of('cause_code', CauseCode)}", name="cause_code"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    order_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("work_order.id"))
    round: Mapped[int]
    finding: Mapped[str] = mapped_column(Text)
    cause: Mapped[str | None] = mapped_column(String(200))
    cause_code: Mapped[str | None] = mapped_column(String(20))
    location: Mapped[dict[str, Any] | None]
    """{"lon", "lat", "accuracy_m"?} as the device gave it."""
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]


class DisposalReport(Base):
    """The disposal report of a round, immutable once given."""

    __tablename__ = "disposal_report"
    __table_args__ = (
        UniqueConstraint("order_id", "round"),
        CheckConstraint(f"claims IS NULL OR {one_of('claims', ReportClaim)}", name="claims"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    order_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("work_order.id"))
    round: Mapped[int]
    measures: Mapped[str] = mapped_column(Text)
    result: Mapped[str] = mapped_column(Text)
    claims: Mapped[str | None] = mapped_column(String(20))
    """What became of the air, as a code; the station is heard beside it."""
    unfinished_tasks_reason: Mapped[str | None] = mapped_column(String(500))
    """Why it was reported while tasks handed down were unfinished."""
    open_children_reason: Mapped[str | None] = mapped_column(String(500))
    """Why the lead of a joint order reported before every part was."""
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]


class Review(Base):
    """The decision of the level above on a round. Rows are never changed and never go: a trigger refuses."""

    __tablename__ = "review"
    __table_args__ = (
        UniqueConstraint("order_id", "round"),
        CheckConstraint("decision IN ('accept', 'return')", name="decision"),
        CheckConstraint("decision = 'accept' OR comment IS NOT NULL", name="return_has_comment"),
        CheckConstraint(f"verdict IS NULL OR {one_of('verdict', VerdictState)}", name="verdict"),
        # Whoever closes against the station says why.
        CheckConstraint(
            "decision <> 'accept' OR verdict IS DISTINCT FROM 'not_recovered' OR override_reason IS NOT NULL",
            name="override",
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    order_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("work_order.id"))
    round: Mapped[int]
    decision: Mapped[str] = mapped_column(String(10))
    comment: Mapped[str | None] = mapped_column(Text)
    checklist: Mapped[list[Any] | None] = mapped_column(JSONB(none_as_null=True))
    """The items as they read then, each with its answer; NULL where it was not filled in."""
    reasons: Mapped[list[Any]] = mapped_column(server_default=text("'[]'::jsonb"))
    """Of a return, as `ReturnReason`."""
    override_reason: Mapped[str | None] = mapped_column(Text)
    verdict: Mapped[str | None] = mapped_column(String(20))
    """What the station said when this was decided; NULL where none was asked."""
    policy_version: Mapped[int | None] = mapped_column(ForeignKey("review_policy.version"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]


class Evidence(Base):
    """A photo or document. The file lies under DATA_DIR/evidence, named by its SHA-256, never changed."""

    __tablename__ = "evidence"
    __table_args__ = (
        Index("ix_evidence_order_id", "order_id"),
        Index("ix_evidence_report_id", "report_id", postgresql_where=text("report_id IS NOT NULL")),
        Index("ix_evidence_task_id", "task_id", postgresql_where=text("task_id IS NOT NULL")),
        CheckConstraint("order_id IS NULL OR report_id IS NULL", name="one_subject"),
        CheckConstraint("octet_length(original_digest) = 32", name="original"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    original_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    """SHA-256 of the photo as the camera gave it, as the device claims it, where a smaller one was sent."""
    size: Mapped[int]
    media_type: Mapped[str] = mapped_column(String(100))
    filename: Mapped[str] = mapped_column(String(200))
    uploaded_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    grid_id: Mapped[int] = mapped_column(ForeignKey("grid.id"))
    uploaded_at: Mapped[datetime]
    order_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("work_order.id"))
    """Set when a feedback or report cites it; it then belongs to that order for good."""
    report_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("up_report.id"))
    """The same for a report from below, or for a task that came of one."""
    task_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("task.id"))
    used_for: Mapped[str | None] = mapped_column(String(20))
    round: Mapped[int | None]


class Unrouted(Base):
    """An alert that wants an order, and nobody found to answer. Never silence: it waits here, on the feed too."""

    __tablename__ = "unrouted"
    __table_args__ = (
        Index("uq_unrouted_alert_id", "alert_id", unique=True),
        Index("ix_unrouted_waiting", "created_at", postgresql_where=text("resolved_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    alert_id: Mapped[int] = mapped_column(ForeignKey("alert.id"))
    grid_id: Mapped[int | None] = mapped_column(ForeignKey("grid.id"))
    reason: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]
    order_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("work_order.id"))
