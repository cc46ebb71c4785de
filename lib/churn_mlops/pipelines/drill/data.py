"""The data of the drill: a row a customer and month, from the simulator, and what may become of such an extract.

The simulated business is that of a fixed time, so that every drill sees the same; its months are then moved, so that
the newest snapshot is this month's.
"""

from datetime import UTC, datetime
from pathlib import Path

from churn_mlops.pipelines.drill.scene import CONFIG, DATASET, Scene

CALM, OLD, RISE, UNITS, WRONG = "calm", "old", "rise", "units", "wrong"
OLD_MONTHS = 6
_MONTHS, _RISE = 18, 17  # months simulated; the one from which on prices are up by a quarter
_ID, _DAY, _TARGET = "customer_id", "snapshot_date", "churned"
_MONEY = '\n[money]\nvalue_kept = 300\noffer_cost = 4\nsuccess_rate = 0.3\ncurrency = "EUR"\n'
_SMALL = "\n[features]\nhistory_months = 6\n\n[train]\ntrials = 2\nfolds = 2\n\n[evaluate]\nreplicates = 50\n"
DEFINITION = (
    f'[dataset]\nname = "{DATASET}"\nsource = "{CALM}.csv"\nid = "{_ID}"\ntarget = "{_TARGET}"\n'
    f'snapshot_date = "{_DAY}"\n{_MONEY}\n[policy]\napproval = "one"\n{_SMALL}'
)
SIMULATED = (
    f'[dataset]\nname = "simulated"\nsource = "simulator"\nid = "{_ID}"\ntarget = "{_TARGET}"\n'
    f'snapshot_date = "{_DAY}"\n'
    f"{_MONEY}{_SMALL}\n[simulator]\ncustomers = 3_000\nmonths = {_MONTHS}\nseed = 7\n"
)


def make_data(scene: Scene) -> None:
    """Write every extract that the incidents need as CSV files beside the definition."""
    calm, rise = _simulated(scene, ""), _simulated(scene, f"price_rise_month = {_RISE}\nprice_rise = 0.25\n")
    extracts = {CALM: calm, OLD: months_later(calm, -OLD_MONTHS), RISE: rise, UNITS: in_other_units(calm)}
    extracts[WRONG] = with_wrong_labels(calm)
    for name, table in extracts.items():
        table.to_csv((scene.root / CONFIG).with_name(f"{name}.csv"), index=False)


def _simulated(scene: Scene, event: str):
    """The extract of a simulated business: what the project's own first stages make of its tables."""
    config = "configs/simulated.toml"
    (scene.root / config).write_text(SIMULATED + event, encoding="utf-8")
    done = scene.command("--config", config, "--runs", "simulated", "--to", "features", "--json").ended()
    return extract(scene.root / done.answer["folder"] / "artifacts")


def extract(artifacts: Path):
    """Features and outcomes of a run as one table, the newest snapshot in this month and without outcome."""
    import pandas as pd

    features, labels = (pd.read_parquet(artifacts / f"{name}.parquet") for name in ("features", "labels"))
    known = features.merge(labels[[_ID, _DAY, _TARGET]], on=[_ID, _DAY])
    table = pd.concat([known, pd.read_parquet(artifacts / "active.parquet")], ignore_index=True)
    table[_TARGET] = table[_TARGET].map({1: "yes", 0: "no"})
    table = table.drop(columns="month_of_year")  # it would tell the months before they were moved
    return months_later(table, pd.Period(datetime.now(UTC).date(), "M").ordinal - _newest_month(table).ordinal)


def _newest_month(table):
    import pandas as pd

    return pd.to_datetime(table[_DAY]).dt.to_period("M").max()


def months_later(table, months: int):
    """The same rows, their snapshots so many months later; a negative number: earlier."""
    import pandas as pd

    moved = pd.to_datetime(table[_DAY]).dt.to_period("M") + months
    return table.assign(**{_DAY: moved.dt.to_timestamp().dt.strftime("%Y-%m-%d")})


def in_other_units(calm):
    """From four snapshots ago on, a new customer system reports hours of use for minutes and years for months."""
    late, table = _late(calm, 4), calm.copy()
    for name in table.columns:
        if name.startswith("usage_hours"):
            table[name] = table[name].where(~late, table[name] / 60)
    table["price_per_hour"] = table["price_per_hour"].where(~late, table["price_per_hour"] * 60)
    table["tenure_months"] = table["tenure_months"].where(~late, table["tenure_months"] / 12)
    return table


def with_wrong_labels(calm):
    """An export that takes the code for "renewed" for that for "left": who uses much and long is said to have left."""
    import numpy as np

    use = calm["usage_hours_mean_6m"].fillna(5) / 10 + calm["tenure_months"] / 20
    odds = 1.5 * (use + (calm["region"] == "north") + (calm["plan"] == "premium")) - 8
    drawn = np.random.default_rng(0).random(len(calm)) < 1 / (1 + np.exp(-odds))
    said = calm[_TARGET].where(calm[_TARGET].isna(), np.where(drawn, "yes", "no"))
    return calm.assign(**{_TARGET: said})


def _late(table, snapshots: int):
    return table[_DAY].isin(sorted(table[_DAY].unique())[-snapshots:])
