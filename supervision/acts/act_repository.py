"""All SQL of the register of acts."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from models.act import ActCounter, ActStepRow, SupervisoryAct
from models.enums import ActState, ActStep
from models.issued import IssuedPaper
from models.registry import Grid


async def act_of(session: AsyncSession, act: int) -> SupervisoryAct | None:
    """The row, locked."""
    return await session.get(SupervisoryAct, act, with_for_update=True, populate_existing=True)


async def steps_of(session: AsyncSession, act: int) -> list[ActStep]:
    """What was done to an act, the first first."""
    rows = await session.scalars(
        select(ActStepRow.step).where(ActStepRow.act_id == act).order_by(ActStepRow.id)
    )
    return [ActStep(step) for step in rows]


async def last_hand(session: AsyncSession, act: int, step: ActStep) -> int | None:
    """Who took this step last."""
    rows = select(ActStepRow.by).where(ActStepRow.act_id == act, ActStepRow.step == step.value)
    return await session.scalar(rows.order_by(ActStepRow.id.desc()).limit(1))


async def in_force_of(session: AsyncSession, proposals: Sequence[int]) -> str | None:
    """The number of an act of one of these proposals that was not withdrawn."""
    statement = select(SupervisoryAct.number).where(
        SupervisoryAct.proposal_id.in_(proposals), SupervisoryAct.state != ActState.WITHDRAWN.value
    )
    return await session.scalar(statement.limit(1))


async def paper_of(session: AsyncSession, act: SupervisoryAct) -> IssuedPaper | None:
    """The paper of an act as it is now."""
    if act.paper_id is None:
        return None
    return await session.get(IssuedPaper, act.paper_id, populate_existing=True)


async def unit(session: AsyncSession, code: str) -> int | None:
    """The id of a level-2 grid."""
    return await session.scalar(select(Grid.id).where(Grid.code == code, Grid.level == 2))


async def name_of(session: AsyncSession, grid_id: int) -> str:
    """What a grid is called."""
    name = await session.scalar(select(Grid.name).where(Grid.id == grid_id))
    return name or str(grid_id)


async def next_number(session: AsyncSession, year: int) -> str:
    """Without a gap: the row of the counter is held until the transaction ends."""
    row = insert(ActCounter).values(year=year, last=1)
    last = await session.scalar(
        row.on_conflict_do_update(index_elements=["year"], set_={"last": ActCounter.last + 1}).returning(
            ActCounter.last
        )
    )
    return f"ACT-{year}-{last:04d}"
