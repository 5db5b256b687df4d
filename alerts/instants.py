"""Between the detector's seconds and the house's instants."""

from datetime import UTC, datetime


def instant(epoch: float) -> datetime:
    """Aware UTC of seconds since the epoch, exact to the microsecond that went in."""
    return datetime.fromtimestamp(epoch, UTC)
