"""Integrity cases: a sign opens one or joins the open one, and a person decides. No order comes of it. Never commits.

What goes on is one condition: a sign counts only when it began after the last sign of its kind was seen, and after
the case of that one was decided. So a decided case stays decided until something new happens.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from alerts.instants import instant
from alerts.integrity import case_repository as repository
from alerts.integrity.case_repository import Before, Case, Look
from alerts.integrity.sign import Sign
from models.enums import AlertKind, CaseState, SignKind
from models.errors import Forbidden, ForbiddenTransition, NotFound
from models.facts import AlertOpened, CaseDecided, CaseSeconded, CaseSigned, Fact, StationInfo
from models.ids import AlertId, CaseId, GridId, PersonId

__all__ = [
    "DECISIONS",
    "Before",
    "Case",
    "Look",
    "again",
    "before",
    "decide",
    "due",
    "find",
    "settled",
    "sign",
    "since",
    "watch",
]  # fmt: skip
log = structlog.get_logger(__name__)
_encode = msgspec.json.Encoder(order="deterministic").encode
DECISIONS = (CaseState.CONFIRMED, CaseState.DISMISSED)
SUSPECT: dict[AlertKind, SignKind] = {
    AlertKind.MOVED: SignKind.MOVED,
    AlertKind.ATTENUATED: SignKind.MUFFLED,
}
"""Alerts that are looked at again, and the sign each may be; the others are looked for day by day."""
LINKED: dict[SignKind, tuple[AlertKind, ...]] = {
    SignKind.MOVED: (AlertKind.MOVED,),
    SignKind.MUFFLED: (AlertKind.ATTENUATED,),
    SignKind.CUT: (AlertKind.OFFLINE,),
    SignKind.CHANGED: (
        AlertKind.ATTENUATED, AlertKind.OFFSET, AlertKind.DRIFT, AlertKind.NOISE, AlertKind.FLAT_LINE,
        AlertKind.CLOCK_SHIFT,
    ),
}  # fmt: skip
"""Alerts of the same span that belong to the evidence."""


async def watch(session: AsyncSession, facts: Sequence[Fact], *, now: datetime) -> None:
    """Notes the alerts just opened that may be signs: they are looked at from now on."""
    await repository.watch(
        session,
        [
            (fact.alert_id, int(fact.station.id), SUSPECT[fact.kind], now)
            for fact in facts
            if isinstance(fact, AlertOpened) and fact.kind in SUSPECT
        ],
    )


async def sign(
    session: AsyncSession,
    found: Sign,
    *,
    station: StationInfo,
    prefecture: tuple[GridId, str],
    evidence: Mapping[str, Any],
    rule_version: int,
    now: datetime,
) -> CaseSigned | None:
    """Puts a sign into the station's open case, which it opens if there is none; None for what is known already."""
    await repository.hold(session, station.id)
    began_at, until = instant(found.began_at), instant(found.until)
    if began_at <= since(await before(session, station, found.kind)):
        return None
    case_id, opened = await repository.open_case(session, station.id, prefecture[0], now)
    body = _encode(dict(evidence))
    digest = hashlib.sha256(body).digest()
    alert_ids = await repository.alerts_within(
        session, station.id, LINKED[found.kind], began_at, until + timedelta(microseconds=1)
    )
    await repository.add_sign(
        session,
        case_id,
        station.id,
        found.kind,
        began_at=began_at,
        until=until,
        now=now,
        rule_version=rule_version,
        evidence=body.decode(),
        digest=digest,
        alert_ids=alert_ids,
    )
    log.info("integrity.sign", case=case_id, station=station.code, kind=found.kind.value, opened=opened)
    return CaseSigned(
        CaseId(case_id),
        opened,
        found.kind,
        station,
        *prefecture,
        began_at,
        until,
        now,
        rule_version,
        digest.hex(),
    )


def since(last: Before | None) -> datetime:
    """What began up to then is no news; the beginning of time where there is none."""
    if last is None:
        return instant(0.0)
    return last.until if last.decided_at is None else max(last.until, last.decided_at)


async def before(session: AsyncSession, station: StationInfo, kind: SignKind) -> Before | None:
    """The last sign of this kind at the station."""
    return (await repository.last_of(session, [station.id], kind)).get(station.id)


async def known_since(
    session: AsyncSession, stations: Sequence[int], kind: SignKind
) -> Mapping[int, datetime]:
    """By station, up to when signs of this kind are no news; stations without one are not in it."""
    return {
        station: since(last) for station, last in (await repository.last_of(session, stations, kind)).items()
    }


async def find(session: AsyncSession, case_id: int) -> Case:
    """The case as it is now; raises NotFound."""
    found = await repository.find(session, case_id)
    if found is None:
        raise NotFound(f"no integrity case {case_id}")
    return found


async def hold(session: AsyncSession, case: Case) -> None:
    """Holds the station's cases until the transaction ends: whoever waited decides at the time of their turn."""
    await repository.hold(session, case.station_id)


async def decide(
    session: AsyncSession,
    case: Case,
    decision: CaseState,
    *,
    reason: str,
    person_id: int,
    name: str,
    now: datetime,
) -> CaseDecided:
    """Decides a case held by `hold` for good; raises ForbiddenTransition when somebody has."""
    held = await repository.find(session, case.id, held=True)
    if held is None or held.state is not CaseState.OPEN:
        state = "gone" if held is None else held.state.value
        raise ForbiddenTransition(f"the case is {state} already", state=state, act="decide")
    await repository.decide(session, case.id, decision, person_id=person_id, reason=reason, now=now)
    return CaseDecided(
        CaseId(case.id), held.station, GridId(held.grid_id), held.grid, decision, reason, held.signs, now,
        PersonId(person_id), name,
    )  # fmt: skip


async def second(
    session: AsyncSession, case: Case, *, person_id: int, name: str, now: datetime
) -> CaseSeconded:
    """A second person confirms what a first one has: from then on the days of the signs are void (annex 3 art. 6).

    Of a case held by `hold`. Raises Forbidden for whoever confirmed it, ForbiddenTransition where it is not confirmed,
    or seconded already.
    """
    held = await repository.find(session, case.id, held=True)
    if held is None or held.state is not CaseState.CONFIRMED:
        state = "gone" if held is None else held.state.value
        raise ForbiddenTransition(f"the case is {state}", state=state, act="second")
    if not await repository.second(session, case.id, person_id=person_id, now=now):
        first, seconded = await repository.decider(session, case.id)
        if seconded:
            raise ForbiddenTransition("the case is seconded already", state="confirmed", act="second")
        raise Forbidden(
            "whoever confirmed a case does not second it" if first == person_id else "not confirmed"
        )
    return CaseSeconded(
        CaseId(case.id),
        held.station,
        GridId(held.grid_id),
        held.grid,
        held.signs,
        now,
        PersonId(person_id),
        name,
    )


async def due(session: AsyncSession, *, now: datetime, limit: int) -> list[Look]:
    """Alerts whose time to be looked at has come, held until the transaction ends."""
    return await repository.due(session, now, limit)


async def again(session: AsyncSession, alert_id: AlertId, at: datetime) -> None:
    """The alert is looked at again then."""
    await repository.again(session, alert_id, at)


async def settled(session: AsyncSession, alert_id: AlertId) -> None:
    """The alert needs no further look."""
    await repository.settled(session, alert_id)
