"""How well one column alone tells who leaves: the churn rate of its values, measured on other customers."""

FOLDS = 5
BINS = 32  # of a number; each holds about as many rows as the others
FEWEST = 10  # rows of a level that counts by itself: rarer ones are taken together
PRIOR = 5.0  # rows at the mean rate that every bin is given, so that a nearly empty one claims nothing


def fold_of(customers, seed: int = 0):
    """The fold of each row, 0 to FOLDS - 1, dealt out by customer."""
    import numpy as np
    import pandas as pd

    codes = pd.factorize(np.asarray(customers))[0]
    dealt = np.random.default_rng(seed).permutation(int(codes.max(initial=-1)) + 1) % FOLDS
    return dealt[codes]


def bins_of(column):
    """A small whole number for each value of a Series: its bin or level; 0 where it is missing."""
    import numpy as np
    import pandas as pd

    if pd.api.types.is_datetime64_any_dtype(column):
        column = column.astype("int64").astype("float64").where(column.notna())
    if pd.api.types.is_numeric_dtype(column):
        return _bins_of_numbers(column.to_numpy("float64", na_value=np.nan))
    codes = pd.factorize(column)[0] + 1
    count = np.bincount(codes)
    renamed = np.where((count < FEWEST) & (np.arange(len(count)) > 0), len(count), np.arange(len(count)))
    return renamed[codes]


def _bins_of_numbers(values):
    import numpy as np

    known = np.isfinite(values)
    if not known.any():
        return np.zeros(len(values), dtype=np.int64)
    edges = np.unique(np.quantile(values[known], np.linspace(0, 1, BINS + 1)[1:-1]))
    return np.where(known, 1 + np.searchsorted(edges, values, side="left"), 0)


def rate_out_of_fold(bins, target, fold):
    """The mean of `target` in each row's bin, as the rows of the other folds have it."""
    import numpy as np

    width = int(bins.max(initial=0)) + 1
    place = fold * width + bins
    rows = np.bincount(place, minlength=FOLDS * width).reshape(FOLDS, width)
    total = np.bincount(place, weights=target, minlength=FOLDS * width).reshape(FOLDS, width)
    others = rows.sum(0) - rows + PRIOR
    return ((total.sum(0) - total + PRIOR * np.mean(target)) / others).ravel()[place]


def rank_alone(bins, y, fold) -> float:
    """ROC AUC, 0.5 to 1, of the rates of the bins, each row judged by the rates of the other folds.

    A column that says the opposite (1 for those who stay) ranks as well: the rate is what counts, not the value.
    """
    import numpy as np

    said = rate_out_of_fold(bins, y, fold)
    areas = [area(said[fold == k], y[fold == k]) for k in range(FOLDS)]
    pairs = [y[fold == k].sum() * (1 - y[fold == k]).sum() for k in range(FOLDS)]
    return float(np.average(areas, weights=pairs)) if sum(pairs) else 0.5


def area(said, y) -> float:
    """ROC AUC; ties count half, and 0.5 where there is one class only."""
    import numpy as np

    _, place = np.unique(said, return_inverse=True)
    left, stayed = np.bincount(place, y), np.bincount(place, 1 - y)
    pairs = left.sum() * stayed.sum()
    below = np.cumsum(stayed) - stayed
    return float((left * (below + stayed / 2)).sum() / pairs) if pairs else 0.5


def surely(roc_auc: float, y) -> float:
    """The ROC AUC less two standard errors (Hanley and McNeil 1982): what so few rows can be sure of."""
    import numpy as np

    left = int(np.sum(y))
    stayed = len(y) - left
    if not left or not stayed:
        return 0.0
    one, two = roc_auc / (2 - roc_auc), 2 * roc_auc**2 / (1 + roc_auc)
    spread = roc_auc * (1 - roc_auc) + (left - 1) * (one - roc_auc**2) + (stayed - 1) * (two - roc_auc**2)
    return float(roc_auc - 2 * np.sqrt(max(spread, 0.0) / (left * stayed)))
