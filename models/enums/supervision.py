from enum import StrEnum


class AirSource(StrEnum):
    READINGS = "readings"  # from what the station sent
    IMPORTED = "imported"  # from a file of the Region or the national centre


class MonthState(StrEnum):
    """The life of a computed month 月度结果."""

    DRAFT = "draft"  # computed, seen by those who prepare it
    SIGNED = "signed"  # in force; what the bulletin and the ladders rest on
    SUPERSEDED = "superseded"  # a later version was signed; stays
