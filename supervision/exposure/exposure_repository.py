"""All SQL of the acts on typical cases: rows are held before they are judged, batches before their cases."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.enums import ExposureState, Role
from models.exposure import (
    ExposedCase,
    ExposedParty,
    ExposedStep,
    ExposedText,
    ExposureBatch,
    PublicityOfficer,
)
from models.registry import Duty, Grid, Person, Source


async def hold_case(session: AsyncSession, case_id: int) -> ExposedCase | None:
    """The case, held until the transaction ends."""
    return await session.get(ExposedCase, case_id, with_for_update=True, populate_existing=True)


async def hold_batch(session: AsyncSession, batch_id: int) -> ExposureBatch | None:
    """The batch, held until the transaction ends."""
    return await session.get(ExposureBatch, batch_id, with_for_update=True, populate_existing=True)


async def hold_cases_of(session: AsyncSession, batch_id: int) -> Sequence[ExposedCase]:
    """The cases of a batch, held, in the order they were registered."""
    statement = (
        select(ExposedCase)
        .where(ExposedCase.batch_id == batch_id)
        .order_by(ExposedCase.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return (await session.scalars(statement)).all()


async def number_taken(session: AsyncSession, number: str, *, but: int | None) -> bool:
    """Whether another case that is not withdrawn has this number."""
    statement = select(ExposedCase.id).where(
        ExposedCase.number == number, ExposedCase.state != ExposureState.WITHDRAWN.value
    )
    if but is not None:
        statement = statement.where(ExposedCase.id != but)
    return await session.scalar(statement.limit(1)) is not None


async def grid_of(session: AsyncSession, code: str) -> Grid | None:
    """A county or park."""
    return await session.scalar(select(Grid).where(Grid.code == code, Grid.level == 2))


async def grid_by_id(session: AsyncSession, grid_id: int) -> Grid:
    """The grid of a case."""
    return (await session.scalars(select(Grid).where(Grid.id == grid_id))).one()


async def source_of(session: AsyncSession, code: str) -> Source | None:
    """A pollution source of the register 一企一档."""
    return await session.scalar(select(Source).where(Source.code == code))


async def source_name(session: AsyncSession, source_id: int | None) -> str | None:
    """What the register calls it."""
    return (
        None if source_id is None else await session.scalar(select(Source.name).where(Source.id == source_id))
    )


async def parties_of(session: AsyncSession, case_id: int) -> Sequence[ExposedParty]:
    """By their real names, in the order they were entered."""
    statement = select(ExposedParty).where(ExposedParty.case_id == case_id).order_by(ExposedParty.id)
    return (await session.scalars(statement)).all()


async def drop_parties(session: AsyncSession, case_id: int) -> None:
    """Makes room for the parties as they are now."""
    await session.execute(delete(ExposedParty).where(ExposedParty.case_id == case_id))


async def newest_text(session: AsyncSession, case_id: int) -> tuple[ExposedText, str] | None:
    """The newest version with its author's name."""
    statement = (
        select(ExposedText, Person.name)
        .join(Person, Person.id == ExposedText.written_by)
        .where(ExposedText.case_id == case_id)
        .order_by(ExposedText.version.desc())
        .limit(1)
    )
    found: Any = (await session.execute(statement)).first()
    return None if found is None else (found[0], found[1])


async def steps_of(session: AsyncSession, text_id: int) -> Sequence[ExposedStep]:
    """What was done to a version, in order."""
    statement = select(ExposedStep).where(ExposedStep.text_id == text_id).order_by(ExposedStep.id)
    return (await session.scalars(statement)).all()


async def quarter_taken(session: AsyncSession, quarter: Any) -> bool:
    """Whether a quarter has its batch."""
    statement = select(ExposureBatch.id).where(ExposureBatch.quarter == quarter)
    return await session.scalar(statement) is not None


async def fit_person(
    session: AsyncSession, username: str, roles: Sequence[Role], now: datetime
) -> Person | None:
    """A person who may sign in and has one of the roles in the prefecture now."""
    statement = (
        select(Person)
        .join(Duty, Duty.person_id == Person.id)
        .join(Grid, Grid.id == Duty.grid_id)
        .where(
            Person.username == username, Person.disabled_at.is_(None), Grid.level == 1,
            Duty.role.in_([role.value for role in roles]), Duty.valid_from <= now,
            or_(Duty.valid_to.is_(None), Duty.valid_to > now),
        )
        .limit(1)
    )  # fmt: skip
    return (await session.scalars(statement)).first()


async def in_office(session: AsyncSession, person_id: int) -> PublicityOfficer | None:
    """The appointment in force of a person."""
    statement = select(PublicityOfficer).where(
        PublicityOfficer.person_id == person_id, PublicityOfficer.ended_at.is_(None)
    )
    return await session.scalar(statement)


async def hold_officer(session: AsyncSession, officer_id: int) -> PublicityOfficer | None:
    """An appointment, held until the transaction ends."""
    return await session.get(PublicityOfficer, officer_id, with_for_update=True, populate_existing=True)


async def name_of(session: AsyncSession, person_id: int) -> str:
    """A person's name."""
    return (await session.scalars(select(Person.name).where(Person.id == person_id))).one()
