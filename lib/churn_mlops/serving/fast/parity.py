"""Is the compiled model the model? Both are asked for stored rows, and for rows with gaps and levels never seen."""

import numpy as np
import pandas as pd

from churn_mlops.features.signature import MISSING
from churn_mlops.serving.fast.columns import NAN, UNSEEN

TOLERANCE = 1e-6  # by which a probability may differ


def check_parity(probability, predictor, stored: pd.DataFrame) -> float:
    """The largest difference between `probability` of a row and the model's own predict; NaN counts as infinite.

    `stored` are rows as `conform` gives them.
    """
    rows = pd.concat([stored, _odd(predictor.signature, stored)], ignore_index=True)
    expected = predictor.predict(rows)
    found = np.array([probability(list(row)) for row in rows.itertuples(index=False, name=None)])
    gap = np.abs(found - expected)
    return float(np.nan_to_num(gap, nan=np.inf).max(initial=0.0))


def _odd(signature, stored) -> pd.DataFrame:
    """A row of gaps; and each a row that is far below, far above all that was seen, with levels never seen."""
    gaps = {c.name: MISSING if c.kind == "category" else NAN for c in signature.columns}
    far = [
        {c.name: UNSEEN if c.kind == "category" else sign * 10 * (1 + abs(c.high or 0)) for c in signature.columns}
        for sign in (-1, 1)
    ]
    return pd.DataFrame([gaps, *far]).astype(stored.dtypes.to_dict())[list(stored)]
