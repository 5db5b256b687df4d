"""What is said of an order in the end: drafted by the service, edited and signed by the county."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class OrderSummary(Base):
    """One version of an order's summary 总结分析. Once signed a trigger refuses every change: an amendment is the
    next version."""

    __tablename__ = "order_summary"
    __table_args__ = (
        UniqueConstraint("order_id", "version"),
        Index("uq_order_summary_draft", "order_id", unique=True, postgresql_where=text("signed_at IS NULL")),
        CheckConstraint("version >= 1", name="version"),
        CheckConstraint("(signed_at IS NULL) = (signed_by IS NULL)", name="signed"),
        CheckConstraint("(edited_at IS NULL) = (edited_by IS NULL)", name="edited"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    order_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("work_order.id"))
    version: Mapped[int]
    revision: Mapped[int] = mapped_column(server_default="1")
    """Rises with every edit; guards against signing what somebody else has changed meanwhile."""
    draft: Mapped[str] = mapped_column(Text)
    """As the service made it."""
    inputs_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    """SHA-256 of the facts that the draft was made from."""
    body: Mapped[str] = mapped_column(Text)
    """As it is to be signed, or was."""
    drafted_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    drafted_at: Mapped[datetime]
    edited_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    edited_at: Mapped[datetime | None]
    signed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    signed_at: Mapped[datetime | None]
