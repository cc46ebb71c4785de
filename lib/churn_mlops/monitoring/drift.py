"""Drift: do the inputs still look like the reference that the champion was trained on?

A column has moved when its PSI is larger than the reference's own variation explains: chance at these sizes, and how
far its months lie apart anyway (`variation`). All columns together are wrong in at most FALSE_ALARM of quiet months:
one moved column is enough for an alert, so it is the chance of any that has to be held, and Holm's correction holds it
whatever the columns have to do with each other (Benjamini-Hochberg would hold the share of wrong ones among many).
A column that loses many of its values is also held against its own shares of missing ones: values that jump about from
month to month say nothing of whether they arrive.
Distances and p-values are shown beside it; with many rows a p-value calls everything different.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from churn_mlops.errors import DataError, MissingColumns
from churn_mlops.features.signature import Column, Signature
from churn_mlops.monitoring.bins import as_floats, category_codes, number_codes, number_edges
from churn_mlops.monitoring.psi import psi
from churn_mlops.monitoring.statistics import chi_squared, jensen_shannon, kolmogorov_smirnov
from churn_mlops.monitoring.variation import Months, Quiet, holm, quiet_psi

FALSE_ALARM = 0.01  # chance of one moved column or more, all columns together, when nothing has changed
MISSING_RISE = 0.2  # share of rows more that are missing, above which that is looked at by itself
PSI_FLOOR = 0.05  # a smaller movement is none to speak of, however many rows make it certain
SAMPLE = 50_000  # rows drawn for deciles and Kolmogorov-Smirnov; PSI and shares count every row
NAMED = 5  # new categories named in a row of the table

_COLUMNS = ["column", "kind", "psi", "psi_limit", "jensen_shannon", "distance", "test", "p_value", "missing_before"]
_COLUMNS += ["missing_now", "new_categories", "new_share", "out_of_range_share", "verdict"]


@dataclass(frozen=True)
class Calendar:
    """The month of each row of the reference (0, 1, ...; -1: unknown), when those were, and the present one."""

    row: np.ndarray
    at: np.ndarray
    now: float

    def of(self, codes: np.ndarray, bins: int) -> Months:
        """The counts by month of a column, given the bin of each row."""
        dated = self.row >= 0
        rows = self.row[dated] * bins + codes[dated] if not dated.all() else self.row * bins + codes
        counts = np.bincount(rows, minlength=len(self.at) * bins).reshape(len(self.at), bins)
        return Months(counts, self.at, self.now)


def drift_table(
    reference: pd.DataFrame,
    current: pd.DataFrame,
    signature: Signature,
    reference_dates: pd.Series | None = None,
    current_dates: pd.Series | None = None,
    *,
    psi_floor: float = PSI_FLOOR,
) -> pd.DataFrame:
    """One row a column of the signature, most moved first.

    `reference_dates` are the snapshot dates of the reference's rows, in their order; by month they set each column's
    own limit. Those of the current say how long after (without: the month after the last). Columns: column, kind, psi,
    psi_limit, jensen_shannon (0 to 1), distance (Kolmogorov-Smirnov or total variation, 0 to 1), test, p_value,
    missing_before, missing_now, new_categories, new_share, out_of_range_share (shares of the current rows), verdict.

    Raises MissingColumns and, for a table without rows, DataError.
    """
    check_rows(reference, current, [column.name for column in signature.columns])
    calendar = months_of(reference_dates, current_dates, len(reference))
    rows, quiet, lost = [], [], []
    for column in signature.columns:
        compare = _compare_numbers if column.kind == "number" else _compare_categories
        measured, codes, counts = compare(reference[column.name], current[column.name], column)
        rows.append({"column": column.name, "kind": column.kind, **_shift(counts), **measured})
        quiet.append(quiet_psi(*counts, calendar and calendar.of(codes, len(counts[0]))))
        lost.append(_is_lost(codes, counts, calendar, FALSE_ALARM / len(signature.columns)))
    table = _judged(pd.DataFrame(rows), quiet, lost, psi_floor)[_COLUMNS]
    return table.sort_values("psi", ascending=False, kind="stable", ignore_index=True)


def check_rows(reference, current, names=()) -> None:
    """Raise DataError where a side has no rows, MissingColumns where one lacks a column."""
    for label, table in (("reference", reference), ("current", current)):
        if not len(table):
            raise DataError(f"drift: the {label} has no rows. Cure: run the stages that make it.")
        missing = [name for name in names if name not in table]
        if missing:
            raise MissingColumns(missing, f"drift, {label}", table.columns)


def months_of(reference_dates, current_dates, rows: int) -> Calendar | None:
    """The months of the reference's rows; None where it has no dates."""
    if reference_dates is None:
        return None
    if len(reference_dates) != rows:
        raise DataError(f"drift: {len(reference_dates)} reference dates for {rows} rows. Cure: pass one date a row.")
    row, months = pd.factorize(_months(reference_dates))
    at = months.astype("datetime64[M]").astype(int)
    present = [] if current_dates is None else _months(current_dates)
    present = present[~np.isnat(present)] if len(present) else present
    if not len(at):
        return None
    return Calendar(row, at, float(np.median(present.astype(int))) if len(present) else float(at.max() + 1))


def number_counts(before: np.ndarray, now: np.ndarray):
    """Codes of the reference, and the counts of reference and current over its bins."""
    edges = number_edges(sampled(before))
    codes = number_codes(before, edges)
    bins = len(edges) + 2
    return codes, (np.bincount(codes, minlength=bins), np.bincount(number_codes(now, edges), minlength=bins))


def sampled(values: np.ndarray) -> np.ndarray:
    """The values that are there, or SAMPLE of them, always the same ones."""
    values = values[~np.isnan(values)]
    if len(values) <= SAMPLE:
        return values
    return np.random.default_rng(0).choice(values, SAMPLE, replace=False, shuffle=False)


def _months(dates) -> np.ndarray:
    return pd.to_datetime(pd.Series(dates)).to_numpy().astype("datetime64[M]")


def _shift(counts) -> dict:
    """PSI, Jensen-Shannon distance and shares missing, from both counts; what is missing is in the last bin."""
    before, now = counts
    return {
        "psi": float(psi(before, now)),
        "jensen_shannon": float(jensen_shannon(before, now)),
        "missing_before": before[-1] / before.sum(),
        "missing_now": now[-1] / now.sum(),
    }


def _is_lost(codes: np.ndarray, counts, calendar: Calendar | None, level: float) -> bool:
    """Whether far more values are missing than before, and than the months of the reference differ in that."""
    before, now = (np.array([side[:-1].sum(), side[-1]]) for side in counts)
    if now[1] / now.sum() - before[1] / before.sum() <= MISSING_RISE:
        return False
    months = calendar and calendar.of((codes == len(counts[0]) - 1).astype(codes.dtype), 2)
    return quiet_psi(before, now, months).p_value(float(psi(before, now))) < level


def _judged(table: pd.DataFrame, quiet: list[Quiet], lost: list[bool], floor: float) -> pd.DataFrame:
    """The table with the limit that each PSI had to exceed, and the verdict."""
    if table.empty:
        return table.reindex(columns=_COLUMNS)
    found = np.array([one.p_value(value) for one, value in zip(quiet, table["psi"], strict=True)])
    levels = holm(found, FALSE_ALARM)
    limits = [max(floor, one.exceeded_with(level)) for one, level in zip(quiet, levels, strict=True)]
    moved = (table["psi"] > floor) & ((found < levels) | np.array(lost))
    return table.assign(psi_limit=limits, verdict=np.where(moved, "moved", "stable"))


def _compare_numbers(reference: pd.Series, current: pd.Series, column: Column):
    before, now = as_floats(reference), as_floats(current)
    codes, counts = number_counts(before, now)
    distance, p_value = kolmogorov_smirnov(sampled(before), sampled(now))
    measured = {"distance": distance, "test": "Kolmogorov-Smirnov", "p_value": p_value, "new_categories": ""}
    return measured | {"new_share": 0.0, "out_of_range_share": _out_of_range(before, now, column)}, codes, counts


def _compare_categories(reference: pd.Series, current: pd.Series, column: Column):
    codes, codes_now, bins, unseen = category_codes(reference, current, column.categories)
    counts = np.bincount(codes, minlength=bins), np.bincount(codes_now, minlength=bins)
    distance, p_value = chi_squared(*counts)
    measured = {"distance": distance, "test": "chi-squared", "p_value": p_value, "new_categories": _named(unseen)}
    new_share = sum(unseen.values()) / len(current)
    return measured | {"new_share": new_share, "out_of_range_share": 0.0}, codes, counts


def _out_of_range(before: np.ndarray, now: np.ndarray, column: Column) -> float:
    """Share of the current rows outside the range seen in training."""
    low = np.nanmin(before, initial=np.inf) if column.low is None else column.low
    high = np.nanmax(before, initial=-np.inf) if column.high is None else column.high
    return float(np.mean((now < low) | (now > high)))


def _named(unseen: dict[str, int]) -> str:
    names = sorted(unseen, key=lambda name: (-unseen[name], name))
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
