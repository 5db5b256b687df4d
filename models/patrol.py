"""Patrols of levels 3 and 4: what is visited, who was there, and what is drawn up of it (annex 1 art. 7, 8, 17)."""

import uuid
from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    Float,
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
from models.enums import SummaryKind, VisitFlaw, VisitFound


class PatrolPlan(Base):
    """How often a source is visited, where that is not once a day; or a further point that has to be visited.

    A source in a grid of level 3 or 4 needs no plan: the text itself wants it visited every day (annex 1 art. 17).
    """

    __tablename__ = "patrol_plan"
    __table_args__ = (
        CheckConstraint("num_nonnulls(source_id, name) = 1", name="of"),
        CheckConstraint("num_nonnulls(name, lon, lat) IN (0, 3)", name="point"),
        CheckConstraint("lon BETWEEN -180 AND 180 AND lat BETWEEN -90 AND 90", name="position"),
        CheckConstraint("per_day BETWEEN 1 AND 12", name="per_day"),
        CheckConstraint("within_m BETWEEN 50 AND 5000", name="within_m"),
        CheckConstraint("to_on >= from_on", name="order"),
        CheckConstraint("(to_on IS NULL) = (ended_by IS NULL)", name="ended"),
        Index(
            "uq_patrol_plan_source",
            "source_id",
            unique=True,
            postgresql_where=text("to_on IS NULL AND source_id IS NOT NULL"),
        ),
        Index("ix_patrol_plan_grid_id", "grid_id"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    grid_id: Mapped[int] = mapped_column(ForeignKey("grid.id"))
    """Of a point: the village or town that visits it. Of a source: where that stood then."""
    source_id: Mapped[int | None] = mapped_column(ForeignKey("source.id"))
    name: Mapped[str | None] = mapped_column(String(100))
    lon: Mapped[float | None] = mapped_column(Float)
    lat: Mapped[float | None] = mapped_column(Float)
    per_day: Mapped[int] = mapped_column(SmallInteger)
    within_m: Mapped[int]
    """A check-in from further away does not count."""
    from_on: Mapped[date] = mapped_column(Date)
    to_on: Mapped[date | None] = mapped_column(Date)
    """Not any more on this day."""
    made_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime]
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class PatrolVisit(Base):
    """A check-in at a place: written once, never changed. `flaw` says why it does not count, by the rule of then."""

    __tablename__ = "patrol_visit"
    __table_args__ = (
        # What is sent twice is one visit.
        UniqueConstraint("person_id", "source_id", "visited_at"),
        UniqueConstraint("person_id", "plan_id", "visited_at"),
        CheckConstraint("num_nonnulls(source_id, plan_id) = 1", name="of"),
        CheckConstraint(one_of("found", VisitFound), name="found"),
        CheckConstraint(one_of("flaw", VisitFlaw), name="flaw"),
        CheckConstraint("found IN ('fine', 'shut') OR note IS NOT NULL", name="note"),
        CheckConstraint("num_nonnulls(lon, lat, distance_m) IN (0, 3)", name="place"),
        CheckConstraint("lon BETWEEN -180 AND 180 AND lat BETWEEN -90 AND 90", name="position"),
        CheckConstraint("(visited_at AT TIME ZONE 'Asia/Shanghai')::date = day", name="day"),
        Index("ix_patrol_visit_grid_id_day", "grid_id", "day"),
        Index("ix_patrol_visit_source_id_day", "source_id", "day"),
        Index("ix_patrol_visit_plan_id_day", "plan_id", "day", postgresql_where=text("plan_id IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    source_id: Mapped[int | None] = mapped_column(ForeignKey("source.id"))
    plan_id: Mapped[int | None] = mapped_column(ForeignKey("patrol_plan.id"))
    """Of a point that is no source."""
    grid_id: Mapped[int] = mapped_column(ForeignKey("grid.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    day: Mapped[date] = mapped_column(Date)
    """Of `visited_at`, in Beijing."""
    visited_at: Mapped[datetime]
    """By the device's clock where it had no network, else when it came."""
    received_at: Mapped[datetime]
    lon: Mapped[float | None] = mapped_column(Float)
    lat: Mapped[float | None] = mapped_column(Float)
    accuracy_m: Mapped[float | None] = mapped_column(Float)
    distance_m: Mapped[float | None] = mapped_column(Float)
    within_m: Mapped[int]
    flaw: Mapped[str | None] = mapped_column(String(20))
    found: Mapped[str] = mapped_column(String(20))
    note: Mapped[str | None] = mapped_column(String(1000))


class PatrolPhoto(Base):
    """A photo of a check-in, in the evidence store."""

    __tablename__ = "patrol_photo"
    __table_args__ = (PrimaryKeyConstraint("visit_id", "evidence_id"), UniqueConstraint("evidence_id"))

    visit_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("patrol_visit.id"))
    evidence_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("evidence.id"))


class PatrolSummary(Base):
    """What a town collected of a day, or a county dispatched of a week, with the figures of then: never changed.

    A later version stands beside the ones before and counts.
    """

    __tablename__ = "patrol_summary"
    __table_args__ = (
        UniqueConstraint("grid_id", "kind", "first_on", "version"),
        CheckConstraint(one_of("kind", SummaryKind), name="kind"),
        CheckConstraint("kind <> 'county_week' OR extract(isodow FROM first_on) = 1", name="first_on"),
        CheckConstraint("octet_length(digest) = 32", name="digest"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    grid_id: Mapped[int] = mapped_column(ForeignKey("grid.id"))
    kind: Mapped[str] = mapped_column(String(20))
    first_on: Mapped[date] = mapped_column(Date)
    version: Mapped[int]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    note: Mapped[str] = mapped_column(Text)
    made_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime]
