"""Tables that the tests of the families learn from."""

import numpy as np
import pandas as pd

from churn_mlops.features.signature import conform, make_signature


def table(rows=600, seed=0):
    """Skewed and missing numbers, a frequent and a rare-level category, and who left because of them."""
    rng = np.random.default_rng(seed)
    spend = np.exp(rng.normal(3, 1.5, rows))
    plan = rng.choice(["basic", "plus", "pro"], rows)
    risk = 1.2 * (np.log(spend) - 3) + (plan == "basic") * 1.5 - 1
    frame = pd.DataFrame(
        {
            "id": [f"c{i}" for i in range(rows)],
            "spend": np.where(rng.random(rows) < 0.2, np.nan, spend),
            "constant": 1.0,
            "empty": np.nan,
            "mostly_zero": np.where(rng.random(rows) < 0.97, 0.0, rng.random(rows)),
            "plan": pd.Series(plan, dtype="str"),
            "town": pd.Series(rng.choice([f"town {i}" for i in range(200)], rows), dtype="str"),
        }
    )
    return frame, (rng.random(rows) < 1 / (1 + np.exp(-risk))).astype("int8")


def wide(rows=400, columns=230, seed=0):
    """Two thirds of all values missing, one leaver in twenty, one column that matters and one told by its gaps."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(rows, columns))
    X[rng.random(X.shape) < 2 / 3] = np.nan
    risk = np.nan_to_num(X[:, 0]) * 2 + np.isnan(X[:, 1]) * 1.5
    frame = pd.DataFrame(X, columns=[f"x{n}" for n in range(columns)]).assign(id=range(rows))
    return frame, (risk >= np.quantile(risk, 0.95)).astype("int8")


def prepared(frame):
    """The signature of a table and its rows as a model gets them."""
    signature = make_signature(frame, "id")
    return signature, conform(frame, signature)
