"""What becomes of an extract in the drill: only what its name says."""

from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest

from churn_mlops.pipelines.drill import data

DAYS = [f"2026-{month:02}-01" for month in range(1, 9)]


@pytest.fixture
def calm():
    """Eight snapshots of a hundred customers; the newest has no outcome."""
    rng = np.random.default_rng(1)
    table = pd.DataFrame({"snapshot_date": np.repeat(DAYS, 100), "customer_id": np.tile(np.arange(100), 8)})
    table = table.assign(usage_hours_mean_6m=rng.gamma(2, 9, 800), usage_hours_last_month=6.0, price_per_hour=2.0)
    table = table.assign(tenure_months=rng.integers(1, 40, 800) * 1.0, region="north", plan="basic", price=9.0)
    left = np.where(rng.random(800) < 0.05, "yes", "no")
    return table.assign(churned=np.where(table["snapshot_date"] == DAYS[-1], None, left))


def changed(before, after) -> set[tuple[str, str]]:
    """Columns and snapshots in which a value differs."""
    same = (before == after) | (before.isna() & after.isna())
    return {(name, day) for name in before for day in before.loc[~same[name], "snapshot_date"]}


def test_another_unit_changes_use_and_tenure_of_the_four_newest_snapshots_and_no_outcome(calm):
    seen = changed(calm, data.in_other_units(calm))
    assert {name for name, _ in seen} == {
        "usage_hours_mean_6m", "usage_hours_last_month", "price_per_hour", "tenure_months",
    }  # fmt: skip
    assert {day for _, day in seen} == set(DAYS[-4:])


def test_wrong_labels_change_outcomes_only_and_invent_none(calm):
    wrong = data.with_wrong_labels(calm)
    assert {name for name, _ in changed(calm, wrong)} == {"churned"}
    assert wrong["churned"].isna().equals(calm["churned"].isna())
    assert wrong.groupby("churned")["usage_hours_mean_6m"].mean()["yes"] > calm["usage_hours_mean_6m"].mean()
    assert data.with_wrong_labels(calm).equals(wrong)


@pytest.mark.parametrize(("months", "last"), [(0, "2026-08-01"), (-6, "2026-02-01"), (5, "2027-01-01")])
def test_snapshots_are_moved_by_whole_months(calm, months, last):
    moved = data.months_later(calm, months)
    assert moved["snapshot_date"].max() == last
    assert moved.drop(columns="snapshot_date").equals(calm.drop(columns="snapshot_date"))


def test_an_extract_ends_this_month_and_keeps_every_customer(tmp_path):
    days = pd.to_datetime(["2024-05-01", "2024-06-01"])
    features = pd.DataFrame({"customer_id": ["a", "a"], "snapshot_date": days, "month_of_year": [5, 6], "x": [1, 2]})
    features.to_parquet(tmp_path / "features.parquet")
    labels = features[["customer_id", "snapshot_date"]].assign(churned=[0, 1], split="train")
    labels.to_parquet(tmp_path / "labels.parquet")
    active = features.iloc[:1].assign(snapshot_date=pd.Timestamp("2024-07-01"), customer_id="b", x=3)
    active.to_parquet(tmp_path / "active.parquet")
    table = data.extract(tmp_path)
    assert table["churned"].fillna("open").tolist() == ["no", "yes", "open"]
    assert table["snapshot_date"].max() == f"{datetime.now(UTC):%Y-%m-01}"
    assert list(table) == ["customer_id", "snapshot_date", "x", "churned"]
