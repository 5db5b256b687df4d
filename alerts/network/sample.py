"""A reading as the network takes it: plain numbers, so that a stream can be packed, stored and played again."""

from dataclasses import dataclass

Values = tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Sample:
    """One station's claim about one instant, and when it came.

    Seconds since the epoch; `values` in the order of `models.enums.POLLUTANTS` (µg/m³, co mg/m³), `met` in that
    of `models.enums.MET`; None is missing. A correction of a known instant changes
    nothing that was decided: the store keeps it, and no order is raised anew.
    """

    station: int
    """`Site.id`."""
    observed_at: float
    arrived_at: float
    values: Values
    met: Values = (None, None, None, None, None)
    lon: float | None = None
    lat: float | None = None
    correction: bool = False
