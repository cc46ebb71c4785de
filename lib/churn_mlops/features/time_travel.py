"""Whether features know only what was known: made again as of their own snapshot date, they must be the same.

The leak check finds a column that tells too much; this finds one that reads a day too far, however little that
tells. It concerns features that are made here; columns that come with the data have no tables behind them.
"""

from churn_mlops.config import SIMULATOR, Definition
from churn_mlops.data.asof import known_on
from churn_mlops.errors import CheckError

CUSTOMERS = 1_500  # looked at: enough that a day too many shows in some rows
RELATIVE = 1e-9  # difference of numbers that adding up in another order may make
PRESENT = "(who is there)"  # stands for a customer who has features with the later tables, or without, only


def compare(definition: Definition, tables: dict, features, seed: int = 0):
    """One row a feature: how many rows were made again without anything later, and in how many it then `differs`.

    `tables` may be lazy, `features` are those of `build`. The oldest and the newest snapshot are looked at, with
    some customers each. Where features come with the data the table is empty.
    """
    import pandas as pd

    if not (definition.dataset.source == SIMULATOR or definition.events):
        return pd.DataFrame({"feature": [], "rows": [], "differs": []})
    dataset = definition.dataset
    drawn = _drawn(features[dataset.id], seed)
    some = _of_customers(tables, drawn, dataset.id)
    mine = features[features[dataset.id].isin(drawn)]
    days = sorted(mine[dataset.snapshot_date].unique())
    chosen = sorted({days[0], days[-1]})
    again = [_made_as_of(definition, some, day) for day in chosen]
    mine = mine[mine[dataset.snapshot_date].isin(chosen)]
    return _differences(mine, pd.concat(again, ignore_index=True), [dataset.id, dataset.snapshot_date])


def _drawn(ids, seed: int) -> list:
    import numpy as np

    known = np.sort(ids.unique())
    return list(np.random.default_rng(seed).permutation(known)[:CUSTOMERS])


def _of_customers(tables: dict, ids: list, id: str) -> dict:
    """The tables with the rows of these customers only, stored where they live, so that they are read once."""
    import pandas as pd
    from ibis.util import gen_name

    from churn_mlops.data.engine import stored

    tables = {name: stored(table) if isinstance(table, pd.DataFrame) else table for name, table in tables.items()}
    drawn, some = stored(pd.DataFrame({"drawn": ids})), dict(tables)
    for name, table in tables.items():
        if id in table.columns:
            rows = table.semi_join(drawn, table[id].cast("string") == drawn.drawn)
            some[name] = table.get_backend().create_table(gen_name("drawn"), rows, temp=True)
    return some


def _made_as_of(definition: Definition, tables: dict, day):
    """The features at one snapshot, of tables that end there."""
    cut = known_on(definition, tables, day.to_pydatetime())
    if definition.events:
        from churn_mlops.features.events.building import features_of, opened, stacked
        from churn_mlops.features.events.dates import number_of

        with opened(definition, next(iter(cut.values()))) as log:
            return stacked(definition, log, [number_of(day.date())], features_of)
    from churn_mlops.features.windows import build_features

    return build_features(cut, [day])


def _differences(known, again, keys: list[str]):
    import pandas as pd

    both = known.merge(again, on=keys, how="outer", suffixes=("", "\0again"), indicator=True)
    there = both["_merge"] == "both"
    both = both[there]
    rows = [{"feature": PRESENT, "rows": len(there), "differs": int((~there).sum())}]
    for name in known.columns.drop(keys):
        differs = _differ(both[name], both[f"{name}\0again"])
        rows.append({"feature": name, "rows": len(both), "differs": int(differs.sum())})
    return pd.DataFrame(rows).sort_values("differs", ascending=False, kind="stable").reset_index(drop=True)


def _differ(one, other):
    """Where two columns do not hold the same, or one of them nothing."""
    import pandas as pd

    numbers = pd.api.types.is_numeric_dtype(one)
    same = (one - other).abs() <= RELATIVE * one.abs() if numbers else one == other
    return ~(same.fillna(False).astype("bool") | (one.isna() & other.isna()))


def check(table) -> None:
    """Raise CheckError with every feature that is another one without the days after its snapshot."""
    wrong = table[table["differs"] > 0]
    if wrong.empty:
        return
    listed = "".join(f"\n  - `{row.feature}` in {row.differs:,} of {row.rows:,} rows" for row in wrong.itertuples())
    raise CheckError(
        f"{len(wrong)} feature{'s know' if len(wrong) > 1 else ' knows'} what came after the snapshot date:{listed}\n"
        "Cure: let the definition end at the snapshot date (`<=`), and count a value from the day it was known on."
    )
