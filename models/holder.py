"""Who held an order from when to when, without gap and without overlap."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    String,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, one_of
from models.enums import HoldReason


class HolderSegment(Base):
    """A grid held an order from `held_from` until just before `held_to` (open while NULL).

    The database keeps them a chain: no two overlap, each but the first begins where another one ended, and at
    most one is open. Ranges stand in for equality, so that no extension is needed.
    """

    __tablename__ = "holder_segment"
    __table_args__ = (
        CheckConstraint(one_of("why", HoldReason), name="why"),
        CheckConstraint("held_to IS NULL OR held_to >= held_from", name="length"),
        CheckConstraint("follows_at IS NULL OR follows_at = held_from", name="no_gap"),
        UniqueConstraint("order_id", "held_to"),
        UniqueConstraint("order_id", "follows_at", postgresql_nulls_not_distinct=True),
        ForeignKeyConstraint(
            ["order_id", "follows_at"],
            ["holder_segment.order_id", "holder_segment.held_to"],
            name="follows",
        ),
        ExcludeConstraint(
            (func.int8range(text("order_id"), text("order_id"), text("'[]'")), "&&"),
            (func.tstzrange(text("held_from"), text("held_to")), "&&"),
            name="ex_holder_segment_overlap",
            using="gist",
        ),
        Index("uq_holder_segment_open", "order_id", unique=True, postgresql_where=text("held_to IS NULL")),
        Index("ix_holder_segment_grid_id", "grid_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    order_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("work_order.id"))
    grid_id: Mapped[int] = mapped_column(ForeignKey("grid.id"))
    held_from: Mapped[datetime]
    held_to: Mapped[datetime | None]
    follows_at: Mapped[datetime | None]
    """The end of the segment before it; NULL for the first."""
    why: Mapped[str] = mapped_column(String(20))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """Who decided that it should come here; NULL for the service."""
    misdispatched: Mapped[bool] = mapped_column(server_default="false")
    """It should never have come here: the transfer out of it was approved as the correction of a wrong dispatch."""
