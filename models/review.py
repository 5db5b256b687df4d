"""What comes after a report: the rules of review, what the station says, spot checks, and what may not be put right."""

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
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, one_of
from models.enums import (
    CandidateKind,
    CandidateState,
    LinkKind,
    ReportClaim,
    SpotCheckState,
    SpotDrawState,
    VerdictState,
)


class ReviewPolicyRow(Base):
    """One version of checklists, watch, recurrence and spot checks; never changed, the newest is in force."""

    __tablename__ = "review_policy"

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    body: Mapped[dict[str, Any]]
    author: Mapped[str] = mapped_column(String(64))
    note: Mapped[str] = mapped_column(Text, server_default="")
    created_at: Mapped[datetime]


class OrderVerdict(Base):
    """What the station of an order says after the report of one round; judged again as readings arrive.

    `next_at` is when to look next, NULL when nothing can change it any more. Figures and series are in µg/m³ (co
    mg/m³), instants in event time.
    """

    __tablename__ = "order_verdict"
    __table_args__ = (
        PrimaryKeyConstraint("order_id", "round"),
        CheckConstraint(one_of("state", VerdictState), name="state"),
        CheckConstraint(f"claims IS NULL OR {one_of('claims', ReportClaim)}", name="claims"),
        CheckConstraint("until_at > reported_at", name="until"),
        Index("ix_order_verdict_next_at", "next_at", postgresql_where=text("next_at IS NOT NULL")),
    )

    order_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("work_order.id"), autoincrement=False)
    round: Mapped[int] = mapped_column(autoincrement=False)
    station_id: Mapped[int] = mapped_column(ForeignKey("station.id"))
    alert_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("alert.id"))
    pollutant: Mapped[str] = mapped_column(String(10))
    reported_at: Mapped[datetime]
    """The instant of the claim."""
    claims: Mapped[str | None] = mapped_column(String(20))
    until_at: Mapped[datetime]
    """The watch ends then at the latest."""
    policy_version: Mapped[int] = mapped_column(ForeignKey("review_policy.version"))
    state: Mapped[str] = mapped_column(String(20), server_default="pending")
    relapsed: Mapped[bool] = mapped_column(server_default=text("false"))
    """It came back after it had recovered within the watch."""
    mismatch: Mapped[bool] = mapped_column(server_default=text("false"))
    mismatch_told_at: Mapped[datetime | None]
    judged_at: Mapped[datetime | None]
    figures: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    series: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    next_at: Mapped[datetime | None]


class SpotDraw(Base):
    """A draw over the orders closed in a period. The seed is fixed, and its hash told, before anything is drawn.

    No two draws are over the same time, so that nobody draws again until the sample pleases.
    """

    __tablename__ = "spot_draw"
    __table_args__ = (
        CheckConstraint(one_of("state", SpotDrawState), name="state"),
        CheckConstraint("until_at > from_at", name="period"),
        CheckConstraint("(size IS NULL) <> (share IS NULL)", name="how_many"),
        CheckConstraint("size IS NULL OR size > 0", name="size"),
        CheckConstraint("share IS NULL OR (share > 0 AND share <= 1)", name="share"),
        CheckConstraint(
            "(state = 'drawn') = (drawn_at IS NOT NULL) AND (state = 'drawn') = (population_hash IS NOT NULL)",
            name="drawn",
        ),
        ExcludeConstraint(
            (func.tstzrange(text("from_at"), text("until_at")), "&&"),
            name="ex_spot_draw_period",
            using="gist",
        ),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    grid_id: Mapped[int] = mapped_column(ForeignKey("grid.id"))
    """The prefecture: nobody below hears of a check before it was made."""
    state: Mapped[str] = mapped_column(String(20), server_default="committed")
    from_at: Mapped[datetime]
    until_at: Mapped[datetime]
    """Orders closed from `from_at` until just before this."""
    size: Mapped[int | None]
    share: Mapped[float | None]
    method: Mapped[int]
    seed: Mapped[str] = mapped_column(String(64))
    commitment: Mapped[bytes] = mapped_column(LargeBinary(32))
    """SHA-256 of the seed."""
    due_days: Mapped[int]
    committed_at: Mapped[datetime]
    committed_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    drawn_at: Mapped[datetime | None]
    drawn_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    population: Mapped[list[Any]] = mapped_column(server_default=text("'[]'::jsonb"))
    """[order, grid] of each, by id: with seed and method the draw can be made again by anybody."""
    population_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))


class SpotCheck(Base):
    """A closed order that was drawn, looked at again on site by somebody who had nothing to do with it."""

    __tablename__ = "spot_check"
    __table_args__ = (
        CheckConstraint(one_of("state", SpotCheckState), name="state"),
        CheckConstraint("(state = 'open') = (checked_at IS NULL)", name="checked"),
        CheckConstraint("state = 'open' OR (finding IS NOT NULL AND checker_id IS NOT NULL)", name="finding"),
        CheckConstraint("(checker_id IS NULL) = (assigned_at IS NULL)", name="assigned"),
        Index("uq_spot_check_draw_id_order_id", "draw_id", "order_id", unique=True),
        Index("ix_spot_check_order_id", "order_id"),
        Index("ix_spot_check_open", "due_at", postgresql_where=text("state = 'open'")),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    draw_id: Mapped[int] = mapped_column(ForeignKey("spot_draw.id"))
    order_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("work_order.id"))
    grid_id: Mapped[int] = mapped_column(ForeignKey("grid.id"))
    """The prefecture, as for the draw."""
    state: Mapped[str] = mapped_column(String(20), server_default="open")
    due_at: Mapped[datetime]
    checker_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    assigned_at: Mapped[datetime | None]
    assigned_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    finding: Mapped[str | None] = mapped_column(Text)
    evidence: Mapped[list[Any]] = mapped_column(server_default=text("'[]'::jsonb"))
    checked_at: Mapped[datetime | None]


class OrderLink(Base):
    """An order and the earlier one it follows from."""

    __tablename__ = "order_link"
    __table_args__ = (
        PrimaryKeyConstraint("order_id", "earlier_id", "kind"),
        CheckConstraint(one_of("kind", LinkKind), name="kind"),
        CheckConstraint("order_id <> earlier_id", name="two"),
        Index("ix_order_link_earlier_id", "earlier_id"),
    )

    order_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("work_order.id"), autoincrement=False)
    earlier_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("work_order.id"), autoincrement=False)
    kind: Mapped[str] = mapped_column(String(20))
    facts: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    created_at: Mapped[datetime]


class RectificationCandidate(Base):
    """A closed order that may not have been put right, until a person of the prefecture decides."""

    __tablename__ = "rectification_candidate"
    __table_args__ = (
        CheckConstraint(one_of("kind", CandidateKind), name="kind"),
        CheckConstraint(one_of("state", CandidateState), name="state"),
        CheckConstraint(
            "(state = 'open') = (decided_at IS NULL) AND (decided_at IS NULL) = (decided_by IS NULL)"
            " AND (decided_at IS NULL) = (reason IS NULL)",
            name="decided",
        ),
        CheckConstraint("rework_order_id IS NULL OR state = 'upheld'", name="rework"),
        Index(
            "uq_rectification_candidate_open",
            "order_id",
            "kind",
            unique=True,
            postgresql_where=text("state = 'open'"),
        ),
        Index("ix_rectification_candidate_grid_id_id", "grid_id", "id"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    order_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("work_order.id"))
    grid_id: Mapped[int] = mapped_column(ForeignKey("grid.id"))
    """Of the closed order."""
    kind: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(20), server_default="open")
    new_order_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("work_order.id"))
    """The recurrence that raised it."""
    spot_check_id: Mapped[int | None] = mapped_column(ForeignKey("spot_check.id"))
    """Or the spot check that did."""
    facts: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    policy_version: Mapped[int] = mapped_column(ForeignKey("review_policy.version"))
    raised_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    reason: Mapped[str | None] = mapped_column(Text)
    rework_order_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("work_order.id"))
