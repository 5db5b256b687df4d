"""Conflicts of interest 利害关系, for which a person withdraws 回避 (annex 1 art. 11)."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class ConflictOfInterest(Base):
    """A person has an interest in a source, a station or a grid, from `valid_from` until `valid_to`.

    The reason is private: only the person, and duty officers and administrators of the prefecture, read it.
    """

    __tablename__ = "conflict_of_interest"
    __table_args__ = (
        CheckConstraint("num_nonnulls(source_id, station_id, grid_id) = 1", name="subject"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="validity"),
        CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ended"),
        Index("ix_conflict_of_interest_person_id", "person_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    source_id: Mapped[int | None] = mapped_column(ForeignKey("source.id"))
    station_id: Mapped[int | None] = mapped_column(ForeignKey("station.id"))
    grid_id: Mapped[int | None] = mapped_column(ForeignKey("grid.id"))
    reason: Mapped[str] = mapped_column(String(500))
    valid_from: Mapped[datetime]
    valid_to: Mapped[datetime | None]
    declared_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    declared_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    end_reason: Mapped[str | None] = mapped_column(String(500))
