"""Batches of new data that no model may learn from: the newest months of a business, spoilt in one way each."""

import numpy as np
import pandas as pd

DATE, ID = "snapshot_date", "customer_id"


def newest(labels, months):
    """Positions of the rows of the newest months."""
    dates = np.sort(labels[DATE].unique())[-months:]
    return np.flatnonzero(labels[DATE].isin(dates))


def flip(features, labels, months, share, rng):
    """A share of the labels says the opposite."""
    rows = newest(labels, months)
    rows = rows[rng.random(len(rows)) < share]
    labels = labels.copy()
    labels.iloc[rows, labels.columns.get_loc("churned")] ^= 1
    return features, labels


def swap(features, labels, months, share, rng):
    """A share of the leavers trade their labels with stayers: the rate stays as it was."""
    labels = labels.copy()
    y = labels["churned"].to_numpy().copy()
    rows = newest(labels, months)
    left, stayed = rows[y[rows] == 1], rows[y[rows] == 0]
    some = rng.choice(left, int(share * len(left)), replace=False)
    y[some], y[rng.choice(stayed, len(some), replace=False)] = 0, 1
    return features, labels.assign(churned=y)


def lose(features, labels, months, share, rng):
    """A share of the leavers never got their label."""
    rows = newest(labels, months)
    y = labels["churned"].to_numpy().copy()
    left = rows[y[rows] == 1]
    y[rng.choice(left, int(share * len(left)), replace=False)] = 0
    return features, labels.assign(churned=y)


def scale(features, labels, months, factor, rng, columns=("price",), share=1.0):
    """Columns in another unit, for all rows or for a share of them."""
    rows = newest(labels, months)
    rows = rows[rng.random(len(rows)) < share]
    features = features.copy()
    for name in columns:
        features.iloc[rows, features.columns.get_loc(name)] *= factor
    return features, labels


def copy(features, labels, months, share, rng, leavers=False):
    """Rows that stand there again under other ids: so many for each there was, of all or of leavers only."""
    rows = newest(labels, months)
    some = rows[labels["churned"].to_numpy()[rows] == 1] if leavers else rows
    return _added(features, labels, rng.choice(some, int(share * len(rows)), replace=True))


def inject(features, labels, months, share, rng, left=1, width=0.02):
    """A dense group of customers who never were: all around one customer, and all with the label that it has not."""
    rows = newest(labels, months)
    middle = rng.choice(rows[labels["churned"].to_numpy()[rows] != left])
    features, labels = _added(features, labels, rng.choice(rows, int(share * len(rows)), replace=True))
    new = np.arange(len(features) - int(share * len(rows)), len(features))
    for name in features.columns.drop([ID, DATE]):
        value = features[name].iloc[middle]
        if pd.api.types.is_numeric_dtype(features[name]):
            value = value + rng.normal(0, width * features[name].std(), len(new))
        features.iloc[new, features.columns.get_loc(name)] = value
    labels.iloc[new, labels.columns.get_loc("churned")] = left
    return features, labels


def brand(features, labels, months, share, rng, left=1):
    """Customers like others under a name that is new, all with one label."""
    rows = newest(labels, months)
    features, labels = _added(features, labels, rng.choice(rows, int(share * len(rows)), replace=False))
    new = np.arange(len(features) - int(share * len(rows)), len(features))
    numbers = features.select_dtypes("number").columns
    features[numbers] = features[numbers].astype(float)
    at = features.columns.get_indexer(numbers)
    features.iloc[new, at] *= 1 + rng.normal(0, 0.01, (len(new), len(at)))
    features.iloc[new, features.columns.get_loc("channel")] = "affiliate"
    labels.iloc[new, labels.columns.get_loc("churned")] = left
    return features, labels


def _added(features, labels, rows):
    more, told = features.iloc[rows].copy(), labels.iloc[rows].copy()
    ids = [f"new-{n}" for n in range(len(rows))]
    for table in (more, told):
        table[ID] = ids
        if "group" in table:
            table["group"] = ids
    features = features.assign(**{ID: features[ID].astype("str")})
    labels = labels.assign(**{ID: labels[ID].astype("str")})
    return pd.concat([features, more], ignore_index=True), pd.concat([labels, told], ignore_index=True)


# kind, how, newest months that it spoils
BATCHES = {
    **{f"{share:.0%} of labels flipped, {m} months": (flip, m, {"share": share}) for share, m in
       ((0.03, 4), (0.05, 1), (0.05, 4), (0.1, 3), (0.3, 1), (0.5, 4), (1.0, 2))},
    "60% of leavers swapped": (swap, 4, {"share": 0.6}),
    "80% of leavers swapped": (swap, 1, {"share": 0.8}),
    "60% of leavers lost": (lose, 3, {"share": 0.6}),
    "price in cents": (scale, 4, {"factor": 100}),
    "price doubled": (scale, 1, {"factor": 2}),
    "price in thousands": (scale, 3, {"factor": 0.001}),
    "use in minutes": (scale, 2, {"factor": 60, "columns": ("usage_hours_last_month", "usage_hours_mean_3m")}),
    "contacts tenfold": (scale, 4, {"factor": 10, "columns": ("contacts_3m",)}),
    "tenure in days": (scale, 1, {"factor": 30.4, "columns": ("tenure_months",)}),
    "a fifth of prices in cents": (scale, 4, {"factor": 100, "share": 0.2}),
    "a tenth of use in minutes": (scale, 1, {"factor": 60, "columns": ("usage_hours_mean_6m",), "share": 0.1}),
    "3% copied": (copy, 1, {"share": 0.03}),
    "10% copied": (copy, 4, {"share": 0.1}),
    "all copied": (copy, 3, {"share": 1.0}),
    "leavers copied, 5%": (copy, 1, {"share": 0.05, "leavers": True}),
    "leavers copied, 20%": (copy, 4, {"share": 0.2, "leavers": True}),
    "2% planted, who leave": (inject, 4, {"share": 0.02}),
    "5% planted, who leave": (inject, 1, {"share": 0.05}),
    "20% planted, who leave": (inject, 3, {"share": 0.2}),
    "10% planted, who stay": (inject, 4, {"share": 0.1, "left": 0}),
    "5% planted, spread, who leave": (inject, 4, {"share": 0.05, "width": 0.1}),
    "2% of a new channel, who leave": (brand, 4, {"share": 0.02}),
    "10% of a new channel, who stay": (brand, 3, {"share": 0.1, "left": 0}),
}  # fmt: skip


def spoilt(batch, features, labels, seed=0):
    """The business with its newest months spoilt."""
    how, months, settings = BATCHES[batch]
    return how(features, labels, months, rng=np.random.default_rng(seed), **settings)
