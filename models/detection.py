"""The stored stream that detection reads, how far it has read, its checkpoints, and what it had to leave out."""

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
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, one_of
from models.enums import InboxKind, InboxTreatment


class DetectionInbox(Base):
    """What detection has to hear, in commit order and without gaps: the number is given under a lock held until commit.

    Rows go when two checkpoints are past them. `body` is a parcel of readings, or JSON of a control (app/detection).
    """

    __tablename__ = "detection_inbox"
    __table_args__ = (CheckConstraint(one_of("kind", InboxKind), name="kind"),)

    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(10))
    created_at: Mapped[datetime]
    body: Mapped[bytes] = mapped_column(LargeBinary)


class DetectionCursor(Base):
    """Up to which row events are carried out, and what the detector was last told of stations and rules; one row."""

    __tablename__ = "detection_cursor"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(BigInteger)
    moved_at: Mapped[datetime]
    told: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    """SHA-256 of the newest payload written into the inbox, by kind of control."""


class DetectionState(Base):
    """A checkpoint: the detector as it was after row `seq`; its bytes are the parts in order."""

    __tablename__ = "detection_state"
    __table_args__ = (Index("ix_detection_state_seq", "seq"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime]
    format: Mapped[int]
    """Of the bytes; a release restores only formats it knows."""
    rule_version: Mapped[str] = mapped_column(String(64))
    parts: Mapped[int]
    size: Mapped[int] = mapped_column(BigInteger)


class DetectionStatePart(Base):
    """Up to 8 MB of a checkpoint."""

    __tablename__ = "detection_state_part"
    __table_args__ = (PrimaryKeyConstraint("state_id", "part"),)

    state_id: Mapped[int] = mapped_column(ForeignKey("detection_state.id", ondelete="CASCADE"))
    part: Mapped[int] = mapped_column(autoincrement=False)
    body: Mapped[bytes] = mapped_column(LargeBinary)


class DetectionException(Base):
    """An inbox row that the detector could not take whole: how it was taken instead, the same at every replay."""

    __tablename__ = "detection_exception"
    __table_args__ = (CheckConstraint(one_of("treatment", InboxTreatment), name="treatment"),)

    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    treatment: Mapped[str] = mapped_column(String(10))
    skipped: Mapped[list[Any]]
    """Readings left out: index in the parcel, station, instant as epoch seconds."""
    events_lost: Mapped[int] = mapped_column(server_default="0")
    """Events that could not be carried out."""
    error: Mapped[str] = mapped_column(String(500))
    created_at: Mapped[datetime]
