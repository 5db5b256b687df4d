"""Typical cases as they are read: with the parties for those who prepare, without a name for everybody else."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from app.views.paging import INTEGER_MAX, decode_cursor, instant, page
from models.bulk import fetch
from models.enums import DecisionKind, ExposureState, ExposureStep
from models.errors import NotFound
from supervision.exposure.batches import quarter_name
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
_BATCHES = """
SELECT b.id, b.kind, b.quarter, b.title, b.created_at, b.published_on, b.published_at, b.digest, c.name AS creator,
       p.name AS publisher, (SELECT count(*) FROM exposed_case e WHERE e.batch_id = b.id) AS cases
  FROM exposure_batch b JOIN person c ON c.id = b.created_by LEFT JOIN person p ON p.id = b.published_by
"""
_APPEARANCES = """
SELECT a.medium, a.day, a.address, a.entered_at, p.name AS enterer
  FROM exposure_appearance a JOIN person p ON p.id = a.entered_by WHERE a.batch_id = $1 ORDER BY a.day, a.id
"""
_OFFICERS = """
SELECT o.id, p.username, p.name, o.document, a.name AS appointer, o.appointed_at, e.name AS ender, o.ended_at,
       o.ended_why
  FROM publicity_officer o JOIN person p ON p.id = o.person_id JOIN person a ON a.id = o.appointed_by
  LEFT JOIN person e ON e.id = o.ended_by
 ORDER BY o.id DESC LIMIT 200
"""
PUBLIC_MOST = 200
_PUBLIC = f"""
SELECT c.id, b.published_on, s.one ->> 'title' AS title, s.one ->> 'body' AS body, s.one ->> 'grid' AS grid,
       s.one ->> 'grid_name' AS grid_name, s.one ->> 'decision' AS decision, s.one -> 'violations' AS violations,
       b.title AS batch
  FROM exposure_batch b
 CROSS JOIN LATERAL jsonb_array_elements(convert_from(b.snapshot, 'UTF8')::jsonb -> 'cases') AS s(one)
  JOIN exposed_case c ON c.id = (s.one ->> 'case')::int AND c.state = 'published'
 WHERE b.published_at IS NOT NULL
 ORDER BY b.published_on DESC, c.id DESC LIMIT {PUBLIC_MOST}
"""


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


async def list_batches(
    session: AsyncSession, *, cursor: str | None = None, limit: int = 100
) -> dict[str, Any]:
    """The newest first."""
    last = decode_cursor(cursor, top=INTEGER_MAX)
    rows = await fetch(
        session, _BATCHES + " WHERE $1::int IS NULL OR b.id < $1 ORDER BY b.id DESC LIMIT $2", last, limit + 1
    )
    return page([_batch(row) for row in rows], limit)


async def batch_document(session: AsyncSession, batch_id: int) -> dict[str, Any]:
    """A batch with its cases and where it appeared; raises NotFound."""
    rows = await fetch(session, _BATCHES + " WHERE b.id = $1", batch_id)
    if not rows:
        raise NotFound(f"no batch {batch_id}")
    cases = await list_cases(session, batch_id=batch_id, limit=100)
    appeared = await fetch(session, _APPEARANCES, batch_id)
    return _batch(rows[0]) | {
        "contents": cases["items"],
        "appearances": [
            {
                "medium": one.medium, "day": one.day.isoformat(), "address": one.address, "entered_by": one.enterer,
                "entered_at": instant(one.entered_at),
            }
            for one in appeared
        ],
    }  # fmt: skip


async def batch_snapshot(session: AsyncSession, batch_id: int) -> dict[str, Any] | None:
    """What was published, from the frozen copy; None for a batch that is not out. Raises NotFound."""
    rows = await fetch(session, "SELECT snapshot FROM exposure_batch WHERE id = $1", batch_id)
    if not rows:
        raise NotFound(f"no batch {batch_id}")
    snapshot = rows[0].snapshot
    return None if snapshot is None else msgspec.json.decode(bytes(snapshot), type=dict[str, Any])


async def quarter_published(session: AsyncSession, quarter: date) -> bool:
    """Whether the batch of a quarter is out."""
    statement = "SELECT id FROM exposure_batch WHERE quarter = $1 AND published_at IS NOT NULL"
    return bool(await fetch(session, statement, quarter))


async def published_at(session: AsyncSession, batch_id: int) -> datetime:
    """When a batch that is out was published."""
    (row,) = await fetch(session, "SELECT published_at FROM exposure_batch WHERE id = $1", batch_id)
    at: datetime = row.published_at
    return at


async def list_officers(session: AsyncSession) -> list[dict[str, Any]]:
    """Who signs, or signed, for the publicity department; the newest first."""
    return [
        {
            "id": one.id, "username": one.username, "name": one.name, "document": one.document,
            "appointed_by": one.appointer, "appointed_at": instant(one.appointed_at), "ended_by": one.ender,
            "ended_at": instant(one.ended_at), "ended_why": one.ended_why,
        }
        for one in await fetch(session, _OFFICERS)
    ]  # fmt: skip


async def published_cases(session: AsyncSession) -> list[dict[str, Any]]:
    """What anybody may read, the newest first: out of the frozen copies, without what was withdrawn since."""
    return [
        {
            "id": one.id, "published_on": one.published_on.isoformat(), "title": one.title, "body": one.body,
            "grid": one.grid, "grid_name": one.grid_name, "decision": one.decision,
            "violations": msgspec.json.decode(one.violations) if isinstance(one.violations, str) else one.violations,
            "batch": one.batch,
        }
        for one in await fetch(session, _PUBLIC)
    ]  # fmt: skip


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


def _batch(row: Any) -> dict[str, Any]:
    return {
        "id": row.id,
        "kind": row.kind,
        "quarter": None if row.quarter is None else quarter_name(row.quarter),
        "title": row.title,
        "cases": row.cases,
        "created_by": row.creator,
        "created_at": instant(row.created_at),
        "published_on": None if row.published_on is None else row.published_on.isoformat(),
        "published_by": row.publisher,
        "published_at": instant(row.published_at),
        "sha256": None if row.digest is None else row.digest.hex(),
    }
