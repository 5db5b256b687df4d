"""What speaks for a breach, and when the platform itself was away."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
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
from models.enums import ExcuseGround, ExcuseState, OutageKind


class Outage(Base):
    """From when to when something of the platform was away; of one kind no two overlap, and none is changed."""

    __tablename__ = "outage"
    __table_args__ = (
        CheckConstraint(one_of("kind", OutageKind), name="kind"),
        CheckConstraint("ended_at > began_at", name="span"),
        *(
            ExcludeConstraint(
                (func.tstzrange(text("began_at"), text("ended_at")), "&&"),
                name=f"ex_outage_{kind.value}",
                using="gist",
                where=text(f"kind = '{kind.value}'"),
            )
            for kind in OutageKind
        ),
        Index("ix_outage_began_at", "began_at"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    began_at: Mapped[datetime]
    """The last sign of life before it."""
    ended_at: Mapped[datetime]
    """The first one after it: it is noticed by whoever comes back."""
    detected_by: Mapped[str] = mapped_column(String(120))


class SlaExcuse(Base):
    """A ground on which a breach may be excused; the breach itself stands whatever is decided."""

    __tablename__ = "sla_excuse"
    __table_args__ = (
        UniqueConstraint("breach_id", "ground"),
        CheckConstraint(one_of("ground", ExcuseGround), name="ground"),
        CheckConstraint(one_of("state", ExcuseState), name="state"),
        CheckConstraint("seconds >= 0", name="seconds"),
        CheckConstraint(
            "(state = 'proposed') = (decided_by IS NULL) AND (decided_by IS NULL) = (decided_at IS NULL)"
            " AND (decided_by IS NULL) = (reason IS NULL)",
            name="decided",
        ),
        CheckConstraint(
            "decided_by IS NULL OR proposed_by IS NULL OR decided_by <> proposed_by", name="two_people"
        ),
        Index("ix_sla_excuse_proposed", "id", postgresql_where=text("state = 'proposed'")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    breach_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("sla_breach.id"))
    ground: Mapped[str] = mapped_column(String(20))
    seconds: Mapped[float]
    """Lost on this ground between the clock's start and its stop, when it was last looked at before the decision."""
    state: Mapped[str] = mapped_column(String(20), server_default="proposed")
    proposed_at: Mapped[datetime]
    proposed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """NULL for the service."""
    plea: Mapped[str] = mapped_column(String(500), server_default="")
    """What the proposer says for it."""
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    reason: Mapped[str | None] = mapped_column(String(500))
