"""What was done with problems: every step, every weekly check of what is not corrected, samples of what is cleared."""

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
    PrimaryKeyConstraint,
    String,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, one_of
from models.enums import CheckMeasure, ProblemAct, ProblemState, SpotCheckState

_MEASURE = (
    f"measure = CASE number WHEN 1 THEN '{CheckMeasure.CRITICISM}' WHEN 2 THEN '{CheckMeasure.INTERVIEW_DEPUTY}'"
    f" ELSE '{CheckMeasure.INTERVIEW_HEAD}' END"
)


class ProblemStep(Base):
    """An act on a problem, by whom and why: written once, never changed (a trigger)."""

    __tablename__ = "problem_step"
    __table_args__ = (
        PrimaryKeyConstraint("problem_id", "step"),
        CheckConstraint("step >= 1", name="step"),
        CheckConstraint(one_of("act", ProblemAct), name="act"),
        CheckConstraint(one_of("state", ProblemState), name="state"),
        CheckConstraint("(act IN ('push', 'return')) = (due_at IS NOT NULL)", name="due"),
        CheckConstraint("act = 'push' OR said IS NOT NULL", name="said"),
    )

    problem_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("problem.id"))
    step: Mapped[int]
    act: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(20))
    """What it led to."""
    said: Mapped[str | None] = mapped_column(Text)
    """Why, or of a correction what was done."""
    evidence: Mapped[list[Any]] = mapped_column(server_default=text("'[]'::jsonb"))
    """Ids of photos and documents."""
    due_at: Mapped[datetime | None]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    acted_at: Mapped[datetime]


class ProblemCheck(Base):
    """A weekly check that found a problem uncorrected, and what body §4(三) prescribes for it; never changed.

    The prescription is a fact of the number: whoever signs acts proposes from it, the service does nothing by it.
    """

    __tablename__ = "problem_check"
    __table_args__ = (
        PrimaryKeyConstraint("problem_id", "number"),
        CheckConstraint("number >= 1", name="number"),
        CheckConstraint(_MEASURE, name="measure"),
        CheckConstraint("extract(isodow FROM week) = 1", name="week"),
        UniqueConstraint("problem_id", "week"),
        Index("ix_problem_check_week", "week"),
    )

    problem_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("problem.id"))
    number: Mapped[int]
    week: Mapped[date] = mapped_column(Date)
    """Its Monday, Beijing time."""
    measure: Mapped[str] = mapped_column(String(20))
    due_at: Mapped[datetime]
    """When it had to be corrected, as it stood then."""
    finding: Mapped[str] = mapped_column(Text)
    checked_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    checked_at: Mapped[datetime]


class ProblemSample(Base):
    """A draw 抽查 over the problems cleared in a period: with seed, method and population anybody can make it again.

    No two draws are over the same time, so that nobody draws again until the sample pleases.
    """

    __tablename__ = "problem_sample"
    __table_args__ = (
        CheckConstraint("size BETWEEN 1 AND 1000", name="size"),
        CheckConstraint("until_at > from_at", name="period"),
        CheckConstraint("octet_length(population_hash) = 32", name="population_hash"),
        ExcludeConstraint(
            (func.tstzrange(text("from_at"), text("until_at")), "&&"),
            name="ex_problem_sample_period",
            using="gist",
        ),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    from_at: Mapped[datetime]
    until_at: Mapped[datetime]
    """Problems cleared from `from_at` until just before this."""
    size: Mapped[int]
    """How many were wanted; each grid with cleared problems has one at least."""
    method: Mapped[int]
    seed: Mapped[str] = mapped_column(String(64))
    population: Mapped[list[Any]]
    """[problem, grid] of each, by id."""
    population_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    drawn_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    drawn_at: Mapped[datetime]


class ProblemSampled(Base):
    """A cleared problem that was drawn, and what a second look at it found; decided once."""

    __tablename__ = "problem_sampled"
    __table_args__ = (
        PrimaryKeyConstraint("sample_id", "problem_id"),
        CheckConstraint(one_of("state", SpotCheckState), name="state"),
        CheckConstraint(
            "(state = 'open') = (checked_at IS NULL) AND num_nonnulls(checked_at, checked_by, finding) IN (0, 3)",
            name="checked",
        ),
        CheckConstraint("(state = 'failed') = (opened_id IS NOT NULL)", name="opened"),
        Index("ix_problem_sampled_problem_id", "problem_id"),
    )

    sample_id: Mapped[int] = mapped_column(ForeignKey("problem_sample.id"))
    problem_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("problem.id"))
    state: Mapped[str] = mapped_column(String(20), server_default=text("'open'"))
    finding: Mapped[str | None] = mapped_column(Text)
    checked_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    checked_at: Mapped[datetime | None]
    opened_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("problem.id"))
    """The problem that it is again; what was cleared stays as it was."""
