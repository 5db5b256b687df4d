"""What is asked for beside the states of an order, and who keeps out of one."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    PrimaryKeyConstraint,
    String,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, one_of
from models.enums import RequestKind, RequestState


class OrderRequest(Base):
    """A request 请示: pending until it is decided, withdrawn or has lost its ground, and never changed again.

    Its id comes from the sequence of `holder_segment`, so that the two never share one: `sla_clock.subject_id`
    names either.
    """

    __tablename__ = "order_request"
    __table_args__ = (
        CheckConstraint(one_of("kind", RequestKind), name="kind"),
        CheckConstraint(one_of("state", RequestState), name="state"),
        CheckConstraint("(state = 'pending') = (ended_at IS NULL)", name="ended"),
        CheckConstraint("(state IN ('approved', 'rejected')) = (decided_by IS NOT NULL)", name="decided"),
        CheckConstraint("decided_by IS NULL OR decided_by <> filed_by", name="two_people"),
        CheckConstraint("state <> 'rejected' OR comment IS NOT NULL", name="rejection_has_comment"),
        CheckConstraint("(kind = 'extension') = (clock_id IS NOT NULL)", name="clock"),
        CheckConstraint("(kind IN ('extension', 'suspension')) = (until_at IS NOT NULL)", name="until"),
        CheckConstraint("(kind = 'transfer') = (proposed_grid_id IS NOT NULL)", name="proposed"),
        # What moves a person to keep out of an order is nobody else's business: `order_recusal` holds it.
        CheckConstraint("(kind = 'recusal') = (reason IS NULL)", name="private"),
        Index(
            "uq_order_request_pending",
            "order_id",
            "kind",
            unique=True,
            postgresql_where=text("state = 'pending'"),
        ),
        Index("ix_order_request_order_id", "order_id"),
        Index("ix_order_request_grid_id_id", "grid_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    order_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("work_order.id"))
    grid_id: Mapped[int] = mapped_column(ForeignKey("grid.id"))
    """Of the holder when it was filed."""
    decides_grid_id: Mapped[int] = mapped_column(ForeignKey("grid.id"))
    """The level above."""
    kind: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str | None] = mapped_column(Text)
    clock_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("sla_clock.id"))
    """Which deadline is to be moved."""
    until_at: Mapped[datetime | None]
    """The new deadline, or the end of the suspension."""
    proposed_grid_id: Mapped[int | None] = mapped_column(ForeignKey("grid.id"))
    asked: Mapped[dict[str, Any]] = mapped_column(JSONB())
    """What else its kind says: `dispatch/requests/asked.py`."""
    filed_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    filed_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    comment: Mapped[str | None] = mapped_column(Text)
    granted: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    """What its kind decides beside yes: grid, policy, alternate."""
    ended_at: Mapped[datetime | None]


class OrderRecusal(Base):
    """A person keeps out of an order 回避 (annex 1 art. 11) from the moment they say so, until it is lifted."""

    __tablename__ = "order_recusal"
    __table_args__ = (
        PrimaryKeyConstraint("order_id", "person_id"),
        CheckConstraint("(lifted_at IS NULL) = (lifted_by IS NULL)", name="lifted"),
        Index("ix_order_recusal_request_id", "request_id"),
    )

    order_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("work_order.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    request_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("order_request.id"))
    reason: Mapped[str] = mapped_column(Text)
    """Seen by the person, by duty officers and administrators of the prefecture, and by nobody else."""
    declared_at: Mapped[datetime]
    lifted_at: Mapped[datetime | None]
    lifted_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
