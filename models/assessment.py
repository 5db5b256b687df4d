"""The monthly assessment: points with their records, and months frozen and signed (annex 2 art. 5 and 6)."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, one_of
from models.enums import DirectFail, MonthState, PointItem, PointRecord, PointState

_FIRST = "extract(day FROM month) = 1"


class AssessmentPoint(Base):
    """A claim that a record counts in a unit's month. What is claimed never changes; what became of it is added."""

    __tablename__ = "assessment_point"
    __table_args__ = (
        CheckConstraint(_FIRST, name="month"),
        CheckConstraint(one_of("item", PointItem), name="item"),
        CheckConstraint(f"ground IS NULL OR {one_of('ground', DirectFail)}", name="ground"),
        CheckConstraint("(item = 'fail') = (ground IS NOT NULL)", name="fails"),
        CheckConstraint(one_of("record_kind", PointRecord), name="record_kind"),
        CheckConstraint("record_kind <> 'problem' OR problem_id IS NOT NULL", name="problem"),
        CheckConstraint(one_of("state", PointState), name="state"),
        # Several at once only where a document counts them: what has an identity is one.
        CheckConstraint(
            "count = 1 OR (count BETWEEN 2 AND 100 AND item IN ('4', '5', '6', '7') AND record_kind = 'document'"
            " AND problem_id IS NULL)",
            name="count",
        ),
        CheckConstraint(
            "num_nonnulls(objected_by, objected_at, objected_why) IN (0, 3) AND objected_at < object_until"
            " AND (state <> 'objected' OR objected_at IS NOT NULL)",
            name="objected",
        ),
        CheckConstraint(
            "num_nonnulls(upheld_by, upheld_at, upheld_why) IN (0, 3)"
            " AND (state <> 'upheld' OR upheld_at IS NOT NULL)"
            " AND (upheld_at IS NULL OR objected_at IS NOT NULL OR item = 'bonus')",
            name="upheld",
        ),
        CheckConstraint(
            "num_nonnulls(withdrawn_by, withdrawn_at, withdrawn_why) IN (0, 3)"
            " AND (state = 'withdrawn') = (withdrawn_at IS NOT NULL)",
            name="withdrawn",
        ),
        CheckConstraint(
            "upheld_by <> proposed_by AND withdrawn_by <> proposed_by"
            " AND upheld_by <> objected_by AND withdrawn_by <> objected_by",
            name="second_hand",
        ),
        Index(
            "uq_assessment_point_record",
            "grid_id",
            "month",
            "item",
            "ground",
            "record_kind",
            "record_ref",
            unique=True,
            postgresql_where=text("state <> 'withdrawn'"),
            postgresql_nulls_not_distinct=True,
        ),
        # A problem is undiscovered once, whichever month it is claimed in.
        Index(
            "uq_assessment_point_undiscovered",
            "problem_id",
            unique=True,
            postgresql_where=text("item = '4' AND state <> 'withdrawn' AND problem_id IS NOT NULL"),
        ),
        Index("ix_assessment_point_month", "month", "grid_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    grid_id: Mapped[int] = mapped_column(ForeignKey("grid.id"))
    """Of level 2."""
    month: Mapped[date] = mapped_column(Date)
    item: Mapped[str] = mapped_column(String(10))
    ground: Mapped[str | None] = mapped_column(String(30))
    article: Mapped[str] = mapped_column(String(60))
    count: Mapped[int] = mapped_column(SmallInteger, server_default="1")
    text: Mapped[str] = mapped_column(Text)
    record_kind: Mapped[str] = mapped_column(String(20))
    record_ref: Mapped[str] = mapped_column(String(200))
    problem_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("problem.id"))
    """The problem it is about: what says the same of it counts once."""
    evidence: Mapped[str | None] = mapped_column(String(500))
    state: Mapped[str] = mapped_column(String(20))
    proposed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """NULL for the service."""
    proposed_at: Mapped[datetime]
    object_until: Mapped[datetime]
    """That instant not included."""
    objected_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    objected_at: Mapped[datetime | None]
    objected_why: Mapped[str | None] = mapped_column(Text)
    upheld_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    upheld_at: Mapped[datetime | None]
    upheld_why: Mapped[str | None] = mapped_column(Text)
    withdrawn_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    withdrawn_at: Mapped[datetime | None]
    withdrawn_why: Mapped[str | None] = mapped_column(Text)


class AssessmentMonth(Base):
    """A month of all units, frozen with what it is scored from, and signed; then only a later version replaces it."""

    __tablename__ = "assessment_month"
    __table_args__ = (
        UniqueConstraint("month", "version"),
        CheckConstraint(_FIRST, name="month"),
        CheckConstraint(one_of("state", MonthState), name="state"),
        CheckConstraint(
            "(state = 'draft') = (signed_at IS NULL) AND (signed_at IS NULL) = (signed_by IS NULL)",
            name="signed",
        ),
        CheckConstraint("signed_by <> frozen_by", name="second_hand"),
        Index("uq_assessment_month_draft", "month", unique=True, postgresql_where=text("state = 'draft'")),
        Index(
            "uq_assessment_month_in_force", "month", unique=True, postgresql_where=text("state = 'signed'")
        ),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    month: Mapped[date] = mapped_column(Date)
    version: Mapped[int]
    state: Mapped[str] = mapped_column(String(20))
    """`draft` is frozen and waits for its signature."""
    readings_version: Mapped[int] = mapped_column(ForeignKey("supervision_readings.version"))
    inputs: Mapped[bytes] = mapped_column(LargeBinary)
    """Canonical JSON, compressed: everything the result follows from."""
    inputs_digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    """SHA-256 of the JSON."""
    result: Mapped[dict[str, Any]]
    why: Mapped[str | None] = mapped_column(Text)
    """Why a signed month was frozen anew."""
    frozen_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    frozen_at: Mapped[datetime]
    signed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    signed_at: Mapped[datetime | None]
