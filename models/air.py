"""The air of days and months: what was measured, what dust took out, what the Region published, what was signed."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    Numeric,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, one_of
from models.enums import POLLUTANTS, AirSource, MonthState

HOURS_BYTES = 24 * len(POLLUTANTS) * 4
_COUNTED = " AND ".join(
    f"({name}_count BETWEEN 0 AND 24) AND (({name}_count = 0) = ({name}_sum IS NULL))" for name in POLLUTANTS
)
_FIRST = "extract(day FROM month) = 1"


class AirDay(Base):
    """A station's natural day of Beijing time: exact sums, so that a mean is sum / (1000 · count).

    Thousandths of µg/m³ (CO: of mg/m³). A count of 0 is a day that does not count (GB 3095 table 4); of ozone sum and
    count are those of the largest 8 h mean. `hours` packs the hourly means they come from, int32 little-endian, -1 for
    none, pollutant after pollutant in the order of POLLUTANTS.
    """

    __tablename__ = "air_day"
    __table_args__ = (
        PrimaryKeyConstraint("station_id", "day"),
        CheckConstraint(one_of("source", AirSource), name="source"),
        CheckConstraint(f"octet_length(hours) = {HOURS_BYTES}", name="hours"),
        CheckConstraint(_COUNTED, name="counted"),
        CheckConstraint("o3_windows BETWEEN 0 AND 17", name="o3_windows"),
        Index("ix_air_day_day", "day"),
    )

    station_id: Mapped[int] = mapped_column(ForeignKey("station.id"), autoincrement=False)
    day: Mapped[date] = mapped_column(Date)
    pm25_sum: Mapped[int | None] = mapped_column(BigInteger)
    pm25_count: Mapped[int] = mapped_column(SmallInteger)
    pm10_sum: Mapped[int | None] = mapped_column(BigInteger)
    pm10_count: Mapped[int] = mapped_column(SmallInteger)
    so2_sum: Mapped[int | None] = mapped_column(BigInteger)
    so2_count: Mapped[int] = mapped_column(SmallInteger)
    no2_sum: Mapped[int | None] = mapped_column(BigInteger)
    no2_count: Mapped[int] = mapped_column(SmallInteger)
    co_sum: Mapped[int | None] = mapped_column(BigInteger)
    co_count: Mapped[int] = mapped_column(SmallInteger)
    o3_sum: Mapped[int | None] = mapped_column(BigInteger)
    o3_count: Mapped[int] = mapped_column(SmallInteger)
    o3_windows: Mapped[int] = mapped_column(SmallInteger)
    hours: Mapped[bytes] = mapped_column(LargeBinary)
    source: Mapped[str] = mapped_column(String(20))
    computed_at: Mapped[datetime]
    import_id: Mapped[int | None] = mapped_column(ForeignKey("air_import.id"))
    """The file it came with, where one brought it."""


class AirImport(Base):
    """A file of official values that was taken in whole; never changed."""

    __tablename__ = "air_import"
    __table_args__ = (
        CheckConstraint("first_day <= last_day", name="days"),
        CheckConstraint("octet_length(digest) = 32", name="digest"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    """SHA-256 of the file."""
    document: Mapped[str] = mapped_column(String(300))
    """Where the values are from."""
    hourly: Mapped[bool]
    rows: Mapped[int]
    stations: Mapped[int]
    first_day: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date] = mapped_column(Date)
    entered_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    entered_at: Mapped[datetime]


class AirGathering(Base):
    """How often a day's figures were made of its readings: once it is over, and again for what came late."""

    __tablename__ = "air_gathering"
    __table_args__ = (CheckConstraint("again_at IS NULL OR gathered_at IS NOT NULL", name="again"),)

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    gathered_at: Mapped[datetime | None]
    again_at: Mapped[datetime | None]


class AirExclusion(Base):
    """Pollutants of a unit's day that are taken out of the ranking, by a document; withdrawn, never gone."""

    __tablename__ = "air_exclusion"
    __table_args__ = (
        CheckConstraint("cardinality(pollutants) > 0", name="pollutants"),
        CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawn_by IS NULL) AND (withdrawn_at IS NULL) = (withdrawn_why IS NULL)",
            name="withdrawn",
        ),
        Index(
            "uq_air_exclusion_in_force",
            "grid_id",
            "day",
            unique=True,
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    grid_id: Mapped[int] = mapped_column(ForeignKey("grid.id"))
    day: Mapped[date] = mapped_column(Date)
    pollutants: Mapped[list[str]] = mapped_column(ARRAY(String(10)))
    document: Mapped[str] = mapped_column(String(300))
    """Number and date of what the exclusion rests on."""
    entered_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    entered_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    withdrawn_why: Mapped[str | None] = mapped_column(Text)


class AirPublished(Base):
    """A unit's index as the Region published it: it leads (annex 3 art. 3). The newest version counts, none changes."""

    __tablename__ = "air_published"
    __table_args__ = (
        UniqueConstraint("grid_id", "month", "version"),
        CheckConstraint(_FIRST, name="month"),
        CheckConstraint("value > 0 AND value < 100", name="value"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    grid_id: Mapped[int] = mapped_column(ForeignKey("grid.id"))
    month: Mapped[date] = mapped_column(Date)
    version: Mapped[int]
    value: Mapped[Decimal] = mapped_column(Numeric(6, 3))
    figures: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    """By pollutant, as text; where the publication has them."""
    rules: Mapped[str] = mapped_column(String(100))
    document: Mapped[str] = mapped_column(String(300))
    entered_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    entered_at: Mapped[datetime]


class AirTarget(Base):
    """A yearly target broken into months, of a unit or of a station (body §3(二)). The newest version counts."""

    __tablename__ = "air_target"
    __table_args__ = (
        CheckConstraint("num_nonnulls(grid_id, station_id) = 1", name="of"),
        CheckConstraint(f"pollutant IN ({', '.join(repr(name) for name in POLLUTANTS)})", name="pollutant"),
        CheckConstraint("cardinality(months) = 12 AND 0 < ALL (months) AND yearly > 0", name="positive"),
        CheckConstraint("year BETWEEN 2013 AND 2200", name="year"),
        Index(
            "uq_air_target",
            "year",
            "pollutant",
            "grid_id",
            "station_id",
            "version",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    grid_id: Mapped[int | None] = mapped_column(ForeignKey("grid.id"))
    station_id: Mapped[int | None] = mapped_column(ForeignKey("station.id"))
    year: Mapped[int] = mapped_column(SmallInteger)
    pollutant: Mapped[str] = mapped_column(String(10))
    yearly: Mapped[Decimal] = mapped_column(Numeric(8, 3))
    months: Mapped[list[Decimal]] = mapped_column(ARRAY(Numeric(8, 3)))
    version: Mapped[int]
    document: Mapped[str] = mapped_column(String(300))
    entered_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    entered_at: Mapped[datetime]


class AirTargetWarning(Base):
    """That a month's target cannot be met any more was told: once for each place, month and pollutant."""

    __tablename__ = "air_target_warning"
    __table_args__ = (
        CheckConstraint("num_nonnulls(grid_id, station_id) = 1", name="of"),
        CheckConstraint(_FIRST, name="month"),
        Index(
            "uq_air_target_warning",
            "month",
            "pollutant",
            "grid_id",
            "station_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    grid_id: Mapped[int | None] = mapped_column(ForeignKey("grid.id"))
    station_id: Mapped[int | None] = mapped_column(ForeignKey("station.id"))
    month: Mapped[date] = mapped_column(Date)
    pollutant: Mapped[str] = mapped_column(String(10))
    target: Mapped[Decimal] = mapped_column(Numeric(8, 3))
    to_date: Mapped[Decimal] = mapped_column(Numeric(12, 3))
    remaining: Mapped[int] = mapped_column(SmallInteger)
    told_at: Mapped[datetime]


class SupervisionReadings(Base):
    """A version of how the text is read, in force from a day on; never changed (`supervision.readings`)."""

    __tablename__ = "supervision_readings"
    __table_args__ = (UniqueConstraint("valid_from", "version"),)

    version: Mapped[int] = mapped_column(Identity(), primary_key=True)
    valid_from: Mapped[date] = mapped_column(Date)
    body: Mapped[dict[str, Any]]
    why: Mapped[str] = mapped_column(Text)
    entered_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    entered_at: Mapped[datetime]


class AirMonth(Base):
    """A month of all units, computed from frozen inputs, and signed; after that only a later version replaces it."""

    __tablename__ = "air_month"
    __table_args__ = (
        UniqueConstraint("month", "version"),
        CheckConstraint(_FIRST, name="month"),
        CheckConstraint(one_of("state", MonthState), name="state"),
        CheckConstraint(
            "(state = 'draft') = (signed_at IS NULL) AND (signed_at IS NULL) = (signed_by IS NULL)",
            name="signed",
        ),
        Index("uq_air_month_draft", "month", unique=True, postgresql_where=text("state = 'draft'")),
        Index("uq_air_month_in_force", "month", unique=True, postgresql_where=text("state = 'signed'")),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    month: Mapped[date] = mapped_column(Date)
    version: Mapped[int]
    state: Mapped[str] = mapped_column(String(20))
    readings_version: Mapped[int] = mapped_column(ForeignKey("supervision_readings.version"))
    inputs: Mapped[bytes] = mapped_column(LargeBinary)
    """Canonical JSON, compressed: everything the result follows from."""
    inputs_digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    """SHA-256 of the JSON."""
    result: Mapped[dict[str, Any]]
    why: Mapped[str | None] = mapped_column(Text)
    """Why a signed month was computed anew."""
    computed_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    computed_at: Mapped[datetime]
    signed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    signed_at: Mapped[datetime | None]
