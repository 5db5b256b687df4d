"""Problems 问题清单: one identity for a problem, however often and by whomever it is found (body §3(五), §3(六))."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Float,
    ForeignKey,
    Identity,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, one_of
from models.enums import FindingKind, ProblemCategory, ProblemState

_MISSED = "num_nonnulls(missed, missed_by, missed_at, missed_why) IN (0, 4)"


class Problem(Base):
    """A problem of a level-2 grid. What was found again is a further finding of it, or was merged into it."""

    __tablename__ = "problem"
    __table_args__ = (
        CheckConstraint(one_of("state", ProblemState), name="state"),
        CheckConstraint(one_of("category", ProblemCategory), name="category"),
        CheckConstraint("(lon IS NULL) = (lat IS NULL)", name="place"),
        CheckConstraint("lon BETWEEN -180 AND 180 AND lat BETWEEN -90 AND 90", name="position"),
        CheckConstraint("(state = 'merged') = (merged_into IS NOT NULL)", name="merged"),
        CheckConstraint("merged_into <> id", name="own_double"),
        CheckConstraint("(state IN ('cleared', 'merged', 'void')) = (ended_at IS NOT NULL)", name="ended"),
        CheckConstraint("found_at <= opened_at", name="found"),
        CheckConstraint(_MISSED, name="missed"),
        Index("ix_problem_grid_id_id", "grid_id", "id"),
        Index("ix_problem_open", "grid_id", "due_at", postgresql_where=text("ended_at IS NULL")),
        Index("ix_problem_place", "category", "found_at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    grid_id: Mapped[int] = mapped_column(ForeignKey("grid.id"))
    """The level-2 grid that answers for it."""
    place_grid_id: Mapped[int | None] = mapped_column(ForeignKey("grid.id"))
    """Its town or village, where that is known."""
    category: Mapped[str] = mapped_column(String(20))
    title: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    place: Mapped[str | None] = mapped_column(String(200))
    lon: Mapped[float | None] = mapped_column(Float)
    lat: Mapped[float | None] = mapped_column(Float)
    source_id: Mapped[int | None] = mapped_column(ForeignKey("source.id"))
    state: Mapped[str] = mapped_column(String(20))
    found_at: Mapped[datetime]
    """When it was first found."""
    opened_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    opened_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    """When it has to be corrected; set as it is pushed to the grid 交办."""
    ended_at: Mapped[datetime | None]
    merged_into: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("problem.id"))
    missed: Mapped[bool | None]
    """Whether the grid should have found or reported it and did not (annex 2 art. 5(二)4); NULL until somebody said."""
    missed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    missed_at: Mapped[datetime | None]
    missed_why: Mapped[str | None] = mapped_column(Text)


class ProblemFinding(Base):
    """One time a problem was found, and by what; the same thing is one finding only, of one problem."""

    __tablename__ = "problem_finding"
    __table_args__ = (
        CheckConstraint(one_of("kind", FindingKind), name="kind"),
        UniqueConstraint("kind", "ref"),
        Index("ix_problem_finding_problem_id", "problem_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    problem_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("problem.id"))
    kind: Mapped[str] = mapped_column(String(20))
    ref: Mapped[str] = mapped_column(String(120))
    """What it is where it comes from: the number of an order, a report, a patrol, a document, an address."""
    found_at: Mapped[datetime]
    note: Mapped[str | None] = mapped_column(Text)
    entered_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    entered_at: Mapped[datetime]


class ProblemCounter(Base):
    """Numbers problems without a gap, per year of Beijing time."""

    __tablename__ = "problem_counter"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]
