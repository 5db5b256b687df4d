"""Departments that answer for a kind of source 管行业必须管环保 (body §3(一)), and the orders they work on."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    PrimaryKeyConstraint,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, one_of
from models.enums import UnitPart
from models.roster import never_two


class Unit(Base):
    """A department, such as 住建局. It belongs to the grid whose government it is part of."""

    __tablename__ = "unit"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    grid_id: Mapped[int] = mapped_column(ForeignKey("grid.id"))
    created_at: Mapped[datetime]
    created_by: Mapped[int] = mapped_column(ForeignKey("person.id"))


class UnitMember(Base):
    """A person works for a unit from `valid_from` until `valid_to` (open while NULL)."""

    __tablename__ = "unit_member"
    __table_args__ = (
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="validity"),
        never_two("unit_member", "unit_id person_id", "valid_from", "valid_to"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    valid_from: Mapped[datetime]
    valid_to: Mapped[datetime | None]
    author_id: Mapped[int] = mapped_column(ForeignKey("person.id"))


class SourceCategory(Base):
    """A category of sources that somebody answers for, under the name it has in the registry."""

    __tablename__ = "source_category"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60), unique=True)


class CategoryDuty(Base):
    """Which unit leads for a category in a grid and below, from `valid_from` until `valid_to` (open while NULL)."""

    __tablename__ = "category_duty"
    __table_args__ = (
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="validity"),
        never_two("category_duty", "category_id grid_id", "valid_from", "valid_to"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    category_id: Mapped[int] = mapped_column(ForeignKey("source_category.id"))
    grid_id: Mapped[int] = mapped_column(ForeignKey("grid.id"))
    lead_unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    valid_from: Mapped[datetime]
    valid_to: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(String(500))
    author_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]


class CategoryCoHandler(Base):
    """A unit that handles the category together with the lead."""

    __tablename__ = "category_co_handler"
    __table_args__ = (PrimaryKeyConstraint("duty_id", "unit_id"),)

    duty_id: Mapped[int] = mapped_column(ForeignKey("category_duty.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))


class OrderUnit(Base):
    """A unit that an order's category brings in, as it was when the category was set; one leads."""

    __tablename__ = "order_unit"
    __table_args__ = (
        CheckConstraint(one_of("part", UnitPart), name="part"),
        UniqueConstraint("order_id", "unit_id"),
        Index("uq_order_unit_lead", "order_id", unique=True, postgresql_where=text("part = 'lead'")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    order_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("work_order.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    part: Mapped[str] = mapped_column(String(20))
    since: Mapped[datetime]
