"""What an excess is made of: source profiles, and the marks of an instrument that only pretends.

Proportions of what each kind of source adds, in µg/m³ of each pollutant (co mg/m³) for one µg/m³ of the
leading one. Our own round values within published ranges: smoke of crop residue is nearly all fine and carries
10 to 20 mg CO per mg PM2.5 (Andreae 2019); fugitive dust has a tenth to a fifth of its PM10 below 2.5 µm
(US EPA AP-42, 13.2); coal-fired plants emit SO2 before NOx and fly ash; road traffic NOx and CO, and NO takes
O3 away where it is fresh.
"""

import math
from enum import StrEnum

import numpy as np

from alerts.network.medians import Floats
from alerts.network.rules import SignatureRule


class Family(StrEnum):
    BURNING = "burning"  # 焚烧
    DUST = "dust"  # 扬尘
    INDUSTRIAL = "industrial"  # 工业
    TRAFFIC = "traffic"  # 交通


FAMILIES = tuple(Family)
PROFILES: Floats = np.array(
    [
        # pm25 pm10 so2 no2 co o3
        [1, 1.18, 0.02, 0.07, 0.011, 0],
        [0.13, 1, 0, 0, 0, 0],
        [0.2, 0.38, 1, 0.48, 0.003, 0],
        [0.12, 0.21, 0, 1, 0.0085, -0.38],
    ]
)
LEAD = (0, 1, 2, 3)
"""Column of the pollutant that leads a family."""
INSTRUMENT = (0, 0, 1, 2, 3, 4)
"""Particle sizes come from one counter; what another instrument says is independent of it."""
OZONE = 5


def gain_like(fine: float, coarse: float, ambient: float, tolerance: float) -> bool:
    """Whether both particle sizes rose by the same factor: an excess in the ratio the air had before.

    `fine` and `coarse` are excesses in µg/m³, `ambient` is PM2.5 ÷ PM10 of the background. Nothing known: true.
    """
    ratio = max(fine, 0.01) / max(coarse, 0.01)
    if math.isnan(ratio) or math.isnan(ambient) or ambient <= 0:
        return True
    return abs(math.log(ratio / ambient)) < tolerance


def differences(series: Floats) -> float:
    """Median step between successive values; 0 with fewer than two."""
    if len(series) < 2:
        return 0.0
    steps = np.sort(np.abs(np.diff(series)))
    return float(steps[len(steps) // 2])


def stepped(before: Floats, after: Floats, excess: float, rule: SignatureRule) -> bool:
    """Whether the excess arrived within a single reading."""
    if len(before) < 5 or not len(after):
        return False
    return float(after[0] - before[-1]) >= rule.jump_share * excess


def quiet(before: Floats, after: Floats, excess: float, rule: SignatureRule) -> bool:
    """Whether the level after a step is as steady as the one before: electronics, not a plume."""
    usual, now = differences(before), differences(after)
    limit = max(rule.quiet_ratio * usual, rule.quiet_share * excess)
    return now <= limit and now < 0.1 * excess


def matched(residual: Floats, level: Floats, noise: Floats, offsets: Floats, known: Floats) -> Floats:
    """For each family how far the residual lies in its direction, in units of the noise (a matched filter).

    `residual` is a difference of logarithms of level + offset, in which a source of one µg/m³ answers with its
    profile ÷ (level + offset); `noise` its covariance, `known` 1 where there is a value and 0 where not.
    """
    inverse = np.linalg.inv(noise + np.diag(np.diag(noise)) * 0.15)
    answer = PROFILES / (np.maximum(level, 0) + offsets) * known
    power = np.sqrt(np.einsum("fp,pq,fq->f", answer, inverse, answer)) + 1e-9
    result: Floats = answer @ inverse @ residual / power
    return result
