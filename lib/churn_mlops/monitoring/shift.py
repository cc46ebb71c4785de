"""How far the distributions of two stored tables are apart, column by column, counted in the database.

Numbers are counted in tenths of the first table, which are found on a sample of its rows; texts and truth values
by their levels. The measure is the PSI, as for drift, and chance sets the limit.
"""

import numpy as np

from churn_mlops.monitoring.bins import number_edges
from churn_mlops.monitoring.psi import psi, psi_by_chance

SAMPLE = 50_000  # rows on which tenths are found
LEVELS = 50  # most frequent levels of either side that are told apart; the rest share one bin
FALSE_ALARM = 0.01  # chance of one moved column or more when nothing has changed


def compare_distributions(a, b, sample, skip: tuple[str, ...] = ()) -> list[dict]:
    """The columns whose distribution differs, most moved first; `moved` says that chance alone does not do that.

    `a` and `b` are Ibis tables of one engine; `sample(name)` gives values of a column of the first one. Dates move by
    themselves and are left out, as are the columns in `skip`.
    """
    names = [name for name in a.columns if name in b.columns and name not in skip]
    numbers = [name for name in names if _both(a, b, name, "is_numeric")]
    levels = [name for name in names if _both(a, b, name, "is_string") or _both(a, b, name, "is_boolean")]
    measured = _numbers(a, b, numbers, sample) + [_levels(a, b, name) for name in levels]
    chance = FALSE_ALARM / max(len(measured), 1)
    found = [_shift(column, counts, told, chance) for column, counts, told in measured if all(map(sum, counts))]
    return sorted((row for row in found if row["psi"] > 0), key=lambda row: -row["psi"])


def _both(a, b, name: str, kind: str) -> bool:
    return all(getattr(table[name].type(), kind)() for table in (a, b))


def _shift(column: str, counts, told: dict, chance: float) -> dict:
    before, now = (np.asarray(side, dtype=float) for side in counts)
    shares = {"missing_a": float(before[-1] / before.sum()), "missing_b": float(now[-1] / now.sum())}
    value, limit = float(psi(before, now)), psi_by_chance(before, now, chance)
    return {"column": column, "psi": value, "psi_limit": limit, "moved": value > limit, **shares, **told}


def _numbers(a, b, names: list[str], sample) -> list[tuple]:
    """Counts over the tenths of the first side, all columns of a side in one pass."""
    edges = {name: number_edges(_present(sample(name))) for name in names}
    if not names:
        return []
    before, now = _counts(a, edges), _counts(b, edges)
    return [
        (name, (before[name][0], now[name][0]), {"mean_a": before[name][1], "mean_b": now[name][1]}) for name in names
    ]


def _present(values) -> np.ndarray:
    values = np.asarray(values, dtype=float)
    return values[~np.isnan(values)]


def _counts(table, edges: dict) -> dict:
    """For each column the counts of its bins, what is missing last, and the mean."""
    asked = {"rows": table.count()}
    for n, (name, own) in enumerate(edges.items()):
        value = table[name].cast("float64")
        value = value.isnan().ifelse(None, value)
        asked |= {f"c{n}_{i}": (value <= float(edge)).sum() for i, edge in enumerate(own)}
        asked |= {f"c{n}": value.count(), f"m{n}": value.isinf().ifelse(None, value).mean()}
    found = table.aggregate(**asked).to_pyarrow().to_pylist()[0]
    told = {}
    for n, (name, own) in enumerate(edges.items()):
        up_to = [0, *(found[f"c{n}_{i}"] or 0 for i in range(len(own))), found[f"c{n}"]]
        told[name] = ([*np.diff(up_to).tolist(), found["rows"] - found[f"c{n}"]], found[f"m{n}"])
    return told


def _levels(a, b, name: str) -> tuple:
    """Counts over the frequent levels of both sides, then the others, then what is missing."""
    tables = [table.select(level=table[name].cast("string")) for table in (a, b)]
    frequent = sorted({level for table in tables for level in _frequent(table)})
    counts = [_count_levels(table, frequent) for table in tables]
    shares = np.array([np.asarray(side, dtype=float) / max(sum(side), 1) for side in counts])
    most = int(np.abs(shares[1] - shares[0]).argmax())
    label = [*frequent, None, None][most]
    what = "level" if most < len(frequent) else "other levels" if most == len(frequent) else "missing"
    told = {"what": what, "level": label, "share_a": float(shares[0][most]), "share_b": float(shares[1][most])}
    return name, counts, told


def _frequent(table) -> list[str]:
    import ibis

    counted = table.filter(table.level.notnull()).group_by("level").aggregate(n=ibis._.count())
    return counted.order_by([ibis.desc("n"), "level"]).limit(LEVELS).to_pyarrow()["level"].to_pylist()


def _count_levels(table, frequent: list[str]) -> list[int]:
    import ibis

    chosen = table.filter(table.level.isin(frequent)).group_by("level").aggregate(n=ibis._.count())
    rows = chosen.to_pyarrow().to_pylist() if frequent else []
    found = {row["level"]: row["n"] for row in rows}
    sums = table.aggregate(rows=table.count(), there=table.level.count()).to_pyarrow().to_pylist()[0]
    known = [found.get(level, 0) for level in frequent]
    return [*known, sums["there"] - sum(known), sums["rows"] - sums["there"]]
