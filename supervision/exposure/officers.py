"""Who signs for the publicity department 州党委宣传部: a person with an account, named by a chief with a document."""

from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from models.enums import EventKind, Role
from models.errors import ForbiddenTransition, Invalid, NotFound, Overlap
from models.exposure import PublicityOfficer
from supervision.exposure import exposure_repository as repository
from supervision.exposure.register import Acted
from supervision.exposure.wording import LONGEST_DOCUMENT, LONGEST_REASON, line, passage

FITTING = (Role.VIEWER, Role.CHIEF)
"""Duties in the prefecture under which a person of another department reads along; none of them prepares cases."""


async def appoint(
    session: AsyncSession, username: str, document: str, *, by: int, now: datetime
) -> tuple[Acted, int]:
    """Names an officer; gives the appointment's id.

    Raises Invalid naming the field unless the person reads along in the prefecture, is another than the one who
    appoints, and there is a document; Overlap for one in office.
    """
    said = line(document, "document", LONGEST_DOCUMENT)
    person = await repository.fit_person(session, username, FITTING, now)
    if person is None:
        raise Invalid("wants a person with the duty of a viewer or chief in the prefecture", field="person")
    if person.id == by:
        raise Invalid("nobody appoints themselves", field="person")
    if await repository.in_office(session, person.id) is not None:
        raise Overlap("this person is in office", field="person")
    row = PublicityOfficer(person_id=person.id, document=said, appointed_by=by, appointed_at=now)
    try:
        async with session.begin_nested():
            session.add(row)
            await session.flush()
    except IntegrityError:
        raise Overlap("this person is in office", field="person") from None
    detail = {"person": person.name, "document": said}
    return Acted(EventKind.EXPOSURE_APPOINTED, None, detail), row.id


async def dismiss(session: AsyncSession, officer_id: int, reason: str, *, by: int, now: datetime) -> Acted:
    """Ends an appointment; what was signed stays signed."""
    row = await repository.hold_officer(session, officer_id)
    if row is None:
        raise NotFound(f"no appointment {officer_id}")
    if row.ended_at is not None:
        raise ForbiddenTransition("it has ended", state="ended", act="dismiss")
    row.ended_by, row.ended_at, row.ended_why = by, now, passage(reason, "reason", LONGEST_REASON)
    await session.flush()
    name = await repository.name_of(session, row.person_id)
    return Acted(EventKind.EXPOSURE_DISMISSED, None, {"person": name, "reason": row.ended_why})


async def holds_office(session: AsyncSession, person_id: int) -> bool:
    """Whether this person signs for the publicity department now."""
    return await repository.in_office(session, person_id) is not None
