"""What levels 3 and 4 report upward, and every step of its way (annex 1 art. 7, 8, 18)."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Float,
    ForeignKey,
    Identity,
    Index,
    PrimaryKeyConstraint,
    String,
    Text,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, one_of
from models.enums import ProblemCategory, ProblemOrigin, ReportAct, ReportState


class UpReport(Base):
    """A problem found by a township or village. `at_grid_id` is where it waits, or was decided."""

    __tablename__ = "up_report"
    __table_args__ = (
        CheckConstraint(one_of("state", ReportState), name="state"),
        CheckConstraint(one_of("origin", ProblemOrigin), name="origin"),
        CheckConstraint(one_of("category", ProblemCategory), name="category"),
        CheckConstraint("lon BETWEEN -180 AND 180 AND lat BETWEEN -90 AND 90", name="position"),
        CheckConstraint("step >= 1", name="step"),
        CheckConstraint("found_at <= filed_at", name="found"),
        CheckConstraint(
            "(state IN ('collected', 'filed', 'referred')) = (decided_at IS NULL)", name="decided"
        ),
        CheckConstraint("state <> 'ordered' OR order_id IS NOT NULL", name="ordered"),
        CheckConstraint(
            "(state = 'merged') = (num_nonnulls(duplicate_of, order_id) > 0 AND state <> 'ordered')",
            name="merged",
        ),
        CheckConstraint("duplicate_of IS NULL OR state = 'merged'", name="duplicate"),
        CheckConstraint("duplicate_of <> id", name="own_duplicate"),
        Index("ix_up_report_grid_id_id", "grid_id", "id"),
        Index("ix_up_report_place", "category", "found_at"),
        Index("ix_up_report_waiting", "at_grid_id", "id", postgresql_where=text("decided_at IS NULL")),
        Index("ix_up_report_order_id", "order_id", postgresql_where=text("order_id IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    grid_id: Mapped[int] = mapped_column(ForeignKey("grid.id"))
    """Of level 3 or 4: who reports."""
    at_grid_id: Mapped[int] = mapped_column(ForeignKey("grid.id"))
    state: Mapped[str] = mapped_column(String(20))
    step: Mapped[int] = mapped_column(server_default="1")
    """How many grids it has come to; the round of its triage clock."""
    origin: Mapped[str] = mapped_column(String(20))
    category: Mapped[str] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(Text)
    place: Mapped[str | None] = mapped_column(String(200))
    lon: Mapped[float] = mapped_column(Float)
    lat: Mapped[float] = mapped_column(Float)
    accuracy_m: Mapped[float | None] = mapped_column(Float)
    source_id: Mapped[int | None] = mapped_column(ForeignKey("source.id"))
    """The registered source 一企一档 it is about."""
    visit_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("patrol_visit.id"), unique=True)
    """The check-in of a patrol that it was reported with."""
    found_at: Mapped[datetime]
    filed_at: Mapped[datetime]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    order_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("work_order.id"))
    """The order that came of it, or that it was merged into."""
    duplicate_of: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("up_report.id"))


class UpReportStep(Base):
    """What was done with a report, where and by whom: written once, never changed."""

    __tablename__ = "up_report_step"
    __table_args__ = (
        PrimaryKeyConstraint("report_id", "step"),
        CheckConstraint(one_of("act", ReportAct), name="act"),
    )

    report_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("up_report.id"))
    step: Mapped[int]
    grid_id: Mapped[int] = mapped_column(ForeignKey("grid.id"))
    act: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str | None] = mapped_column(Text)
    """Why, or for `solve` what was done about it."""
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    acted_at: Mapped[datetime]


class UpReportCounter(Base):
    """Numbers reports without a gap, per year (Beijing time) and level-2 grid."""

    __tablename__ = "up_report_counter"
    __table_args__ = (PrimaryKeyConstraint("year", "grid_id"),)

    year: Mapped[int] = mapped_column(autoincrement=False)
    grid_id: Mapped[int] = mapped_column(ForeignKey("grid.id"))
    last: Mapped[int]
