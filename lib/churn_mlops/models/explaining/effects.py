"""The shape of the strongest effects: what a column adds to the log-odds, along its values."""

import numpy as np
import pandas as pd

from churn_mlops.features.signature import MISSING, Column, conform
from churn_mlops.models.explaining.contributions import contributions
from churn_mlops.models.explaining.words import amount, digits, plain, readable

OTHERS, NOTHING = "all others", "no value"
SPREAD = (0.1, 0.9)  # quantiles of the contributions within a band


def effects_table(
    model, X, signature, columns=None, top: int = 6, bands: int = 8, rows: int = 5_000, seed: int = 0
) -> pd.DataFrame:
    """What each band of values, or level, of a column adds to the log-odds; the strongest column first.

    Columns: column, label (readable), kind, band (in words), position (the band's median; NaN for levels and for no
    value), rows, effect (mean contribution), effect_low and effect_high (10% and 90% of the band's rows: wide where
    other columns decide what this one means), strength (mean absolute contribution of the column). `columns` names
    those wanted, else the `top` strongest are told; measured on at most `rows` rows drawn by `seed`.
    """
    X = conform(X.sample(rows, random_state=seed) if len(X) > rows else X, signature)
    values = contributions(model, X).values
    strength = values.abs().mean().sort_values(ascending=False, kind="stable")
    known = {column.name: column for column in signature.columns}
    wanted = [name for name in strength.index if columns is None or name in columns]
    chosen = wanted[: top if columns is None else None]
    tables = [_of_column(known[name], X[name], values[name], bands).assign(strength=strength[name]) for name in chosen]
    return pd.concat(tables, ignore_index=True)


def _of_column(column: Column, values, moved, bands: int) -> pd.DataFrame:
    code, names, position = (_numbers if column.kind == "number" else _levels)(column, values, bands)
    grouped = moved.groupby(code)
    low, high = (grouped.quantile(share) for share in SPREAD)
    table = pd.DataFrame({"rows": grouped.size(), "effect": grouped.mean(), "effect_low": low, "effect_high": high})
    kept = table.index.to_numpy()
    kind = "date" if column.since else column.kind
    front = {"column": column.name, "label": readable(column.name), "kind": kind}
    front |= {"band": np.array(names, dtype=object)[kept], "position": np.array(position, dtype=float)[kept]}
    return pd.concat([pd.DataFrame(front, index=kept), table], axis=1).astype({"band": "str"}).reset_index(drop=True)


def _numbers(column: Column, values, bands: int):
    """Each row's band, the bands' names, and their medians; rows without a value come last."""
    values = values.to_numpy()
    filled = values[~np.isnan(values)]
    edges = _edges(filled, bands)
    code = np.where(np.isnan(values), len(edges), np.searchsorted(edges, values, side="right") - 1)
    inside = [filled[np.searchsorted(edges, filled, side="right") - 1 == n] for n in range(len(edges))]
    names = [_band(column, part.min(), part.max()) for part in inside]
    return code, [*names, NOTHING], [*(float(np.median(part)) for part in inside), np.nan]


def _edges(filled, bands: int) -> np.ndarray:
    """Where bands begin: of about equal numbers of rows; a value that fills a band is one alone."""
    kinds, counts = np.unique(filled, return_counts=True)
    if len(kinds) <= bands:
        return kinds
    often = counts > len(filled) / bands
    starts = np.quantile(filled, np.linspace(0, 1, bands + 1)[:-1], method="higher")
    return np.unique(np.concatenate([starts, kinds[often], kinds[1:][often[:-1]]]))


def _band(column: Column, low: float, high: float) -> str:
    if column.since:
        low, high = amount(column, low), amount(column, high)
    elif column.unit.startswith("share of"):
        low, high = f"{low:.0%}", f"{high:.0%}"
    else:
        low, high = digits(low), digits(high)
    return low if low == high else f"{low} to {high}"


def _levels(column: Column, values, bands: int):
    """The commonest levels one by one, the others together, no value last."""
    counts = values[values != MISSING].value_counts()
    shown = sorted(counts.index, key=lambda level: (-counts[level], level))[:bands]
    place = {level: n for n, level in enumerate(shown)} | {MISSING: len(shown) + 1}
    code = values.map(place).fillna(len(shown)).to_numpy(dtype=int)
    names = [*(plain(level) for level in shown), OTHERS, NOTHING]
    return code, names, [np.nan] * len(names)
