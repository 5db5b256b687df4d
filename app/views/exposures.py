"""Typical cases as they are read: with the parties for those who prepare, without a name for everybody else."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from app.views.paging import INTEGER_MAX, decode_cursor, instant, page
from models.bulk import fetch
from models.enums import DecisionKind, ExposureState, ExposureStep
from models.errors import NotFound
from supervision.exposure.chain import Signed
from supervision.exposure.finality import Decision, Remedy, periods
from supervision.exposure.masking import Named, leaks, length
from supervision.exposure.readiness import Standing, Text, findings, reasons

_CASES = """
SELECT c.*, g.code AS grid, g.name AS grid_name, r.name AS registrar, w.name AS withdrawer, b.published_on,
       (SELECT count(*) FROM exposed_text t WHERE t.case_id = c.id) AS texts
  FROM exposed_case c
  JOIN grid g ON g.id = c.grid_id
  JOIN person r ON r.id = c.registered_by
  LEFT JOIN person w ON w.id = c.withdrawn_by
  LEFT JOIN exposure_batch b ON b.id = c.batch_id
"""
_TEXTS = """
SELECT t.id, t.version, t.title, t.body, t.digest, t.written_by, t.written_at, p.name AS author
  FROM exposed_text t JOIN person p ON p.id = t.written_by WHERE t.case_id = $1 ORDER BY t.version DESC
"""
_STEPS = """
SELECT s.text_id, s.step, s.person_id, s.name, s.at, s.reason, s.dossier::text AS dossier, p.name AS signer,
       (s.at AT TIME ZONE 'Asia/Shanghai')::date AS day
  FROM exposed_step s JOIN exposed_text t ON t.id = s.text_id JOIN person p ON p.id = s.person_id
 WHERE t.case_id = $1 ORDER BY s.id
"""
_PARTIES = "SELECT kind, name, common_word FROM exposed_party WHERE case_id = $1 ORDER BY id"
_SOURCE = "SELECT code, name FROM source WHERE id = $1"


async def list_cases(
    session: AsyncSession,
    *,
    state: ExposureState | None = None,
    grid_ids: Collection[int] | None = None,
    batch_id: int | None = None,
    cursor: str | None = None,
    limit: int = 100,
) -> dict[str, Any]:
    """The newest registered first, without texts and without a name."""
    last = decode_cursor(cursor, top=INTEGER_MAX)
    rows = await fetch(
        session,
        _CASES + """ WHERE ($1::text IS NULL OR c.state = $1) AND ($2::int[] IS NULL OR c.grid_id = ANY($2))
          AND ($3::int IS NULL OR c.id < $3) AND ($5::int IS NULL OR c.batch_id = $5) ORDER BY c.id DESC LIMIT $4""",
        None if state is None else state.value, None if grid_ids is None else sorted(grid_ids), last, limit + 1,
        batch_id,
    )  # fmt: skip
    return page([_case(row) for row in rows], limit)


async def case_document(
    session: AsyncSession, case_id: int, *, today: date, prepares: bool
) -> dict[str, Any]:
    """A case whole; raises NotFound.

    Who does not prepare reads no party, no source, and a text only once it was submitted and while nothing in it names
    a party; of what the check found then its kind and place, never the words.
    """
    rows = await fetch(session, _CASES + " WHERE c.id = $1", case_id)
    if not rows:
        raise NotFound(f"no case {case_id}")
    row = rows[0]
    parties = await fetch(session, _PARTIES, case_id)
    source = await fetch(session, _SOURCE, row.source_id) if row.source_id is not None else []
    named = [Named(one.name, one.common_word) for one in parties]
    named += [
        Named(one.name, common=True) for one in source if one.name not in {party.name for party in named}
    ]
    steps = await fetch(session, _STEPS, case_id)
    versions = await fetch(session, _TEXTS, case_id)
    found = [
        _version(
            one, [step for step in steps if step.text_id == one.id], named, row.number, prepares=prepares
        )
        for one in versions
    ]
    decision = _decision(row)
    newest = versions[0] if versions else None
    standing = Standing(
        ExposureState(row.state), decision, None if newest is None else Text(newest.title, newest.body), named,
        (row.number,), [] if newest is None else _signed(steps, newest.id),
    )  # fmt: skip
    document = _case(row) | {
        "review": _remedy(row.review_filed, row.review_concluded, row.review_upheld),
        "suit": _remedy(row.suit_filed, row.suit_concluded, row.suit_upheld),
        "periods": [{"kind": kind.value, "last": last.isoformat()} for kind, last in periods(decision)],
        "reasons": [{"code": one.code.value, "detail": one.detail} for one in reasons(standing, today)],
        "parties": len(parties),
        "versions": found,
    }
    if prepares:
        document["source"] = {"code": source[0].code, "name": source[0].name} if source else None
    return document


async def demand_case(session: AsyncSession, case_id: int) -> None:
    """Raises NotFound where there is no such case."""
    if not await fetch(session, "SELECT id FROM exposed_case WHERE id = $1", case_id):
        raise NotFound(f"no case {case_id}")


async def parties_document(session: AsyncSession, case_id: int) -> list[dict[str, Any]]:
    """The parties by their real names; for those who prepare, and nobody else."""
    return [
        {"kind": one.kind, "name": one.name, "common_word": one.common_word}
        for one in await fetch(session, _PARTIES, case_id)
    ]


def _case(row: Any) -> dict[str, Any]:
    return {
        "id": row.id,
        "number": row.number,
        "title": row.title,
        "kind": row.kind,
        "grid": row.grid,
        "grid_name": row.grid_name,
        "violations": list(row.violations),
        "decided": row.decided.isoformat(),
        "served": None if row.served is None else row.served.isoformat(),
        "state": row.state,
        "revision": row.revision,
        "texts": row.texts,
        "batch": row.batch_id,
        "published_on": None if row.published_on is None else row.published_on.isoformat(),
        "registered_by": row.registrar,
        "registered_at": instant(row.registered_at),
        "withdrawn_by": row.withdrawer,
        "withdrawn_at": instant(row.withdrawn_at),
        "withdrawn_why": row.withdrawn_why,
    }


def _version(
    row: Any, steps: Sequence[Any], named: Sequence[Named], number: str, *, prepares: bool
) -> dict[str, Any]:
    text = Text(row.title, row.body)
    found = findings(text, named, (number,))
    submitted = any(step.step == ExposureStep.SUBMITTED.value for step in steps)
    shown = prepares or (submitted and not found)
    return {
        "version": row.version,
        "title": text.title if shown else None,
        "body": text.body if shown else None,
        "characters": length(text.body),
        "sha256": row.digest.hex(),
        "written_by": row.author,
        "written_at": instant(row.written_at),
        "findings": [
            {"leak": one.leak.value, "line": one.line, "column": one.column}
            | ({"text": one.text} if prepares else {})
            for one in found
        ],
        "steps": [_step(step, () if prepares else named, number) for step in steps],
    }


def _step(row: Any, hidden: Sequence[Named], number: str) -> dict[str, Any]:
    """A step; what somebody said of it is left out where it names a party who was entered after it."""
    told = f"{row.reason or ''} {row.dossier or ''} {row.name}"
    if hidden and leaks(told, hidden, (number,)):
        return {
            "step": row.step, "name": row.signer, "signed_by": row.signer, "at": instant(row.at), "reason": None,
            "dossier": None,
        }  # fmt: skip
    return {
        "step": row.step,
        "name": row.name,
        "signed_by": row.signer,
        "at": instant(row.at),
        "reason": row.reason,
        "dossier": None if row.dossier is None else msgspec.json.decode(row.dossier),
    }


def _signed(steps: Sequence[Any], text_id: int) -> list[Signed]:
    return [
        Signed(ExposureStep(one.step), one.person_id, one.name, one.day)
        for one in steps
        if one.text_id == text_id
    ]


def _decision(row: Any) -> Decision:
    return Decision(
        row.decided,
        row.served,
        _brought(row.review_filed, row.review_concluded, row.review_upheld),
        _brought(row.suit_filed, row.suit_concluded, row.suit_upheld),
        criminal=row.kind == DecisionKind.CRIME.value,
    )


def _brought(filed: date | None, concluded: date | None, upheld: bool | None) -> Remedy | None:
    return None if filed is None else Remedy(filed, concluded, upheld is not False)


def _remedy(filed: date | None, concluded: date | None, upheld: bool | None) -> Mapping[str, Any] | None:
    if filed is None:
        return None
    return {
        "filed": filed.isoformat(),
        "concluded": None if concluded is None else concluded.isoformat(),
        "upheld": upheld,
    }
