"""The file of a pollution source 一企一档, the quarterly sweep, the yearly list of key ones (annex 1 art. 16, 20)."""

import uuid
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
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, one_of
from models.enums import DocumentKind, KeyListState, SweepFound


class SourceVersion(Base):
    """What a source's file said from `changed_at` on: written once, never changed."""

    __tablename__ = "source_version"
    __table_args__ = (PrimaryKeyConstraint("source_id", "version"),)

    source_id: Mapped[int] = mapped_column(ForeignKey("source.id"))
    version: Mapped[int] = mapped_column(autoincrement=False)
    body: Mapped[dict[str, Any]]
    why: Mapped[str | None] = mapped_column(String(500))
    changed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """NULL: a registry file."""
    changed_at: Mapped[datetime]


class SourceSpell(Base):
    """The days on which a source is to be patrolled: from `from_on` on, `to_on` not any more."""

    __tablename__ = "source_spell"
    __table_args__ = (
        CheckConstraint("to_on >= from_on", name="order"),
        Index("uq_source_spell_open", "source_id", unique=True, postgresql_where=text("to_on IS NULL")),
        Index("ix_source_spell_source_id", "source_id"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id"))
    from_on: Mapped[date] = mapped_column(Date)
    to_on: Mapped[date | None] = mapped_column(Date)


class SourceDocument(Base):
    """A document of a source's file (annex 1 art. 20); withdrawn, never gone."""

    __tablename__ = "source_document"
    __table_args__ = (
        CheckConstraint(one_of("kind", DocumentKind), name="kind"),
        CheckConstraint("valid_until >= dated", name="validity"),
        CheckConstraint(
            "num_nonnulls(withdrawn_at, withdrawn_by, withdrawn_why) IN (0, 3)", name="withdrawn"
        ),
        Index("ix_source_document_source_id", "source_id"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id"))
    kind: Mapped[str] = mapped_column(String(20))
    number: Mapped[str] = mapped_column(String(100))
    """Its own number, or its title where it has none."""
    dated: Mapped[date] = mapped_column(Date)
    valid_until: Mapped[date | None] = mapped_column(Date)
    evidence_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("evidence.id"), unique=True)
    """The document itself, where it was uploaded."""
    added_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    added_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    withdrawn_why: Mapped[str | None] = mapped_column(String(500))


class SourceSweep(Base):
    """The sweep of a level-2 grid in a quarter 每季度全面排查: at most one, finished once."""

    __tablename__ = "source_sweep"
    __table_args__ = (
        UniqueConstraint("grid_id", "quarter"),
        CheckConstraint(
            "extract(day FROM quarter) = 1 AND extract(month FROM quarter) IN (1, 4, 7, 10)", name="quarter"
        ),
        CheckConstraint("due_on >= quarter AND due_on < quarter + INTERVAL '3 months'", name="due_on"),
        CheckConstraint("num_nonnulls(finished_at, finished_by, outcome) IN (0, 3)", name="finished"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    grid_id: Mapped[int] = mapped_column(ForeignKey("grid.id"))
    quarter: Mapped[date] = mapped_column(Date)
    due_on: Mapped[date] = mapped_column(Date)
    opened_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    opened_at: Mapped[datetime]
    finished_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    finished_at: Mapped[datetime | None]
    note: Mapped[str | None] = mapped_column(Text)
    """How it went, and why sources were left out."""
    outcome: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    """Codes of sources that were seen, new, gone and missing when it was finished."""


class SweepReminder(Base):
    """That a county was told of a quarter's sweep: once that it is soon due, once that it is overdue."""

    __tablename__ = "sweep_reminder"
    __table_args__ = (
        CheckConstraint(
            "extract(day FROM quarter) = 1 AND extract(month FROM quarter) IN (1, 4, 7, 10)", name="quarter"
        ),
    )

    grid_id: Mapped[int] = mapped_column(ForeignKey("grid.id"), primary_key=True)
    quarter: Mapped[date] = mapped_column(Date, primary_key=True)
    overdue: Mapped[bool] = mapped_column(primary_key=True)
    told_at: Mapped[datetime]


class SweepEntry(Base):
    """What somebody found of a source in a sweep: written once; of several the newest counts."""

    __tablename__ = "sweep_entry"
    __table_args__ = (
        CheckConstraint(one_of("found", SweepFound), name="found"),
        Index("ix_sweep_entry_sweep_id_source_id", "sweep_id", "source_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    sweep_id: Mapped[int] = mapped_column(ForeignKey("source_sweep.id"))
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id"))
    found: Mapped[str] = mapped_column(String(20))
    note: Mapped[str | None] = mapped_column(String(500))
    found_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    found_at: Mapped[datetime]


class KeySourceList(Base):
    """The key sources of a level-2 grid for a year: proposed with reasons, signed, replaced, never edited."""

    __tablename__ = "key_source_list"
    __table_args__ = (
        UniqueConstraint("grid_id", "year", "version"),
        CheckConstraint(one_of("state", KeyListState), name="state"),
        CheckConstraint("year BETWEEN 2013 AND 2200", name="year"),
        CheckConstraint("octet_length(digest) = 32", name="digest"),
        CheckConstraint(
            "(state = 'draft') = (signed_at IS NULL) AND (signed_at IS NULL) = (signed_by IS NULL)", name="signed"
        ),
        CheckConstraint("signed_by <> proposed_by", name="two_hands"),
        Index(
            "uq_key_source_list_draft", "grid_id", "year", unique=True, postgresql_where=text("state = 'draft'")
        ),
        Index(
            "uq_key_source_list_in_force",
            "grid_id",
            "year",
            unique=True,
            postgresql_where=text("state = 'signed'"),
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    grid_id: Mapped[int] = mapped_column(ForeignKey("grid.id"))
    year: Mapped[int] = mapped_column(SmallInteger)
    version: Mapped[int]
    state: Mapped[str] = mapped_column(String(20))
    body: Mapped[bytes] = mapped_column(LargeBinary)
    """Criteria, what was known of every source, and what follows, as canonical JSON."""
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    why: Mapped[str | None] = mapped_column(Text)
    proposed_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    proposed_at: Mapped[datetime]
    signed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    signed_at: Mapped[datetime | None]
