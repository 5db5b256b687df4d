"""Who may confirm a note, when a shift is forgotten, what a digest is over."""

import hashlib
from datetime import timedelta
from typing import Any

import pytest

from dispatch.desk.rules import (
    FORGOTTEN,
    NoteState,
    ShiftState,
    check_confirmation,
    check_ending,
    counts_of,
    digest_of,
    forgotten,
)
from models.errors import DomainError, Forbidden, ForbiddenTransition, MayNotDecide
from models.ids import GridId, NoteId, PersonId, ShiftId
from tests.fakes import START

ME, OTHER = PersonId(1), PersonId(2)


@pytest.mark.parametrize(
    ("written_by", "confirmed", "sits", "error"),
    [
        (OTHER, False, True, None),
        (OTHER, False, False, Forbidden),
        (OTHER, True, True, ForbiddenTransition),
        (OTHER, True, False, ForbiddenTransition),
        (ME, False, True, MayNotDecide),
        (ME, True, True, MayNotDecide),
    ],
)
def test_a_note_is_confirmed_once_by_somebody_else_who_sits_there(
    written_by: PersonId, confirmed: bool, sits: bool, error: type[DomainError] | None
) -> None:
    note = NoteState(NoteId(7), GridId(1), written_by, confirmed)
    if error is None:
        check_confirmation(note, ME, sits=sits)
        return
    with pytest.raises(error):
        check_confirmation(note, ME, sits=sits)


@pytest.mark.parametrize(
    ("sat", "expected"),
    [(timedelta(), False), (FORGOTTEN - timedelta(seconds=1), False), (FORGOTTEN, True)],
)
def test_whoever_sits_for_a_day_has_forgotten_to_sign_out(sat: timedelta, expected: bool) -> None:
    assert forgotten(START, START + sat) is expected


@pytest.mark.parametrize(
    ("person", "sat", "sits", "error"),
    [
        (OTHER, FORGOTTEN, True, None),
        (OTHER, FORGOTTEN, False, Forbidden),
        (OTHER, FORGOTTEN - timedelta(seconds=1), True, ForbiddenTransition),
        (ME, FORGOTTEN, True, ForbiddenTransition),
    ],
)
def test_only_what_was_forgotten_is_ended_by_somebody_else(
    person: PersonId, sat: timedelta, sits: bool, error: type[DomainError] | None
) -> None:
    shift = ShiftState(ShiftId(3), person, START - sat)
    if error is None:
        check_ending(shift, ME, sits=sits, now=START)
        return
    with pytest.raises(error):
        check_ending(shift, ME, sits=sits, now=START)


def test_the_digest_tells_risks_from_remarks() -> None:
    assert digest_of("{}", None) == hashlib.sha256(b"{}\0").digest() == digest_of("{}", "")
    assert (
        len({digest_of("{}", None), digest_of("{}", "x"), digest_of("{}x", None), digest_of("[]", None)}) == 4
    )


def test_only_what_is_there_is_counted() -> None:
    def kind(name: str, count: int) -> dict[str, Any]:
        return {"kind": name, "count": count, "items": []}

    assert counts_of({"at": "", "kinds": [kind("breached", 2), kind("ways", 0)]}) == {"breached": 2}
