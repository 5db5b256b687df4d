"""What an excess is made of: source profiles, and the marks of an instrument that only pretends.

Proportions of what each kind of source adds, in µg/m³ of each pollutant (co mg/m³) for one µg/m³ of the
leading one. Our own round values within published ranges: smoke of crop residue is nearly all fine and carries
10 to 20 mg CO per mg PM2.5 (Andreae 2019); fugitive dust has a tenth to a fifth of its PM10 below 2.5 µm
(US EPA AP-42, 13.2); coal-fired plants emit SO2 before NOx and fly ash; road traffic NOx and CO, and NO takes
O3 away where it is fresh.
"""

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
OZONE = 5
KEPT = 0.2
"""Of a pollutant that a source takes away, so much remains at least."""
STEPS = 6
"""Of the search for an amplitude; it starts below, where the answer is steepest, so it converges from there."""


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


def matched(
    profiles: Floats, residual: Floats, expected: Floats, noise: Floats, offsets: Floats, known: Floats
) -> Floats:
    """For each profile how well its best amplitude explains the residual, in units of the noise; 0 where it does not.

    Half the square of a result is what that profile adds to the log-likelihood of the residual (generalised
    likelihood ratio), so results of different profiles may be weighed against each other. `residual` is a difference
    of logarithms of level + offset to what was `expected`; `noise` its covariance, `known` 1 where there is a value
    and 0 where not. The answer to an amplitude is followed as it bends, in a few steps (Gauss and Newton).
    """
    inverse = np.linalg.inv(noise + np.diag(np.diag(noise)) * 0.15) * known[:, None] * known
    ground = np.maximum(expected, 0) + offsets
    weighed = profiles / ground
    amplitude = np.zeros((len(profiles), 1))
    for _ in range(STEPS):
        grown = np.maximum(1 + amplitude * weighed, KEPT)
        short = residual - np.log(grown)
        slope = weighed / grown
        gain = np.einsum("fp,pq,fq->f", slope, inverse, short)
        power = np.einsum("fp,pq,fq->f", slope, inverse, slope) + 1e-12
        amplitude = np.maximum(amplitude + (gain / power)[:, None], 0)
    short = residual - np.log(np.maximum(1 + amplitude * weighed, KEPT))
    left = np.einsum("fp,pq,fq->f", short, inverse, short)
    result: Floats = np.sqrt(np.maximum(residual @ inverse @ residual - left, 0))
    return result


def pretended(base: Floats, usual: Floats) -> Floats:
    """Profiles of what an instrument adds that only pretends: both particle sizes by one factor of the level before,
    by one of the usual level (its zero moved), and the coarse size a third more, as in damp air. NaN counts as 0.
    """
    fine, coarse = np.nan_to_num(base[:2])
    day_fine, day_coarse = np.nan_to_num(usual[:2])
    rows = np.zeros((3, len(base)))
    rows[0, :2] = fine, coarse
    rows[1, :2] = day_fine, day_coarse
    rows[2, :2] = 0.75 * fine, coarse
    return rows
