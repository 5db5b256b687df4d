"""The way of a text from its first version to the last signature (annex 4 §2(二)、(三), §5)."""

import hashlib
from dataclasses import asdict
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from airquality.period import BEIJING
from models.enums import EventKind, ExposureState, ExposureStep
from models.errors import ForbiddenTransition, Invalid
from models.exposure import ExposedCase, ExposedStep, ExposedText
from supervision.exposure import chain
from supervision.exposure import exposure_repository as repository
from supervision.exposure.chain import Dossier, Signed
from supervision.exposure.readiness import Standing, Text, text_faults
from supervision.exposure.register import Acted, decision_of, held, named_of, open_case
from supervision.exposure.wording import (
    LONGEST_BODY,
    LONGEST_REASON,
    LONGEST_TITLE,
    line,
    nameless,
    passage,
)

MOST_VERSIONS = 200


async def write(
    session: AsyncSession,
    case_id: int,
    *,
    title: str,
    body: str,
    revision: int | None,
    by: int,
    now: datetime,
) -> Acted:
    """Keeps a new version of the text while the case is prepared; a title that names a party is refused at once.

    What is wrong with the text is told by `readiness.text_faults`, and only keeps it from being submitted.
    """
    row = await open_case(session, case_id, revision)
    _demand(row, ExposureState.PREPARING, "write")
    named = await named_of(session, row)
    heading = nameless(line(title, "title", LONGEST_TITLE), "title", named, (row.number,))
    said = passage(body, "body", LONGEST_BODY)
    newest = await repository.newest_text(session, row.id)
    version = 1 if newest is None else newest[0].version + 1
    if version > MOST_VERSIONS:
        raise Invalid(f"a case has at most {MOST_VERSIONS} versions", field="body")
    text = ExposedText(
        case_id=row.id, version=version, title=heading, body=said, digest=digest_of(heading, said), written_by=by,
        written_at=now,
    )  # fmt: skip
    session.add(text)
    row.revision += 1
    await session.flush()
    return Acted(EventKind.EXPOSURE_WRITTEN, row.id, {"version": version, "sha256": text.digest.hex()})


async def submit(
    session: AsyncSession, case_id: int, *, revision: int | None, by: int, name: str, now: datetime
) -> Acted:
    """Hands the newest version to the bureau's examination of the dossier.

    Raises Invalid, naming `body` or `parties`, unless it is masked and of the right length, and ForbiddenTransition
    without a version that was not returned before.
    """
    row = await open_case(session, case_id, revision)
    _demand(row, ExposureState.PREPARING, "submit")
    text, _ = await _newest(session, row, "submit")
    if any(one.step == ExposureStep.RETURNED.value for one in await repository.steps_of(session, text.id)):
        raise ForbiddenTransition("this version was returned: write another", state=row.state, act="submit")
    faults = text_faults(Text(text.title, text.body), await named_of(session, row), (row.number,))
    if faults:
        told = ", ".join(f"{one.code.value} {one.detail}".strip() for one in faults)
        raise Invalid(
            f"the text is not ready: {told}", field="body", reasons=[one.code.value for one in faults]
        )
    row.state = ExposureState.BUREAU.value
    return await _step(session, row, text, ExposureStep.SUBMITTED, by=by, name=name, now=now)


async def sign(
    session: AsyncSession,
    case_id: int,
    step: ExposureStep,
    *,
    dossier: Dossier | None,
    revision: int | None,
    by: int,
    name: str,
    now: datetime,
) -> Acted:
    """Signs the next step of the chain; the bureau's says what was found of the dossier.

    Raises as `chain.sign`, and Invalid where the text has come to name a party since, or the dossier falls short.
    """
    row = await open_case(session, case_id, revision)
    text, _ = await _newest(session, row, step.value)
    signed = await signed_of(session, text.id)
    after = chain.sign(ExposureState(row.state), step, signed, author=text.written_by, person=by)
    named = await named_of(session, row)
    if (dossier is not None) is not (step is ExposureStep.BUREAU):
        raise Invalid("the bureau, and only the bureau, says what it found of the dossier", field="dossier")
    if dossier is not None:
        dossier.check()
        nameless(f"{dossier.standard}\n{dossier.panel}", "panel", named)
    if faults := text_faults(Text(text.title, text.body), named, (row.number,)):
        raise Invalid(
            "the text is not ready any more: return it", field="body", reasons=[f.code.value for f in faults]
        )
    row.state = after.value
    return await _step(session, row, text, step, by=by, name=name, now=now, dossier=dossier)


async def mark(
    session: AsyncSession,
    case_id: int,
    step: ExposureStep,
    *,
    revision: int | None,
    by: int,
    name: str,
    now: datetime,
) -> Acted:
    """Signs one of the three reviews or three proofreadings 三审三校, by the person `name`; raises as `chain.mark`."""
    row = await open_case(session, case_id, revision)
    text, author = await _newest(session, row, step.value)
    chain.mark(ExposureState(row.state), step, await signed_of(session, text.id), author=author, name=name)
    told = nameless(" ".join(name.split()), "name", await named_of(session, row))
    return await _step(session, row, text, step, by=by, name=told, now=now)


async def give_back(
    session: AsyncSession,
    case_id: int,
    reason: str,
    *,
    revision: int | None,
    by: int,
    name: str,
    now: datetime,
) -> Acted:
    """Returns the text with a reason: this version is over, and another one begins the chain anew."""
    row = await open_case(session, case_id, revision)
    if row.state not in chain.RETURNABLE:
        raise ForbiddenTransition("nothing is under review", state=row.state, act="return")
    text, _ = await _newest(session, row, "return")
    said = nameless(
        passage(reason, "reason", LONGEST_REASON), "reason", await named_of(session, row), (row.number,)
    )
    row.state, row.batch_id = ExposureState.PREPARING.value, None
    return await _step(session, row, text, ExposureStep.RETURNED, by=by, name=name, now=now, reason=said)


async def standing_of(session: AsyncSession, row: ExposedCase) -> Standing:
    """Everything that `readiness.reasons` asks of a case."""
    newest = await repository.newest_text(session, row.id)
    text = None if newest is None else newest[0]
    return Standing(
        ExposureState(row.state),
        decision_of(row),
        None if text is None else Text(text.title, text.body),
        await named_of(session, row),
        (row.number,),
        [] if text is None else await signed_of(session, text.id),
    )


async def signed_of(session: AsyncSession, text_id: int) -> list[Signed]:
    """What was done to a version, as the rules of the chain take it."""
    return [
        Signed(ExposureStep(one.step), one.person_id, one.name, one.at.astimezone(BEIJING).date())
        for one in await repository.steps_of(session, text_id)
    ]


async def state_of(session: AsyncSession, case_id: int) -> ExposureState:
    """Where a case stands, held."""
    return ExposureState((await held(session, case_id)).state)


def digest_of(title: str, body: str) -> bytes:
    """SHA-256 of a version."""
    return hashlib.sha256(f"{title}\n{body}".encode()).digest()


def _demand(row: ExposedCase, state: ExposureState, act: str) -> None:
    if row.state != state.value:
        raise ForbiddenTransition(f"the case is {row.state}", state=row.state, act=act)


async def _newest(session: AsyncSession, row: ExposedCase, act: str) -> tuple[ExposedText, str]:
    found = await repository.newest_text(session, row.id)
    if found is None:
        raise ForbiddenTransition("there is no text yet", state=row.state, act=act)
    return found[0], found[1]


async def _step(
    session: AsyncSession,
    row: ExposedCase,
    text: ExposedText,
    step: ExposureStep,
    *,
    by: int,
    name: str,
    now: datetime,
    reason: str | None = None,
    dossier: Dossier | None = None,
) -> Acted:
    session.add(
        ExposedStep(
            text_id=text.id, step=step.value, person_id=by, name=name, at=now, reason=reason,
            dossier=None if dossier is None else asdict(dossier),
        )
    )  # fmt: skip
    row.revision += 1
    await session.flush()
    detail = {"version": text.version, "sha256": text.digest.hex(), "step": step.value, "name": name}
    if reason is not None:
        return Acted(EventKind.EXPOSURE_RETURNED, row.id, detail | {"reason": reason})
    return Acted(EventKind.EXPOSURE_SIGNED, row.id, detail)
