"""What every step of an act shares: the row locked in a fitting state, the step kept, texts within their limits."""

from datetime import date, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from airquality.period import BEIJING
from models.act import ActStepRow, SupervisoryAct
from models.enums import ActState, ActStep
from models.errors import ForbiddenTransition, Invalid, NotFound
from supervision.acts import act_repository as repository

LONGEST_TEXT = 4000
LONGEST_LINE = 300


async def act_in(session: AsyncSession, act: int, step: ActStep, *states: ActState) -> SupervisoryAct:
    row = await repository.act_of(session, act)
    if row is None:
        raise NotFound(f"no act {act}")
    if ActState(row.state) not in states:
        raise ForbiddenTransition(f"{step.value} is no step of this state", state=row.state, act=step.value)
    return row


async def add_step(
    session: AsyncSession, row: SupervisoryAct, step: ActStep, by: int, now: datetime, **said: Any
) -> None:
    told = {name: value for name, value in said.items() if value is not None}
    session.add(ActStepRow(act_id=row.id, step=step.value, at=now, by=by, said=told))
    await session.flush()


def text_of(text: str, field: str, longest: int) -> str:
    said = text.strip()
    if not 0 < len(said) <= longest or any(ord(char) < 32 and char not in "\n\t" for char in said):
        raise Invalid(f"wants a text of at most {longest} characters", field=field)
    return said


def optional_of(text: str | None, field: str) -> str | None:
    return None if text is None or not text.strip() else text_of(text, field, LONGEST_LINE)


def day_of(now: datetime) -> date:
    return now.astimezone(BEIJING).date()
