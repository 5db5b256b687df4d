"""Who sits at the desk of a grid, and what is left for whoever comes next 交接班."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSON
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class DeskShift(Base):
    """A person sits at the desk of a grid from `opened_at` until `closed_at`; several may at one time.

    The database refuses a second open one of the same person at the same desk; one that is closed never changes.
    """

    __tablename__ = "desk_shift"
    __table_args__ = (
        CheckConstraint("closed_at IS NULL OR closed_at >= opened_at", name="span"),
        CheckConstraint("(closed_at IS NULL) = (closed_by IS NULL)", name="closed"),
        Index(
            "uq_desk_shift_open",
            "grid_id",
            "person_id",
            unique=True,
            postgresql_where=text("closed_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    grid_id: Mapped[int] = mapped_column(ForeignKey("grid.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """The person; or, of a shift that was forgotten, whoever ended it: then there is no note."""


class DeskNote(Base):
    """What somebody leaves at the end of a shift; only its confirmation is written later, once, by somebody else."""

    __tablename__ = "desk_note"
    __table_args__ = (
        UniqueConstraint("shift_id"),
        CheckConstraint("(confirmed_at IS NULL) = (confirmed_by IS NULL)", name="confirmed"),
        CheckConstraint("confirmed_by <> written_by", name="two_people"),
        CheckConstraint("confirmed_at >= written_at", name="span"),
        CheckConstraint("confirm_remark IS NULL OR confirmed_at IS NOT NULL", name="confirm_remark"),
        Index("ix_desk_note_grid_id_id", "grid_id", "id"),
        Index("ix_desk_note_waiting", "grid_id", "id", postgresql_where=text("confirmed_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    grid_id: Mapped[int] = mapped_column(ForeignKey("grid.id"))
    shift_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("desk_shift.id"))
    written_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    written_at: Mapped[datetime]
    risks: Mapped[dict[str, Any]] = mapped_column(JSON)
    """As they stood at `written_at`. json, not jsonb: the text that was hashed is the text that is kept."""
    remarks: Mapped[str | None] = mapped_column(Text)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    """SHA-256 over `risks` and `remarks`; the journal has it too."""
    confirmed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    confirmed_at: Mapped[datetime | None]
    confirm_remark: Mapped[str | None] = mapped_column(String(500))
