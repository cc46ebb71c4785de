import numpy as np
import pandas as pd
import pytest

from churn_mlops.features.signature import conform, make_signature
from churn_mlops.models.explaining import contributions, effects_table
from churn_mlops.models.families import make_families


@pytest.fixture(scope="module")
def known():
    rng, rows = np.random.default_rng(0), 1_500
    X = pd.DataFrame(
        {
            "id": range(rows),
            "weak": rng.normal(size=rows),
            "strong": np.where(rng.random(rows) < 0.1, np.nan, rng.uniform(0, 100, rows)),
            "calls": np.where(rng.random(rows) < 0.8, 0.0, rng.integers(1, 30, rows)),
            "plan": pd.Series(rng.choice(["a", "b", "c", None], rows, p=[0.5, 0.3, 0.1, 0.1]), dtype="str"),
            "start": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 300, rows), "D"),
        }
    )
    z = X["strong"].fillna(50) / 25 - 2 + 0.8 * (X["plan"] == "b") + 0.1 * X["weak"]
    y = (rng.random(rows) < 1 / (1 + np.exp(-z))).astype(int)
    signature = make_signature(X, "id")
    family = make_families(signature, 0, rows=rows, events=int(y.sum()))["lightgbm"]
    return family.default().fit(conform(X, signature), y), conform(X, signature), signature


def test_the_strongest_column_comes_first_with_its_shape(known):
    model, X, signature = known
    table = effects_table(model, X, signature, bands=5)
    strong = table[table["column"] == "strong"]
    assert table["column"].iloc[0] == "strong"
    assert strong["effect"].head(5).is_monotonic_increasing
    assert strong["band"].iloc[-1] == "no value"
    assert strong["rows"].sum() == len(X)
    assert strong["rows"].head(5).max() - strong["rows"].head(5).min() <= 2
    assert table["strength"].is_monotonic_decreasing
    assert (table["effect_low"] <= table["effect_high"]).all()


def test_an_effect_is_the_mean_contribution_of_the_rows_in_the_band(known):
    model, X, signature = known
    table = effects_table(model, X, signature, ["plan"]).set_index("band")
    expected = contributions(model, X).values["plan"].groupby(X["plan"]).mean()
    assert list(table.index) == ["a", "b", "c", "no value"]
    np.testing.assert_allclose(table.loc[["a", "b", "c"], "effect"], expected[["a", "b", "c"]])


def test_rare_levels_stand_together_and_a_value_that_fills_a_band_alone(known):
    model, X, signature = known
    table = effects_table(model, X, signature, ["plan", "calls"], bands=2)
    assert table.loc[table["column"] == "plan", "band"].tolist() == ["a", "b", "all others", "no value"]
    assert table.loc[table["column"] == "calls", "band"].tolist()[0] == "0"


def test_dates_are_told_as_dates(known):
    model, X, signature = known
    table = effects_table(model, X, signature, ["start"], bands=2)
    assert set(table["kind"]) == {"date"}
    assert table["band"].iloc[0].startswith("2024-01-01 to 2024-0")


def test_only_so_many_columns_and_rows_are_looked_at(known):
    model, X, signature = known
    table = effects_table(model, X, signature, top=2, rows=300)
    assert table["column"].nunique() == 2
    assert table.groupby("column")["rows"].sum().tolist() == [300, 300]
    pd.testing.assert_frame_equal(table, effects_table(model, X, signature, top=2, rows=300))
