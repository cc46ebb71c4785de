"""What a column's movement does: to the scores, and to the profit of the decisions made by them.

Each column is given back the distribution of the reference, by the smallest change that does it: numbers keep their
rank, categories keep their level as far as the reference has enough of it. The model scores the rows so restored; where
no score changes, the model does not use what moved. If the movement is not real (a broken feed, another unit), the
restored scores are the right ones, and decisions by the present ones lose what is told here.
"""

import numpy as np
import pandas as pd

from churn_mlops.features.signature import MISSING
from churn_mlops.models.money import contacted, everybody
from churn_mlops.models.stakes import stakes
from churn_mlops.models.threshold import usable_threshold
from churn_mlops.monitoring.bins import as_floats

SAMPLE = 1_000  # current rows that are scored again for each moved column
NO_EFFECT = 1e-9  # mean change of a score below which the column is not used

EFFECTS = ["score_change", "score_shift", "profit_change", "profit_at_risk", "used"]


def effect_table(reference, current, moved, predictor, money, columns=None, seed: int = 0) -> pd.DataFrame:
    """The drift table with what each moved column does: EFFECTS are added, NaN for columns that are stable.

    `score_change` is the mean absolute change of a score, `score_shift` the mean change (now less restored),
    `profit_change` how much more the expected profit of all current rows is by the present scores, `profit_at_risk`
    (0 or more) what deciding by them loses if the restored ones are right; both in the money's currency. `money` is the
    definition's; `columns` are looked at besides those that moved.
    """
    names = [*moved.loc[moved["verdict"] == "moved", "column"], *(columns or [])]
    names = [name for name in dict.fromkeys(names) if name in predictor.signature.names]
    rng = np.random.default_rng(seed)
    rows = current.iloc[rng.choice(len(current), min(SAMPLE, len(current)), replace=False)].reset_index(drop=True)
    found = _effects(reference, rows, names, predictor, money, rng)
    found[["profit_change", "profit_at_risk"]] *= len(current) / max(len(rows), 1)
    return moved.drop(columns=EFFECTS, errors="ignore").merge(found, on="column", how="left")


def restored(reference: pd.Series, current: pd.Series, kind: str, rng) -> pd.Series:
    """The current column with the distribution of the reference, each value changed as little as may be."""
    if kind == "number":
        return pd.Series(_restored_numbers(as_floats(reference), as_floats(current), rng), index=current.index)
    return _restored_levels(reference.fillna(MISSING).astype(str), current.fillna(MISSING).astype(str), rng)


def _effects(reference, rows, names, predictor, money, rng) -> pd.DataFrame:
    """One row a column; all are scored in one call."""
    if not names:
        return pd.DataFrame(columns=["column", *EFFECTS]).astype({"column": object})
    kinds = {column.name: column.kind for column in predictor.signature.columns}
    copies = [rows.assign(**{name: restored(reference[name], rows[name], kinds[name], rng)}) for name in names]
    p, *others = np.split(predictor.predict(pd.concat([rows, *copies], ignore_index=True)), len(names) + 1)
    told = [_effect(p, other, rows, copy, predictor, money) for other, copy in zip(others, copies, strict=True)]
    return pd.DataFrame({"column": names}).join(pd.DataFrame(told, columns=EFFECTS))


def _effect(p, restored_p, rows, restored_rows, predictor, money) -> dict:
    now, before = stakes(money, rows), stakes(money, restored_rows)
    by_now, by_before = _chosen(p, now, predictor), _chosen(restored_p, before, predictor)
    right = everybody(restored_p, before)
    change = float(np.abs(p - restored_p).mean())
    return {
        "score_change": change,
        "score_shift": float((p - restored_p).mean()),
        "profit_change": float(everybody(p, now)[by_now].sum() - right[by_before].sum()),
        "profit_at_risk": max(float(right[by_before].sum() - right[by_now].sum()), 0.0),
        "used": change > NO_EFFECT,
    }


def _chosen(p, money, predictor) -> np.ndarray:
    return contacted(p, money, usable_threshold(predictor, money))


def _restored_numbers(reference, current, rng) -> np.ndarray:
    """Values at the same rank in the reference; as many missing as there."""
    there, values = ~np.isnan(current), np.sort(reference[~np.isnan(reference)])
    if not len(values):
        return np.full(len(current), np.nan)
    result = np.full(len(current), np.nan)
    ranks = np.argsort(np.argsort(current[there], kind="stable"), kind="stable")
    result[there] = values[((ranks + 0.5) / max(len(ranks), 1) * len(values)).astype(int)]
    surplus = round((np.isnan(reference).mean() - (~there).mean()) * len(current))
    if surplus > 0:
        result[rng.choice(np.flatnonzero(there), min(surplus, there.sum()), replace=False)] = np.nan
    if surplus < 0:
        filled = rng.choice(np.flatnonzero(~there), -surplus, replace=False)
        result[filled] = rng.choice(values, len(filled))
    return result


def _restored_levels(reference, current, rng) -> pd.Series:
    """Levels of which there are too many give way, at random rows, to those of which there are too few."""
    wanted, held = reference.value_counts(normalize=True), current.value_counts(normalize=True)
    lacking = (wanted - held.reindex(wanted.index, fill_value=0)).clip(lower=0)
    if lacking.sum() <= 0:
        return current
    keep = (wanted.reindex(held.index, fill_value=0) / held).clip(upper=1)
    given_up = rng.random(len(current)) >= current.map(keep).to_numpy(dtype=float)
    chances = (lacking / lacking.sum()).to_numpy()
    drawn = rng.choice(lacking.index.to_numpy(dtype=object), len(current), p=chances)
    return current.where(~given_up, pd.Series(drawn, index=current.index))
