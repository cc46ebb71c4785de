import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from churn_mlops.config import Money
from churn_mlops.models import profit, slice_table
from churn_mlops.models.slices import LEVELS, roc_auc, slices_of

MONEY = Money(value_kept=100, offer_cost=10, success_rate=0.5)


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    rows = 6_000
    X = pd.DataFrame(
        {
            "plan": pd.Series(rng.choice(["basic", "plus"], rows, p=[0.7, 0.3]), dtype="str"),
            "age": np.where(rng.random(rows) < 0.1, np.nan, rng.normal(40, 10, rows)),
            "noise": rng.normal(size=rows),
            "constant": 1.0,
        }
    )
    z = rng.normal(size=rows) - 1 + 1.5 * (X["plan"] == "plus").to_numpy()
    return X, (rng.random(rows) < 1 / (1 + np.exp(-z))).astype(int), 1 / (1 + np.exp(-z))


def test_the_slices_of_a_column_hold_every_row_once(data):
    X, y, p = data
    table = slice_table(X, y, p, MONEY, 0.2, columns=list(X))
    for _, slices in table.groupby("column"):
        assert slices["rows"].sum() == len(X)
        assert slices["share"].sum() == pytest.approx(1)
        assert slices["profit"].sum() == pytest.approx(profit(y, p >= 0.2, MONEY))


def test_each_slice_is_measured_on_its_own_rows(data):
    X, y, p = data
    row = slice_table(X, y, p, columns=["plan"]).set_index("slice").loc["plus"]
    inside = (X["plan"] == "plus").to_numpy()
    assert row.roc_auc == pytest.approx(roc_auc_score(y[inside], p[inside]))
    assert row.churn_rate == pytest.approx(y[inside].mean())
    assert row.roc_auc_low < row.roc_auc < row.roc_auc_high
    assert "profit" not in row


def test_the_columns_along_which_churn_differs_most_come_first(data):
    X, y, p = data
    table = slice_table(X, y, p)
    assert table["column"].iloc[0] == "plan"
    assert "constant" not in set(table["column"])


def test_a_slice_where_the_scores_are_noise_is_flagged(data):
    X, y, p = data
    broken = np.where(X["plan"] == "plus", np.random.default_rng(1).random(len(X)), p)
    flags = slice_table(X, y, broken, columns=["plan"]).set_index("slice")["flag"]
    assert flags["plus"] == "ranks worse"
    assert flags["basic"] == ""


@pytest.mark.parametrize(
    ("factor", "flag"), [(0.4, "probabilities too low"), (1.0, ""), (2.0, "probabilities too high")]
)
def test_a_slice_with_wrong_probabilities_is_flagged(data, factor, flag):
    X, y, p = data
    wrong = np.where(X["plan"] == "basic", np.clip(p * factor, 0, 1), p)
    assert slice_table(X, y, wrong, columns=["plan"]).set_index("slice")["flag"]["basic"] == flag


def test_too_few_leavers_for_a_ranking_leave_it_empty():
    X = pd.DataFrame({"kind": ["a"] * 50 + ["b"] * 5})
    table = slice_table(X, np.arange(55) % 2, np.linspace(0.4, 0.6, 55), columns=["kind"]).set_index("slice")
    assert np.isnan(table.loc["b", "roc_auc"])
    assert table.loc["b", "flag"] == ""
    assert np.isfinite(table.loc["a", "roc_auc"])


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        ([1.0, 2, 3, 4], ["below 1.75", "1.75 to 2.5", "2.5 to 3.25", "3.25 and above"]),
        ([5.0] * 4, ["5"]),
        ([np.nan] * 3, ["(missing)"]),
        ([0.0] * 9 + [1.0], ["0 to 1"]),
        ([1.0, 2, 3, 4, np.nan], ["below 1.75", "1.75 to 2.5", "2.5 to 3.25", "3.25 and above", "(missing)"]),
    ],
)
def test_numbers_are_cut_into_quantile_bands(values, labels):
    codes, seen = slices_of(pd.Series(values), 4)
    assert seen == labels
    assert codes.max() == len(labels) - 1


def test_rare_levels_share_one_slice():
    codes, labels = slices_of(pd.Series([f"level {i}" for i in range(40) for _ in range(41 - i)]), 4)
    assert len(labels) == LEVELS + 1
    assert labels[0] == "level 0"
    assert labels[-1] == "(other)"
    assert codes[-1] == LEVELS


@given(st.lists(st.tuples(st.integers(0, 1), st.sampled_from([0.1, 0.2, 0.9])), min_size=2, max_size=40))
def test_roc_auc_by_ranks_is_scikit_learns(rows):
    y, p = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    if len(set(y)) == 2:
        assert roc_auc(y, p) == pytest.approx(roc_auc_score(y, p))


def test_columns_nobody_named_are_shown_where_a_slice_is_clearly_worse(data):
    X, y, p = data
    old = (X["age"] > 46).to_numpy()
    broken = np.where(old, np.random.default_rng(1).permutation(p), p)
    assert "age" not in set(slice_table(X, y, p, columns=["noise"])["column"])
    found = slice_table(X, y, broken, columns=["noise"])
    assert found.loc[found["flag"] != "", "column"].tolist() == ["age"]


def test_no_slice_is_flagged_where_all_probabilities_are_true_however_many_are_looked_at():
    rng = np.random.default_rng(4)
    X = pd.DataFrame({f"x{n}": rng.choice(list("abcdefgh"), 4_000) for n in range(60)})
    p = rng.beta(1, 5, 4_000)
    table = slice_table(X, (rng.random(4_000) < p).astype(int), p, columns=list(X))
    assert len(table) == 480
    assert set(table["flag"]) == {""}
    assert table["holds"].min() > 0.9


@pytest.mark.parametrize(
    ("spoil", "low", "high"),
    [
        (lambda p, inside: p, 0.9, 1.0),
        (lambda p, inside: np.where(inside, np.random.default_rng(1).permutation(p), p), -0.3, 0.4),
        (lambda p, inside: np.where(inside, 1 - p, p), -1.1, 0.2),
        (lambda p, inside: np.where(inside, p / 4, p), 0.2, 0.4),
        (lambda p, inside: np.where(inside, p.mean(), p), 0.6, 1.0),  # says nothing of the ranking, and a wrong level
    ],
    ids=["true", "shuffled", "turned round", "far too low", "constant"],
)
def test_how_much_holds_in_a_slice_is_measured_by_what_its_own_probabilities_say(data, spoil, low, high):
    X, y, p = data
    inside = (X["plan"] == "plus").to_numpy()
    table = slice_table(X, y, spoil(p, inside), columns=["plan"]).set_index("slice")
    assert low <= table.loc["plus", "holds"] <= high
    assert table.loc["basic", "holds"] > 0.9


def test_rows_of_one_customer_are_no_independent_news(data):
    X, y, p = data
    X, y, p = X.head(1500), y[:1500], p[:1500]
    many, customers = [np.tile(part, 6) for part in (y, p)], np.tile(np.arange(1500), 6)
    wide = pd.concat([X] * 6, ignore_index=True)
    one = slice_table(X, y, p, columns=["plan"])
    known = slice_table(wide, *many, columns=["plan"], customers=customers)
    for low in ("churn_low", "roc_auc_low"):
        np.testing.assert_allclose(known[low], one[low], atol=2e-3)
    assert (slice_table(wide, *many, columns=["plan"])["churn_low"] > one["churn_low"] + 5e-3).all()


def test_a_sample_chosen_by_outcome_is_weighed_to_the_real_world(data):
    X, y, p = data
    weights = np.where(y == 1, 0.02 / y.mean(), 0.98 / (1 - y.mean()))
    table = slice_table(X, y, p, columns=["plan"], weights=weights)
    assert np.average(table["churn_rate"], weights=table["share"]) == pytest.approx(0.02)
