"""Tables of customers, and what `init` makes of them."""

import numpy as np
import pandas as pd
import pytest

from churn_mlops.config import read_config
from churn_mlops.data.drafting import Asked, make_draft, save_draft

ROWS = 400


def people(**columns) -> pd.DataFrame:
    """Customers of whom every fifth has left; columns given replace or follow the usual ones."""
    rng = np.random.default_rng(1)
    usual = {
        "customer_id": [f"c{n:04}" for n in range(ROWS)],
        "plan": rng.choice(["basic", "plus"], ROWS),
        "monthly_charge_eur": rng.gamma(2, 20, ROWS).round(2),
        "churn": np.where(np.arange(ROWS) % 5 == 0, "yes", "no"),
    }
    made = {name: column for name, column in {**usual, **columns}.items() if column is not None}
    return pd.DataFrame(made)


@pytest.fixture
def drafted(tmp_path):
    """The draft of a table, and its definition as a run would read it: `draft, config = drafted(frame)`."""

    def make(frame, name="people.csv", **asked):
        path, output = tmp_path / name, tmp_path / f"{len(list(tmp_path.iterdir()))}.toml"
        frame.to_csv(path, index=False) if name.endswith(".csv") else frame.to_parquet(path, index=False)
        draft = make_draft(Asked(str(path), **asked), "people", output, "python pipeline.py")
        save_draft(draft.text, output)
        return draft, read_config(output)

    return make
