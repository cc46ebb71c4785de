"""Do the scores still look like those of the reference, and do they still mean what they say?"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from churn_mlops.monitoring.bins import as_floats
from churn_mlops.monitoring.drift import FALSE_ALARM, PSI_FLOOR, check_rows, months_of, number_counts, sampled
from churn_mlops.monitoring.psi import psi
from churn_mlops.monitoring.statistics import jensen_shannon, kolmogorov_smirnov
from churn_mlops.monitoring.variation import quiet_psi


@dataclass(frozen=True)
class ScoreDrift:
    """How the scores of now differ from those of the reference; shares and means are 0 to 1."""

    rows_before: int
    rows_now: int
    mean_before: float
    mean_now: float
    contacted_before: float  # share at or above the decision threshold; NaN without a threshold
    contacted_now: float
    psi: float
    psi_limit: float
    jensen_shannon: float
    distance: float  # Kolmogorov-Smirnov
    p_value: float
    verdict: str  # "stable" or "moved"


def score_drift(
    reference_scores,
    current_scores,
    reference_dates: pd.Series | None = None,
    current_dates: pd.Series | None = None,
    *,
    threshold: float | None = None,
    psi_floor: float = PSI_FLOOR,
) -> ScoreDrift:
    """Drift of predicted probabilities; `threshold` is the decision threshold, if there is one for all.

    NaN scores count as missing. Limits as for a column (`drift.drift_table`), of which there is one here.
    """
    before, now = as_floats(pd.Series(reference_scores)), as_floats(pd.Series(current_scores))
    check_rows(before, now)
    codes, counts = number_counts(before, now)
    months = months_of(reference_dates, current_dates, len(before))
    quiet = quiet_psi(*counts, months and months.of(codes, len(counts[0])))
    value, limit = float(psi(*counts)), max(psi_floor, quiet.exceeded_with(FALSE_ALARM))
    distance, p_value = kolmogorov_smirnov(sampled(before), sampled(now))
    return ScoreDrift(
        rows_before=len(before),
        rows_now=len(now),
        mean_before=_mean(before),
        mean_now=_mean(now),
        contacted_before=_share_from(before, threshold),
        contacted_now=_share_from(now, threshold),
        psi=value,
        psi_limit=limit,
        jensen_shannon=float(jensen_shannon(*counts)),
        distance=distance,
        p_value=p_value,
        verdict="moved" if value > limit else "stable",
    )


def _mean(values: np.ndarray) -> float:
    values = values[~np.isnan(values)]
    return float(values.mean()) if len(values) else np.nan


def _share_from(values: np.ndarray, threshold: float | None) -> float:
    return np.nan if threshold is None else float(np.mean(values >= threshold))
