"""When an order may be suspended 挂账, and until when: pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from models.enums import ClockKind
from models.errors import Invalid, RequestClosed

LONGEST = timedelta(days=180)
NEVER = (ClockKind.ACKNOWLEDGE, ClockKind.FEEDBACK)
"""Nothing puts off the first hour (body §3(三))."""


def check_filed(until: datetime, *, now: datetime) -> None:
    """Raises Invalid for an end that is over, or too far away."""
    if until <= now:
        raise Invalid("a suspension ends in the future", field="until")
    if until - now > LONGEST:
        raise Invalid(f"a suspension lasts {LONGEST.days} days at most", field="until")


def check(*, suspended: bool, unstopped: Iterable[ClockKind]) -> None:
    """Raises unless the site was seen and the order is not suspended already."""
    if suspended:
        raise RequestClosed("the order is suspended already")
    still = [kind.value for kind in unstopped if kind in NEVER]
    if still:
        raise RequestClosed(
            f"the clock {still[0]} has not been stopped: it is never suspended", clock=still[0]
        )
