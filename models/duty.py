"""What a county keeps beside the duties themselves: its office, and its lists as they were filed and published."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, Identity, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, one_of
from models.enums import ListKind


class GridOffice(Base):
    """The office of a grid 大气办 (body §2(二), (三)); the newest row counts, none changes."""

    __tablename__ = "grid_office"
    __table_args__ = (Index("ix_grid_office_grid_id", "grid_id"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    grid_id: Mapped[int] = mapped_column(ForeignKey("grid.id"))
    name: Mapped[str] = mapped_column(String(100))
    head: Mapped[str] = mapped_column(String(100))
    """Its director, by name and post."""
    document: Mapped[str] = mapped_column(String(300))
    """Number and date of what set it up."""
    entered_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    entered_at: Mapped[datetime]


class StaffList(Base):
    """A county's list of who answers, with every grid below it, as it was filed or published on a day.

    Only one thing is ever written later, once: that the prefecture took note of a filed one.
    """

    __tablename__ = "staff_list"
    __table_args__ = (
        CheckConstraint(one_of("kind", ListKind), name="kind"),
        CheckConstraint(
            "(kind = 'published') = (place IS NOT NULL) AND (kind = 'published') = (contact IS NOT NULL)",
            name="published",
        ),
        CheckConstraint("kind = 'published' OR document IS NOT NULL", name="filed"),
        CheckConstraint(
            "(noted_at IS NULL) = (noted_by IS NULL) AND (noted_at IS NULL OR kind = 'filed')", name="noted"
        ),
        Index("ix_staff_list_grid_id_kind", "grid_id", "kind", "id"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    grid_id: Mapped[int] = mapped_column(ForeignKey("grid.id"))
    kind: Mapped[str] = mapped_column(String(20))
    as_of: Mapped[date] = mapped_column(Date)
    """The day it was sent, or brought up to date where it is published."""
    place: Mapped[str | None] = mapped_column(String(300))
    """Where it can be read: 政务信息网、微信公众号、政务公开栏."""
    contact: Mapped[str | None] = mapped_column(String(300))
    """How to complain, as it says."""
    document: Mapped[str | None] = mapped_column(String(300))
    """Number and date of the letter it was sent with."""
    body: Mapped[list[Any]]
    """The list itself (`supervision.duties.lists`)."""
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    """SHA-256 of the body as canonical JSON."""
    entered_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    entered_at: Mapped[datetime]
    noted_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    noted_at: Mapped[datetime | None]
