"""Guessing is stopped, mistyping is not."""

from datetime import timedelta

import pytest

from app.auth.errors import TooManyAttempts
from app.auth.throttle import PER_ADDRESS, PER_PERSON, REMEMBERED, WINDOW, Throttle
from tests.fakes import START


def test_the_eleventh_failure_waits_until_the_first_is_five_minutes_old() -> None:
    throttle = Throttle()
    for second in range(PER_PERSON):
        throttle.attempt("duty", "10.0.0.1", now=START + timedelta(seconds=second))
    with pytest.raises(TooManyAttempts) as caught:
        throttle.attempt("DUTY", "10.0.0.1", now=START + timedelta(seconds=10))
    assert caught.value.extra["retry_after_s"] == int(WINDOW.total_seconds()) - 10 + 1
    throttle.attempt("duty", "10.0.0.1", now=START + WINDOW)


def test_somebody_else_and_another_address_are_not_shut_out() -> None:
    throttle = Throttle()
    for _ in range(PER_PERSON):
        throttle.attempt("duty", "10.0.0.1", now=START)
    throttle.attempt("admin", "10.0.0.1", now=START)
    throttle.attempt("duty", "10.0.0.2", now=START)


def test_success_forgets_the_failures_before_it() -> None:
    throttle = Throttle()
    for _ in range(5 * PER_PERSON):
        throttle.attempt("duty", "10.0.0.1", now=START)
        throttle.succeeded("duty", "10.0.0.1")


def test_one_address_cannot_try_one_name_after_the_other() -> None:
    throttle = Throttle()
    for number in range(PER_ADDRESS):
        throttle.attempt(f"person-{number}", "10.0.0.1", now=START)
    with pytest.raises(TooManyAttempts):
        throttle.attempt("one-more", "10.0.0.1", now=START)


def test_memory_is_bounded() -> None:
    throttle = Throttle()
    for number in range(REMEMBERED):
        throttle.attempt(f"person-{number}", f"address-{number}", now=START)
    assert len(throttle._attempts) <= REMEMBERED
