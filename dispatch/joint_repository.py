"""All SQL of joint orders."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models.alert import Alert
from models.enums import JointRole, OrderState, Severity
from models.ids import AlertId, GridId, OrderId, PersonId, StationId
from models.order import DisposalReport, WorkOrder
from models.registry import Person, Station


@dataclass(frozen=True, slots=True)
class Subject:
    """What an order is about, as its further parts take it over."""

    station_id: StationId | None
    station: str | None
    alert_id: AlertId | None
    severity: Severity
    reason: str
    joint_role: JointRole | None
    drill: bool
    category: str | None


@dataclass(frozen=True, slots=True)
class Part:
    """A child of a joint order."""

    id: OrderId
    number: str
    grid_id: GridId
    state: OrderState


async def subject(session: AsyncSession, order_id: OrderId) -> Subject:
    row = (
        await session.execute(
            select(
                WorkOrder.station_id,
                Station.code,
                WorkOrder.alert_id,
                WorkOrder.severity,
                WorkOrder.reason,
                WorkOrder.joint_role,
                WorkOrder.drill,
                WorkOrder.category,
            )
            .outerjoin(Station, Station.id == WorkOrder.station_id)
            .where(WorkOrder.id == order_id)
        )
    ).one()
    return Subject(
        None if row[0] is None else StationId(row[0]),
        row[1],
        None if row[2] is None else AlertId(row[2]),
        Severity(row[3]),
        row[4],
        None if row[5] is None else JointRole(row[5]),
        row[6],
        row[7],
    )


async def parts(session: AsyncSession, parent_id: OrderId) -> list[Part]:
    """The children of an order, in the order of their ids; none of them is held."""
    rows = await session.execute(
        select(WorkOrder.id, WorkOrder.number, WorkOrder.grid_id, WorkOrder.state)
        .where(WorkOrder.parent_id == parent_id)
        .order_by(WorkOrder.id)
    )
    return [Part(OrderId(r[0]), r[1], GridId(r[2]), OrderState(r[3])) for r in rows]


async def overridden(session: AsyncSession, order_id: OrderId, round_: int) -> bool:
    """Whether the report of this round says why open parts should not matter."""
    found = await session.scalar(
        select(DisposalReport.id).where(
            DisposalReport.order_id == order_id,
            DisposalReport.round == round_,
            DisposalReport.open_children_reason.is_not(None),
        )
    )
    return found is not None


async def make_parent(session: AsyncSession, order_id: OrderId, *, reason: str) -> None:
    await session.execute(
        update(WorkOrder)
        .where(WorkOrder.id == order_id)
        .values(joint_role=JointRole.PARENT.value, joint_reason=reason, version=WorkOrder.version + 1)
    )


async def make_children(session: AsyncSession, ids: Sequence[OrderId], parent_id: OrderId) -> None:
    """Makes these orders parts of `parent_id`; an alert of theirs is let go."""
    await session.execute(
        update(WorkOrder)
        .where(WorkOrder.id.in_(ids))
        .values(
            joint_role=JointRole.CHILD.value,
            parent_id=parent_id,
            alert_id=None,
            version=WorkOrder.version + 1,
        )
    )


async def give_alerts(session: AsyncSession, *, to: OrderId, of: OrderId, alert_id: AlertId | None) -> None:
    """The alert that made an order, and those that joined it, belong to another order from now on."""
    await session.execute(update(WorkOrder).where(WorkOrder.id == to).values(alert_id=alert_id))
    await session.execute(update(Alert).where(Alert.order_id == of).values(order_id=to))


async def name_of(session: AsyncSession, person_id: PersonId) -> str | None:
    name: str | None = await session.scalar(select(Person.name).where(Person.id == person_id))
    return name
