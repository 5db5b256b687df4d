"""Papers that are drafted by one person and issued by another: what they say is kept as it was issued."""

from datetime import date, datetime

from sqlalchemy import (
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
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, one_of
from models.enums import PaperKind, PaperState


class IssuedPaper(Base):
    """A brief, report or notice. `snapshot` is the whole paper; once issued only a later version takes its place."""

    __tablename__ = "issued_paper"
    __table_args__ = (
        CheckConstraint(one_of("kind", PaperKind), name="kind"),
        CheckConstraint(one_of("state", PaperState), name="state"),
        CheckConstraint("period_from <= period_to", name="period"),
        CheckConstraint(
            "(state IN ('issued', 'superseded')) = (issued_at IS NOT NULL)"
            " AND num_nonnulls(issued_by, issued_at, number) IN (0, 3)",
            name="issued",
        ),
        CheckConstraint(
            "(state = 'withdrawn') = (ended_at IS NOT NULL) AND num_nonnulls(ended_by, ended_at, ended_why) IN (0, 3)",
            name="withdrawn",
        ),
        UniqueConstraint("kind", "number"),
        Index(
            "uq_issued_paper_draft",
            "kind",
            "grid_id",
            "period_from",
            "subject",
            unique=True,
            postgresql_where=text("state = 'draft'"),
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_issued_paper_kind_period", "kind", "period_from"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    kind: Mapped[str] = mapped_column(String(30))
    grid_id: Mapped[int | None] = mapped_column(ForeignKey("grid.id"))
    """The unit it is about or goes to; NULL where it is about all of them."""
    subject: Mapped[str | None] = mapped_column(String(120))
    """What it is about beside its period: the number of a case, an act, a problem."""
    period_from: Mapped[date] = mapped_column(Date)
    period_to: Mapped[date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(20))
    snapshot: Mapped[bytes] = mapped_column(LargeBinary)
    """Canonical JSON of `app.papers.official.Document`."""
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    """SHA-256 of the snapshot."""
    drafted_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """NULL: the service wrote it, as it does the brief of each morning; a person issues it all the same."""
    drafted_at: Mapped[datetime]
    edited_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    edited_at: Mapped[datetime | None]
    number: Mapped[str | None] = mapped_column(String(60))
    issued_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    issued_at: Mapped[datetime | None]
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    ended_at: Mapped[datetime | None]
    ended_why: Mapped[str | None] = mapped_column(Text)


class IssuedPaperCounter(Base):
    """Numbers issued papers without a gap, per year of Beijing time and kind."""

    __tablename__ = "issued_paper_counter"
    __table_args__ = (PrimaryKeyConstraint("year", "kind"),)

    year: Mapped[int] = mapped_column(autoincrement=False)
    kind: Mapped[str] = mapped_column(String(30))
    last: Mapped[int]
