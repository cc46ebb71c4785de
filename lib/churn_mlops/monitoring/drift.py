"""Drift: do inputs and scores still look like the reference that the champion was trained on?

A column has moved when its PSI is above three limits at once: the threshold, what chance alone
gives at these sizes, and the largest PSI that a single month of the reference shows against its others.
Distance and p-value are shown beside it; with many rows a p-value calls everything different.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from churn_mlops.errors import DataError, MissingColumns
from churn_mlops.features.signature import Column, Signature
from churn_mlops.monitoring.bins import as_floats, category_codes, number_codes, number_edges
from churn_mlops.monitoring.psi import largest_own_psi, psi, psi_by_chance

FALSE_ALARM = 0.01  # chance of one moved column or more, all columns together, when nothing has changed
MONTH_ROWS = 100  # a smaller month is noise (its PSI by chance nears 0.1) and sets no limit
SAMPLE = 50_000  # rows drawn for deciles and Kolmogorov-Smirnov; PSI and shares count every row
NAMED = 5  # new categories named in a row of the table
_EXACT = 1_000  # rows up to which the exact distribution of Kolmogorov-Smirnov is used


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
    distance: float  # Kolmogorov-Smirnov
    p_value: float
    verdict: str  # "stable" or "moved"


def drift_table(
    reference: pd.DataFrame,
    current: pd.DataFrame,
    signature: Signature,
    *,
    reference_dates: pd.Series | None = None,
    psi_threshold: float = 0.2,
) -> pd.DataFrame:
    """One row a column of the signature, most moved first.

    `reference_dates` are the snapshot dates of the reference's rows, in their order; by month they set
    each column's own limit. Columns: column, kind, psi, psi_limit, distance (Kolmogorov-Smirnov or total
    variation, 0 to 1), test, p_value, missing_before, missing_now, new_categories, new_share,
    out_of_range_share (shares of the current rows), verdict.

    Raises MissingColumns and, for a table without rows, DataError.
    """
    _check(reference, current, [column.name for column in signature.columns])
    months = _month_numbers(reference_dates, len(reference))
    chance = FALSE_ALARM / max(len(signature.columns), 1)
    rows = []
    for column in signature.columns:
        compare = _compare_numbers if column.kind == "number" else _compare_categories
        measured, codes, counts = compare(reference[column.name], current[column.name], column)
        shift = _shift(codes, counts, months, psi_threshold, chance)
        rows.append({"column": column.name, "kind": column.kind, **shift, **measured})
    table = pd.DataFrame(rows, columns=_COLUMNS)
    return table.sort_values("psi", ascending=False, kind="stable", ignore_index=True)


_COLUMNS = ["column", "kind", "psi", "psi_limit", "distance", "test", "p_value", "missing_before"]
_COLUMNS += ["missing_now", "new_categories", "new_share", "out_of_range_share", "verdict"]


def score_drift(
    reference_scores,
    current_scores,
    *,
    threshold: float | None = None,
    reference_dates: pd.Series | None = None,
    psi_threshold: float = 0.2,
) -> ScoreDrift:
    """Drift of predicted probabilities; `threshold` is the decision threshold, if there is one for all.

    NaN scores count as missing.
    """
    before, now = as_floats(pd.Series(reference_scores)), as_floats(pd.Series(current_scores))
    _check(before, now, [])
    codes, counts = _number_counts(before, now)
    months = _month_numbers(reference_dates, len(before))
    shift = _shift(codes, counts, months, psi_threshold, FALSE_ALARM)
    distance, p_value = _kolmogorov_smirnov(before, now)
    return ScoreDrift(
        rows_before=len(before),
        rows_now=len(now),
        mean_before=_mean(before),
        mean_now=_mean(now),
        contacted_before=_share_from(before, threshold),
        contacted_now=_share_from(now, threshold),
        distance=distance,
        p_value=p_value,
        **{key: shift[key] for key in ("psi", "psi_limit", "verdict")},
    )


def _check(reference, current, names) -> None:
    for label, table in (("reference", reference), ("current", current)):
        if not len(table):
            raise DataError(f"drift: the {label} has no rows. Cure: run the stages that make it.")
        missing = [name for name in names if name not in table]
        if missing:
            raise MissingColumns(missing, f"drift, {label}", table.columns)


def _month_numbers(dates: pd.Series | None, rows: int) -> np.ndarray | None:
    """Month of each row, 0, 1, ...; -1 where the date is unknown."""
    if dates is None:
        return None
    if len(dates) != rows:
        raise DataError(f"drift: {len(dates)} reference dates for {rows} rows. Cure: pass one date a row.")
    months = pd.to_datetime(pd.Series(dates)).to_numpy().astype("datetime64[M]")
    return pd.factorize(months)[0]


def _shift(codes, counts, months, psi_threshold, chance) -> dict:
    """PSI, the limit it had to exceed, shares missing and verdict, from the codes of the reference and both counts."""
    before, now = counts
    own = 0.0 if months is None else largest_own_psi(_by_month(codes, months, len(before)))
    limit = max(psi_threshold, own, psi_by_chance(before, now, chance))
    value = float(psi(before, now))
    return {
        "psi": value,
        "psi_limit": limit,
        "missing_before": before[-1] / before.sum(),
        "missing_now": now[-1] / now.sum(),
        "verdict": "moved" if value > limit else "stable",
    }


def _by_month(codes: np.ndarray, months: np.ndarray, bins: int) -> np.ndarray:
    """Counts by month and bin, of the months with rows enough."""
    dated = months >= 0
    if not dated.all():
        codes, months = codes[dated], months[dated]
    shape = (int(months.max(initial=-1)) + 1, bins)
    counts = np.bincount(months * bins + codes, minlength=shape[0] * bins).reshape(shape)
    return counts[counts.sum(axis=1) >= MONTH_ROWS]


def _compare_numbers(reference: pd.Series, current: pd.Series, column: Column):
    before, now = as_floats(reference), as_floats(current)
    codes, counts = _number_counts(before, now)
    distance, p_value = _kolmogorov_smirnov(before, now)
    measured = {"distance": distance, "test": "Kolmogorov-Smirnov", "p_value": p_value, "new_categories": ""}
    return measured | {"new_share": 0.0, "out_of_range_share": _out_of_range(before, now, column)}, codes, counts


def _compare_categories(reference: pd.Series, current: pd.Series, column: Column):
    codes, codes_now, bins, unseen = category_codes(reference, current, column.categories)
    counts = np.bincount(codes, minlength=bins), np.bincount(codes_now, minlength=bins)
    distance, p_value = _chi_squared(*counts)
    measured = {"distance": distance, "test": "chi-squared", "p_value": p_value, "new_categories": _named(unseen)}
    new_share = sum(unseen.values()) / len(current)
    return measured | {"new_share": new_share, "out_of_range_share": 0.0}, codes, counts


def _number_counts(before: np.ndarray, now: np.ndarray):
    """Codes of the reference, and the counts of reference and current over its bins."""
    edges = number_edges(_sample(before))
    codes = number_codes(before, edges)
    bins = len(edges) + 2
    return codes, (np.bincount(codes, minlength=bins), np.bincount(number_codes(now, edges), minlength=bins))


def _sample(values: np.ndarray) -> np.ndarray:
    """The values that are there, or SAMPLE of them, always the same ones."""
    values = values[~np.isnan(values)]
    if len(values) <= SAMPLE:
        return values
    return np.random.default_rng(0).choice(values, SAMPLE, replace=False, shuffle=False)


def _kolmogorov_smirnov(before: np.ndarray, now: np.ndarray) -> tuple[float, float]:
    """Largest distance of the distribution functions, and its p-value (too large where values are tied)."""
    before, now = _sample(before), _sample(now)
    if not len(before) or not len(now):
        return np.nan, np.nan
    method = "exact" if max(len(before), len(now)) <= _EXACT else "asymp"
    result = stats.ks_2samp(before, now, method=method)
    return float(result.statistic), float(result.pvalue)


def _chi_squared(before: np.ndarray, now: np.ndarray) -> tuple[float, float]:
    """Total variation distance of two counts, and the p-value of Pearson's test that they are alike."""
    distance = np.abs(before / before.sum() - now / now.sum()).sum() / 2
    table = np.stack([before, now])[:, before + now > 0]
    p_value = stats.chi2_contingency(table, correction=False).pvalue if table.shape[1] > 1 else 1.0
    return float(distance), float(p_value)


def _out_of_range(before: np.ndarray, now: np.ndarray, column: Column) -> float:
    """Share of the current rows outside the range seen in training."""
    low = np.nanmin(before, initial=np.inf) if column.low is None else column.low
    high = np.nanmax(before, initial=-np.inf) if column.high is None else column.high
    return float(np.mean((now < low) | (now > high)))


def _named(unseen: dict[str, int]) -> str:
    names = sorted(unseen, key=lambda name: (-unseen[name], name))
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def _mean(values: np.ndarray) -> float:
    values = values[~np.isnan(values)]
    return float(values.mean()) if len(values) else np.nan


def _share_from(values: np.ndarray, threshold: float | None) -> float:
    return np.nan if threshold is None else float(np.mean(values >= threshold))
