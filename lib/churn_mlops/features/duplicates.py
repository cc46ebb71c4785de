"""Customers who are the same under two ids: found by their rows, so that a split can keep them together.

Two customers are taken as one where their newest rows (those of one snapshot, where there are snapshots) are equal
in every column but at most one; numbers count as equal within a millionth of their size, and may count so up to a
five-hundredth. That is evidence only where it does not come about by chance, so it is left aside

- where the columns compared are too few, or hold too few values, to tell so many customers apart: where even
  one of a hundred would have a double if the columns had nothing to do with each other;
- for rows that more than one customer in a hundred (and more than ten) share: that is a common profile;
- for pairs that differ in one column, where they would chain more than one customer in twenty into one group.
"""

ONE = 1e-3  # relative width of the steps in which numbers are compared
BY_CHANCE = 0.01  # doubles a customer that independent columns may bring about, at most
COMMON, FEW = 0.01, 10  # share and number of customers above which a row that they share is a common profile
CHAINED = 0.05  # share of the customers that a group may hold, at most


def group_customers(features, dataset):
    """The group of each row, named by the first id in it; nearly all customers are a group of their own.

    `features` has the dataset's id, its snapshot date if it has one, and the columns that a model sees. Time grows
    with rows times columns: a million customers of thirty columns take some seconds.
    """
    import pandas as pd

    newest = features.sort_values(dataset.snapshot_date, kind="stable") if dataset.snapshot_date else features
    newest = newest.drop_duplicates(dataset.id, keep="last").sort_values(dataset.id)
    ids = newest[dataset.id].to_numpy()
    group = _components(newest.drop(columns=dataset.id))
    first = pd.Series(ids).groupby(group).transform("first").to_numpy()
    return features[dataset.id].map(pd.Series(first, index=ids)).rename("group")


def _components(frame):
    """A number for each row, the same for those that belong together."""
    import numpy as np

    rows, columns = frame.shape
    exact, near = [], []
    if not columns or rows < 2:
        return np.arange(rows)
    chance = np.array([_log_of_chance(_codes(frame[name])) for name in frame])
    enough = np.log(rows) + chance.sum() - np.append(0.0, chance) < np.log(BY_CHANCE)  # with all, and without each
    for shift in (0.0, 0.5):  # numbers on either side of a step's edge are together when it is shifted by half
        hashes = [_mixed(_codes(frame[name], shift), place) for place, name in enumerate(frame)]
        total = np.sum(hashes, axis=0, dtype=np.uint64)
        exact += [_links(total)] if enough[0] else []
        near += [_links(total - own) for own, told in zip(hashes, enough[1:], strict=True) if told]
    group = _joined(exact + near, rows)
    return group if np.bincount(group).max() <= max(CHAINED * rows, FEW) else _joined(exact, rows)


def _codes(column, shift: float = 0.0):
    """A whole number for each value: numbers by steps of ONE of their size, dates by the day, texts as they come."""
    import numpy as np
    import pandas as pd

    if pd.api.types.is_datetime64_any_dtype(column):
        return pd.factorize(column.dt.floor("D"))[0]
    if not pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
        return pd.factorize(column)[0]
    values = column.to_numpy("float64", na_value=np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        size = np.floor(np.log(np.abs(values)) / np.log1p(ONE) + shift)
    size = np.where(np.isfinite(size), size * 2 + (values < 0), np.where(values == 0, 2**40, 2**41))
    return size.astype("int64")


def _log_of_chance(codes) -> float:
    """Logarithm of the probability that two rows drawn have the same value."""
    import numpy as np
    import pandas as pd

    count = np.bincount(pd.factorize(codes)[0])
    return float(np.log(np.sum((count / len(codes)) ** 2)))


def _mixed(codes, place: int):
    """Each code of a column as 64 bits that look like chance (splitmix64, Steele et al. 2014)."""
    import numpy as np

    with np.errstate(over="ignore"):
        mixed = codes.astype("int64").view("uint64") + np.uint64(0x9E3779B97F4A7C15) * np.uint64(2 * place + 1)
        for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
            mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
        return mixed ^ (mixed >> np.uint64(31))


def _links(hashes):
    """Pairs of positions (2 x pairs) that join all rows of equal hash, but for hashes that too many share."""
    import numpy as np
    import pandas as pd

    twice = np.flatnonzero(pd.Series(hashes).duplicated(keep=False))
    twice = twice[np.argsort(hashes[twice], kind="stable")]
    code, count = np.unique(hashes[twice], return_inverse=True, return_counts=True)[1:]
    twice, code = (values[count[code] <= max(COMMON * len(hashes), FEW)] for values in (twice, code))
    same = code[1:] == code[:-1]
    return np.array([twice[:-1][same], twice[1:][same]])


def _joined(links: list, rows: int):
    import numpy as np
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    one, other = np.concatenate([np.empty((2, 0), dtype=np.int64), *links], axis=1)
    return connected_components(coo_array((np.ones(len(one)), (one, other)), (rows, rows)), directed=False)[1]


def describe(labels, dataset) -> dict:
    """How many customers there are, and how many of them are taken as one with another."""
    ids = labels.drop_duplicates(dataset.id).groupby("group").size()
    together = ids[ids > 1]
    return {
        "customers": int(ids.sum()),
        "taken as one with another": int(together.sum()),
        "groups of them": len(together),
        "largest": int(ids.max()) if len(ids) else 0,
    }
