"""Reports of the public 举报, who sent them (sealed), and the ledger of rewards (body §3(七), annex 2 art. 5(四))."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    Float,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    Numeric,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    Text,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, one_of
from models.enums import (
    ProblemCategory,
    PublicReportAct,
    PublicReportChannel,
    PublicReportState,
    RewardState,
)


class PublicReport(Base):
    """What somebody reported. What was said never changes; nothing here says who it was."""

    __tablename__ = "public_report"
    __table_args__ = (
        CheckConstraint(one_of("state", PublicReportState), name="state"),
        CheckConstraint(one_of("category", ProblemCategory), name="category"),
        CheckConstraint(one_of("channel", PublicReportChannel), name="channel"),
        CheckConstraint("(lon IS NULL) = (lat IS NULL)", name="position"),
        CheckConstraint("lon BETWEEN -180 AND 180 AND lat BETWEEN -90 AND 90", name="degrees"),
        CheckConstraint("lon IS NOT NULL OR place IS NOT NULL", name="somewhere"),
        CheckConstraint("(state = 'merged') = (same_as IS NOT NULL)", name="merged"),
        CheckConstraint("same_as <> id", name="own_double"),
        CheckConstraint(
            "(state IN ('answered', 'rejected', 'merged')) = (closed_at IS NOT NULL)", name="closed"
        ),
        CheckConstraint(
            "(state IN ('answered', 'rejected')) = (answer IS NOT NULL)"
            " AND num_nonnulls(answer, answered_by, answered_at) IN (0, 3)",
            name="answer",
        ),
        CheckConstraint("(state = 'answered') = (solved IS NOT NULL)", name="solved"),
        CheckConstraint("rating BETWEEN 1 AND 5", name="rating"),
        CheckConstraint("(rating IS NULL) = (rated_at IS NULL)", name="rated"),
        CheckConstraint("(channel = 'open311') = (sent_by IS NOT NULL)", name="sender"),
        Index("ix_public_report_grid_id_id", "grid_id", "id"),
        Index(
            "ix_public_report_open",
            "category",
            "received_at",
            postgresql_where=text("state IN ('received', 'accepted')"),
        ),
        Index("ix_public_report_problem_id", "problem_id", postgresql_where=text("problem_id IS NOT NULL")),
        Index("ix_public_report_same_as", "same_as", postgresql_where=text("same_as IS NOT NULL")),
        Index("ix_public_report_sent_by", "sent_by", "id", postgresql_where=text("sent_by IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    tracking: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    """SHA-256 of the tracking number, which only the reporter has: nobody in an office can rate in their stead."""
    channel: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(20))
    category: Mapped[str] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(Text)
    place: Mapped[str | None] = mapped_column(String(200))
    lon: Mapped[float | None] = mapped_column(Float)
    lat: Mapped[float | None] = mapped_column(Float)
    media_url: Mapped[str | None] = mapped_column(String(500))
    grid_id: Mapped[int | None] = mapped_column(ForeignKey("grid.id"))
    """The level-2 grid where it is; NULL is the prefecture's queue."""
    received_at: Mapped[datetime]
    due_at: Mapped[datetime]
    """By when it should be answered, by the policy of the day it came."""
    moved_at: Mapped[datetime]
    sent_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """Whose API key another city system sent it with."""
    mark: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    """Keyed digest that tells different reporters apart, and nothing else; goes when the identity goes."""
    same_as: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("public_report.id"))
    problem_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("problem.id"))
    answer: Mapped[str | None] = mapped_column(Text)
    solved: Mapped[bool | None]
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    answered_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    rating: Mapped[int | None] = mapped_column(SmallInteger)
    rating_note: Mapped[str | None] = mapped_column(String(500))
    rated_at: Mapped[datetime | None]


class PublicReportPhoto(Base):
    """A picture that came with a report, in the evidence store; shown as a rendition only."""

    __tablename__ = "public_report_photo"
    __table_args__ = (PrimaryKeyConstraint("report_id", "place"),)

    report_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("public_report.id"))
    place: Mapped[int] = mapped_column(SmallInteger, autoincrement=False)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    media_type: Mapped[str] = mapped_column(String(40))
    size: Mapped[int]


class PublicReportStep(Base):
    """What was done with a report, by whom and why; append-only."""

    __tablename__ = "public_report_step"
    __table_args__ = (
        CheckConstraint(one_of("act", PublicReportAct), name="act"),
        Index("ix_public_report_step_report_id", "report_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    report_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("public_report.id"))
    act: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime]
    by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    note: Mapped[str | None] = mapped_column(Text)
    from_grid_id: Mapped[int | None] = mapped_column(ForeignKey("grid.id"))
    to_grid_id: Mapped[int | None] = mapped_column(ForeignKey("grid.id"))


class PublicReportCounter(Base):
    """Numbers reports of the public without a gap, per year of Beijing time."""

    __tablename__ = "public_report_counter"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]


class ReporterIdentity(Base):
    """Who sent a report: AES-256-GCM under the key `key_id`, bound to its report; erased when its time is over."""

    __tablename__ = "reporter_identity"

    report_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("public_report.id"), primary_key=True)
    key_id: Mapped[str] = mapped_column(String(40))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_at: Mapped[datetime]


class PublicReportPolicyRow(Base):
    """One version of the rules of public reports and rewards; never changed, the newest is in force."""

    __tablename__ = "public_report_policy"

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    body: Mapped[dict[str, Any]]
    made_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    note: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime]


class ReportReward(Base):
    """A reward 举报奖励: proposed by one person, approved by another, paid under a document."""

    __tablename__ = "report_reward"
    __table_args__ = (
        CheckConstraint(one_of("state", RewardState), name="state"),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("decided_by <> proposed_by", name="second_person"),
        CheckConstraint("paid_by <> decided_by", name="third_act"),
        CheckConstraint(
            "(state = 'proposed') = (decided_at IS NULL) AND num_nonnulls(decided_by, decided_at) IN (0, 2)"
            " AND (state = 'declined') <= (decided_why IS NOT NULL)",
            name="decided",
        ),
        CheckConstraint(
            "(state = 'paid') = (paid_at IS NOT NULL) AND num_nonnulls(paid_by, paid_at, paid_on, document) IN (0, 4)",
            name="paid",
        ),
        Index(
            "uq_report_reward_live", "report_id", unique=True, postgresql_where=text("state <> 'declined'")
        ),
        Index("ix_report_reward_state", "state", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    report_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("public_report.id"))
    state: Mapped[str] = mapped_column(String(20))
    amount: Mapped[Decimal] = mapped_column(Numeric(10, 2))
    """Yuan."""
    ground: Mapped[str] = mapped_column(Text)
    policy_version: Mapped[int]
    """0 for the values that come with the service."""
    proposed_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    proposed_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    decided_why: Mapped[str | None] = mapped_column(Text)
    paid_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    paid_at: Mapped[datetime | None]
    paid_on: Mapped[date | None] = mapped_column(Date)
    document: Mapped[str | None] = mapped_column(String(200))
    """Of the payment: its number or name."""
