"""Signs of interference with stations, the cases they make, and what the search for them rests on (annex 3 art. 6)."""

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
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, one_of
from models.enums import CaseState, SignKind

HOURS_BYTES = 24 * 9 * 4
"""Of a day: 24 hours × (six levels, two stirs, the count of readings) × float32."""


class IntegrityCase(Base):
    """What speaks for interference with one station, until a person of the prefecture decides; one is open of each."""

    __tablename__ = "integrity_case"
    __table_args__ = (
        CheckConstraint(one_of("state", CaseState), name="state"),
        CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="decided"),
        CheckConstraint(
            "(decided_at IS NULL) = (decided_by IS NULL) AND (decided_at IS NULL) = (reason IS NULL)",
            name="decision",
        ),
        CheckConstraint(
            "(seconded_at IS NULL) = (seconded_by IS NULL)"
            " AND (seconded_by IS NULL OR (decided_by IS NOT NULL AND seconded_by <> decided_by))",
            name="seconded",
        ),
        Index("uq_integrity_case_open", "station_id", unique=True, postgresql_where=text("state = 'open'")),
        Index("ix_integrity_case_station_id_id", "station_id", "id"),
        Index("ix_integrity_case_grid_id_id", "grid_id", "id"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    station_id: Mapped[int] = mapped_column(ForeignKey("station.id"))
    grid_id: Mapped[int] = mapped_column(ForeignKey("grid.id"))
    """The prefecture: whoever answers for the station does not see what speaks against them before it is decided."""
    state: Mapped[str] = mapped_column(String(20), server_default="open")
    opened_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    reason: Mapped[str | None] = mapped_column(Text)
    seconded_at: Mapped[datetime | None]
    seconded_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """A second person, without whom nothing is voided; never the first."""


class IntegritySign(Base):
    """One sign with its evidence as it was known then. Rows are never changed and never go: a trigger refuses."""

    __tablename__ = "integrity_sign"
    __table_args__ = (
        CheckConstraint(one_of("kind", SignKind), name="kind"),
        CheckConstraint("until_at >= began_at", name="span"),
        UniqueConstraint("case_id", "kind", "began_at"),
        Index("ix_integrity_sign_station_id_kind", "station_id", "kind", "until_at"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("integrity_case.id"))
    station_id: Mapped[int] = mapped_column(ForeignKey("station.id"))
    kind: Mapped[str] = mapped_column(String(20))
    began_at: Mapped[datetime]
    """Event time, as `until_at`: the span in which it was seen; what goes on goes on beyond."""
    until_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    rule_version: Mapped[int] = mapped_column(ForeignKey("rule_set.version"))
    evidence: Mapped[dict[str, Any]]
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    """SHA-256 of the evidence as the journal's chain has it."""
    alert_ids: Mapped[list[Any]] = mapped_column(server_default=text("'[]'::jsonb"))


class IntegrityLook(Base):
    """An alert that may be a sign, and when to look at it next; the row goes when that is settled."""

    __tablename__ = "integrity_look"
    __table_args__ = (
        CheckConstraint(one_of("kind", SignKind), name="kind"),
        Index("ix_integrity_look_next_at", "next_at"),
    )

    alert_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("alert.id"), primary_key=True, autoincrement=False
    )
    station_id: Mapped[int] = mapped_column(ForeignKey("station.id"))
    kind: Mapped[str] = mapped_column(String(20))
    """Of the sign that it may be."""
    next_at: Mapped[datetime]


class StationDay(Base):
    """A station's day of Beijing time by the hour, gathered once the day is over; kept for some weeks.

    `hours` packs float32 (little-endian), NaN for what is not known: app/integrity/days.py.
    """

    __tablename__ = "station_day"
    __table_args__ = (
        PrimaryKeyConstraint("station_id", "day"),
        CheckConstraint(f"octet_length(hours) = {HOURS_BYTES}", name="hours"),
        Index("ix_station_day_day", "day"),
    )

    station_id: Mapped[int] = mapped_column(autoincrement=False)
    day: Mapped[date] = mapped_column(Date)
    hours: Mapped[bytes] = mapped_column(LargeBinary)


class IntegrityPart(Base):
    """A share of the stations (id modulo `parts`) of one day: first gathered, and judged when all of the day are."""

    __tablename__ = "integrity_part"
    __table_args__ = (
        PrimaryKeyConstraint("day", "part"),
        CheckConstraint("part >= 0 AND part < parts", name="part"),
        CheckConstraint("judged_at IS NULL OR gathered_at IS NOT NULL", name="judged"),
        Index("ix_integrity_part_unjudged", "day", "part", postgresql_where=text("judged_at IS NULL")),
    )

    day: Mapped[date] = mapped_column(Date)
    part: Mapped[int] = mapped_column(SmallInteger, autoincrement=False)
    parts: Mapped[int] = mapped_column(SmallInteger)
    gathered_at: Mapped[datetime | None]
    judged_at: Mapped[datetime | None]
