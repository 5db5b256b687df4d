"""A month on every ladder: what the text prescribes for whom, with everything it rests on frozen beside it.

The same known values give the same bytes, so that judging a month twice proposes nothing new, and a month that was
signed anew shows as another basis.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any

from models.enums import LadderKind
from supervision.ladders import failed, last_place, shares
from supervision.ladders.known import Falsified, Known, Ranked, Uncorrected
from supervision.ladders.rungs import Proposal
from supervision.readings import Readings

LOOKBACK = 24
"""Months a run is followed back; the highest rung of any ladder is reached long before."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A proposal for one unit, month and ladder; `subject` tells those of one ladder apart."""

    ladder: LadderKind
    month: date
    proposal: Proposal
    basis: bytes
    """Canonical JSON."""
    since: date
    """First day of what it is about."""
    subject: str = ""

    @property
    def digest(self) -> bytes:
        return sha256(self.basis).digest()


@dataclass(frozen=True, slots=True)
class Judged:
    """What was found, and on which ladders the month could be judged at all."""

    findings: Sequence[Finding]
    ladders: frozenset[LadderKind]


def months_to(month: date, count: int) -> list[date]:
    """So many months up to this one, from old to new."""
    whole = month.year * 12 + month.month - 1
    return [date((whole - back) // 12, (whole - back) % 12 + 1, 1) for back in reversed(range(count))]


def judge(month: date, known: Known, readings: Readings, *, version: int) -> Judged:
    """Every ladder that something is known of; `version` is that of the readings."""
    ladders = {LadderKind.FALSIFIED}
    frozen = _Freezer(month, version)
    found = [_falsified(frozen, case) for case in known.falsified if case.month == month]
    if month in known.missed:
        ladders.add(LadderKind.SHARE)
        found += _shares(frozen, known, readings)
    if month in known.ranked:
        ladders.add(LadderKind.LAST_PLACE)
        found += _last_places(frozen, known, readings)
    beside = known.beside
    if beside.failed is not None:
        ladders.add(LadderKind.FAILED)
        found += _failed(frozen, known.units, beside.failed, readings)
    if beside.uncorrected is not None:
        ladders.add(LadderKind.UNCORRECTED)
        found += [
            one for check in beside.uncorrected if check.month == month for one in _check(frozen, check)
        ]
    if month.month == 12:
        if beside.failed_years is not None:
            ladders.add(LadderKind.FAILED_YEAR)
            found += _failed_years(frozen, known.units, beside.failed_years)
        if beside.targets_met is not None and month in known.ranked:
            ladders.add(LadderKind.LAST_IN_YEAR)
            found += _last_in_year(frozen, known, beside.targets_met, readings)
    return Judged(found, frozenset(ladders))


@dataclass(frozen=True, slots=True)
class _Freezer:
    month: date
    version: int

    def freeze(
        self,
        ladder: LadderKind,
        proposal: Proposal,
        *,
        rests: Mapping[str, Any],
        since: date,
        subject: str = "",
    ) -> Finding:
        rung = proposal.rung
        plain = {
            "ladder": ladder.value,
            "unit": proposal.unit,
            "month": _month(self.month),
            "since": since.isoformat(),
            "subject": subject,
            "kind": rung.measure.value,
            "by": rung.signer.value,
            "in_public": rung.in_public,
            "article": rung.article,
            "counts": dict(proposal.counts),
            "cautions": list(proposal.cautions),
            "readings": self.version,
            **rests,
        }
        basis = json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
        return Finding(ladder, self.month, proposal, basis.encode(), since, subject)


def _month(first: date) -> str:
    return f"{first.year:04d}-{first.month:02d}"


def _shares(frozen: _Freezer, known: Known, readings: Readings) -> Iterator[Finding]:
    months = months_to(frozen.month, LOOKBACK)
    counts = [known.missed[one].counts(known.units) if one in known.missed else None for one in months]
    for unit in known.units:
        proposal = shares.propose(unit, counts, readings)
        if proposal is None:
            continue
        run = int(dict(proposal.counts)["months_noticed"])
        rests = [
            {
                "month": _month(one),
                "problems": table[unit],
                "of": sum(table.values()),
                "share": shares.shown(unit, table),
                "numbers": sorted(known.missed[one].numbers.get(unit, ())),
            }
            for one, table in zip(months[-run:], counts[-run:], strict=True)
            if table is not None
        ]
        yield frozen.freeze(LadderKind.SHARE, proposal, rests={"months": rests}, since=months[-run])


def _last_places(frozen: _Freezer, known: Known, readings: Readings) -> Iterator[Finding]:
    months = months_to(frozen.month, LOOKBACK)
    for unit in known.units:
        last = [_last(known.ranked.get(one), unit) for one in months]
        proposal = last_place.propose(unit, last, readings)
        if proposal is None:
            continue
        run = months[-last_place.run_of(last) :]
        rests = [_standing(known.ranked[one], one, unit) for one in run]
        cautions = ("tied_last",) if len(rests[-1]["last"]) > 1 else ()
        told = Proposal(unit, proposal.rung, proposal.counts, cautions)
        yield frozen.freeze(LadderKind.LAST_PLACE, told, rests={"months": rests}, since=run[0])


def _last(ranked: Ranked | None, unit: str) -> bool | None:
    place = None if ranked is None else ranked.places.get(unit)
    return None if place is None else place.last


def _standing(ranked: Ranked, month: date, unit: str) -> dict[str, Any]:
    place = ranked.places[unit]
    return {
        "month": _month(month),
        "version": ranked.version,
        "sha256": ranked.digest,
        "improvement": place.improvement,
        "place": place.place,
        "of": sum(one.place is not None for one in ranked.places.values()),
        "last": sorted(code for code, one in ranked.places.items() if one.last),
    }


def _last_in_year(
    frozen: _Freezer, known: Known, targets: Mapping[str, Mapping[int, bool]], readings: Readings
) -> Iterator[Finding]:
    year = frozen.month.year
    months = months_to(frozen.month, 12)
    for unit in known.units:
        last = [_last(known.ranked.get(one), unit) for one in months]
        met = targets.get(unit, {}).get(year)
        proposal = last_place.propose_for_year(unit, last, target_met=met, readings=readings)
        if proposal is not None:
            rests = [
                _standing(known.ranked[one], one, unit) for one, was in zip(months, last, strict=True) if was
            ]
            yield frozen.freeze(
                LadderKind.LAST_IN_YEAR, proposal, rests={"months": rests, "year": year}, since=months[0]
            )


def _failed(
    frozen: _Freezer, units: Sequence[str], said: Mapping[str, Mapping[date, bool]], readings: Readings
) -> Iterator[Finding]:
    months = months_to(frozen.month, LOOKBACK)
    for unit in units:
        row = [said.get(unit, {}).get(one) for one in months]
        for proposal in failed.propose(unit, row, readings):
            run = months[-int(dict(proposal.counts)["months_failed"]) :]
            rests = {"months": [{"month": _month(one), "failed": True} for one in run]}
            subject = proposal.rung.measure.value
            yield frozen.freeze(LadderKind.FAILED, proposal, rests=rests, since=run[0], subject=subject)


def _failed_years(
    frozen: _Freezer, units: Sequence[str], said: Mapping[str, Mapping[int, bool]]
) -> Iterator[Finding]:
    year = frozen.month.year
    for unit in units:
        proposal = failed.propose_for_year(unit, failed=said.get(unit, {}).get(year) is True)
        if proposal is not None:
            first = date(year, 1, 1)
            yield frozen.freeze(LadderKind.FAILED_YEAR, proposal, rests={"year": year}, since=first)


def _check(frozen: _Freezer, check: Uncorrected) -> Iterator[Finding]:
    proposal = failed.propose_uncorrected(check.unit, checks=check.checks)
    if proposal is not None:
        yield frozen.freeze(
            LadderKind.UNCORRECTED, proposal, rests={"problem": check.problem}, since=frozen.month,
            # Each check has its own rung: the second one does not take the place of the first.
            subject=f"{check.problem} {check.checks}",
        )  # fmt: skip


def _falsified(frozen: _Freezer, case: Falsified) -> Finding:
    proposal = failed.propose_falsified(case.unit, days=len(case.days))
    rests = {
        "case": case.case,
        "station": case.station,
        "days": list(case.days),
        "confirmed_on": case.confirmed_on,
    }
    return frozen.freeze(
        LadderKind.FALSIFIED, proposal, rests=rests, since=frozen.month, subject=f"case {case.case}"
    )
