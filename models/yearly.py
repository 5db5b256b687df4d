"""What each grid has to do once a year, by when, and the records that it was done (annex 1 art. 17, 21, 22)."""

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    Identity,
    Index,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, one_of
from models.enums import YearlyKind


class YearlyDuty(Base):
    """A grid has to do this for this year by the end of `due_on`, a day of Beijing time that never moves."""

    __tablename__ = "yearly_duty"
    __table_args__ = (
        CheckConstraint(one_of("kind", YearlyKind), name="kind"),
        CheckConstraint("year BETWEEN 2013 AND 2200", name="year"),
        UniqueConstraint("grid_id", "year", "kind"),
        Index("ix_yearly_duty_due_on", "due_on"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    grid_id: Mapped[int] = mapped_column(ForeignKey("grid.id"))
    year: Mapped[int] = mapped_column(SmallInteger)
    kind: Mapped[str] = mapped_column(String(20))
    due_on: Mapped[date] = mapped_column(Date)
    readings_version: Mapped[int] = mapped_column(ForeignKey("supervision_readings.version"))
    """Which version of the readings gave the day."""
    opened_at: Mapped[datetime]
    reminded_at: Mapped[datetime | None]
    overdue_told_at: Mapped[datetime | None]


class YearlyRecord(Base):
    """A record that a yearly duty was done, with its document; never changed: a later one stands beside it."""

    __tablename__ = "yearly_record"
    __table_args__ = (Index("ix_yearly_record_duty_id", "duty_id"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    duty_id: Mapped[int] = mapped_column(ForeignKey("yearly_duty.id"))
    done_on: Mapped[date] = mapped_column(Date)
    document: Mapped[str] = mapped_column(String(300))
    """Number and date, or where the file is kept."""
    note: Mapped[str | None] = mapped_column(String(1000))
    entered_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    entered_at: Mapped[datetime]


class TrainingAttendee(Base):
    """Who attended a training: a person of the registry, or somebody by name."""

    __tablename__ = "training_attendee"
    __table_args__ = (
        PrimaryKeyConstraint("record_id", "position"),
        CheckConstraint("position BETWEEN 0 AND 999", name="position"),
        Index("ix_training_attendee_person_id", "person_id"),
    )

    record_id: Mapped[int] = mapped_column(ForeignKey("yearly_record.id"))
    position: Mapped[int] = mapped_column(SmallInteger, autoincrement=False)
    name: Mapped[str] = mapped_column(String(100))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
