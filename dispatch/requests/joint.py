"""Who may be named for joint and cross-county handling (annex 1 art. 18): pure."""

from collections.abc import Mapping

from models.enums import JointMode
from models.errors import Invalid

MOST = 10


def check(mode: JointMode, lead: str, others: tuple[str, ...], levels: Mapping[str, int]) -> None:
    """Raises Invalid unless lead and others are different units; `levels` are those of the grids that exist."""
    units = (lead, *others)
    if len(set(units)) != len(units):
        raise Invalid("a unit is named twice", field="others")
    for unit in units:
        if unit not in levels:
            raise Invalid(f"no grid {unit}", field="lead" if unit == lead else "others")
        if levels[unit] == 1:
            raise Invalid("the prefecture coordinates; it is no party to joint handling", field="others")
        if mode is JointMode.CROSS_COUNTY and levels[unit] != 2:
            raise Invalid(f"grid {unit} is no county or park", field="others")
