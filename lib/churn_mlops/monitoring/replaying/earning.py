"""What policies earned, and how sure their differences are: the same customers drawn again for all of them."""

from collections.abc import Sequence

import numpy as np

from churn_mlops.errors import DataError

REPLICATES = 1000
_CENT = 0.01  # by which a month's sum may be off for being rounded


def months_with_truth(policies: dict) -> list[str]:
    """The months for which every policy knows what it earned."""
    rows = (policy["months"] for policy in policies.values())
    known = [{row["month"] for row in some if row.get("profit") is not None} for some in rows]
    return sorted(set.intersection(*known)) if known else []


def by_customer(gains, names: Sequence[str], months: Sequence[str]) -> np.ndarray:
    """What each customer brought each policy over the months, shape (customers, policies), by customer.

    `gains`: customer, month, and a column for each of `names`. Raises DataError where a column is missing.
    """
    missing = [name for name in names if name not in gains.columns]
    if missing:
        raise DataError(f"gains.parquet has no column for the policy `{missing[0]}`. Cure: replay again.")
    within = gains[gains["month"].astype("datetime64[us]").dt.strftime("%Y-%m-%d").isin(months)]
    return within.groupby("customer", observed=True)[list(names)].sum().to_numpy(dtype=float)


def check_sums(earned: np.ndarray, policies: dict, months: Sequence[str]) -> None:
    """Raise DataError unless what customers brought adds up to the profits of the months."""
    for place, (name, policy) in enumerate(policies.items()):
        told = sum(row["profit"] for row in policy["months"] if row["month"] in set(months))
        total = float(earned[:, place].sum())
        if abs(total - told) > _CENT * (1 + len(months)) + 1e-6 * abs(told):
            differ = f"gains.parquet adds up to {total:,.2f}, replay.json to {told:,.2f}"
            raise DataError(f"policy `{name}`: {differ}. Cure: replay again.")


def totals(earned: np.ndarray, seed: int, replicates: int = REPLICATES) -> np.ndarray:
    """The totals of all policies under each draw of the customers, shape (replicates, policies).

    One draw serves all policies, so that their differences are paired: what a customer does is no luck of one of them.
    """
    from churn_mlops.models.bootstrap import replicate_weights

    if not len(earned):
        return np.zeros((0, earned.shape[1]))
    drawn = replicate_weights(np.arange(len(earned)), replicates, seed)
    return np.concatenate([weights @ earned for weights in drawn])


def with_interval(value: float, replicates: np.ndarray) -> dict:
    """A number with its 95% interval as JSON values, None where nothing was drawn."""
    from churn_mlops.models.bootstrap import interval

    low, high = interval(replicates) if len(replicates) else (None, None)
    return {"value": float(value), "low": low, "high": high}
