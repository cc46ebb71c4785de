import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from churn_mlops.config import Money
from churn_mlops.errors import DataError
from churn_mlops.models import Stakes, profit, row_weights
from churn_mlops.monitoring.performance import (
    newest_measured,
    performance_by_month,
    roc_auc_drop,
    roc_auc_interval,
)

MONEY = Money(value_kept=200.0, offer_cost=20.0, success_rate=0.5)


def outcomes(rows, seed=0, strength=2.0):
    """Probabilities and labels that follow them."""
    rng = np.random.default_rng(seed)
    p = 1 / (1 + np.exp(1.5 - strength * rng.normal(size=rows)))
    return (rng.random(rows) < p).astype(int), p


def test_each_month_is_measured_on_its_own_rows():
    y, p = outcomes(600)
    dates = pd.Series(np.repeat(pd.to_datetime(["2026-02-28", "2026-01-31"]), 300))
    table = performance_by_month(dates, y, p, MONEY, 0.2)
    january = slice(300, 600)
    assert list(table["month"]) == ["2026-01", "2026-02"]
    assert table.loc[0, "roc_auc"] == pytest.approx(roc_auc_score(y[january], p[january]))
    assert table.loc[0, "observed_rate"] == y[january].mean()
    assert table.loc[0, "expected_rate"] == pytest.approx(p[january].mean())
    assert table.loc[0, "churned"] == y[january].sum()


def test_profit_is_what_contacted_leavers_bring_less_all_offers():
    table = performance_by_month(None, [1, 0, 1, 0], [0.9, 0.8, 0.1, 0.0], MONEY, 0.5)
    assert table.loc[0, ["contacted", "found", "profit"]].tolist() == [2, 1, 0.5 * 200 - 2 * 20]


def test_profit_by_customer_is_what_each_contacted_leaver_brings():
    money = Stakes(np.array([200.0, 10.0, 400.0, np.nan]), 20.0, 0.5)
    table = performance_by_month(None, [1, 1, 0, 1], [0.9, 0.9, 0.9, 0.9], money, 0.0)
    assert table.loc[0, ["contacted", "found", "profit"]].tolist() == [2, 1, 0.5 * 200 - 2 * 20]


def test_rows_that_were_chosen_by_outcome_count_for_what_they_stand_for():
    y, p = outcomes(4_000)
    weights = row_weights(y, 0.05)
    plain, told = (
        performance_by_month(None, y, p, MONEY, 0.2),
        performance_by_month(None, y, p, MONEY, 0.2, None, weights),
    )
    assert told.loc[0, "observed_rate"] == pytest.approx(0.05)
    assert told.loc[0, "profit"] == pytest.approx(profit(y, p >= 0.2, MONEY, weights))
    assert told.loc[0, "contacted"] == round(weights @ (p >= 0.2))
    assert told.loc[0, "roc_auc"] == plain.loc[0, "roc_auc"]


def test_without_dates_there_is_one_row_for_all():
    y, p = outcomes(200)
    assert performance_by_month(None, y, p, MONEY, 0.2)["month"].tolist() == ["all"]


@pytest.mark.parametrize(
    ("y", "p"), [([0] * 50, [0.1] * 50), ([1] * 50, [0.1] * 50), ([0, 1], [0.1, 0.9]), ([1] * 9 + [0] * 90, [0.5] * 99)]
)
def test_a_month_with_too_few_of_a_class_has_no_roc_auc(y, p):
    table = performance_by_month(None, y, p, MONEY, 0.2)
    assert table[["roc_auc", "roc_auc_low", "roc_auc_high"]].isna().all(axis=None)
    assert table.loc[0, "rows"] == len(y)


def test_rows_whose_label_has_not_matured_are_left_out():
    table = performance_by_month(None, [1, np.nan, 0], [0.5, np.nan, 0.5], MONEY, 0.2)
    assert table.loc[0, "rows"] == 2


def test_no_matured_row_gives_an_empty_table_with_its_columns():
    table = performance_by_month(None, [np.nan], [0.5], MONEY, 0.2)
    assert len(table) == 0
    assert "roc_auc_low" in table


def test_rows_without_a_date_form_a_month_of_their_own():
    table = performance_by_month(pd.to_datetime(["2026-01-31", None]), [0, 1], [0.1, 0.9], MONEY, 0.2)
    assert table["month"].tolist() == ["2026-01", "unknown"]


def test_a_matured_row_without_a_probability_is_refused():
    with pytest.raises(DataError, match="1 matured rows have no probability"):
        performance_by_month(None, [1, 0], [np.nan, 0.1], MONEY, 0.2)


def test_heavily_tied_scores_have_the_roc_auc_of_scikit_learn():
    y, p = outcomes(500)
    p = p.round(1)
    assert roc_auc_interval(y, p, np.arange(500))[0] == pytest.approx(roc_auc_score(y, p))


def test_the_interval_holds_the_true_roc_auc_about_as_often_as_stated():
    truth = roc_auc_score(*outcomes(200_000, seed=99))
    intervals = [roc_auc_interval(*outcomes(300, seed), np.arange(300)) for seed in range(200)]
    held = np.mean([low <= truth <= high for _, low, high in intervals])
    assert 0.91 < held < 0.985


def test_rows_of_the_same_customer_do_not_narrow_the_interval():
    y, p = outcomes(300)
    once = roc_auc_interval(y, p, np.arange(300))
    copied = roc_auc_interval(np.tile(y, 4), np.tile(p, 4), np.tile(np.arange(300), 4))
    assert copied == pytest.approx(once)


def test_profit_s_interval_knows_customers_too():
    y, p = outcomes(100)
    wide = performance_by_month(None, np.tile(y, 4), np.tile(p, 4), MONEY, 0.2, [*range(100)] * 4)
    narrow = performance_by_month(None, np.tile(y, 4), np.tile(p, 4), MONEY, 0.2)
    assert wide.loc[0, "profit_low"] < narrow.loc[0, "profit_low"] < narrow.loc[0, "profit"]


def measured(*rocs):
    return pd.DataFrame(
        [{"month": f"2026-0{i + 1}", "roc_auc": r, "roc_auc_high": r + 0.02} for i, r in enumerate(rocs)]
    )


@pytest.mark.parametrize(
    ("table", "reference", "drop"),
    [
        (measured(0.8, 0.7), 0.8, 0.1),
        (measured(0.7, 0.8), 0.8, 0.0),
        (measured(0.79), 0.8, 0.0),  # within the interval: noise
        (measured(0.9), 0.8, 0.0),
        (measured(0.7, np.nan), 0.8, 0.1),  # the newest month that could be measured
        (measured(np.nan), 0.8, None),
        (measured(0.7), np.nan, None),
        (None, 0.8, None),
    ],
)
def test_a_drop_is_that_of_the_newest_measured_month_beyond_its_noise(table, reference, drop):
    assert roc_auc_drop(table, reference) == (drop if drop is None else pytest.approx(drop))


def test_the_newest_measured_month_of_an_empty_table_is_none():
    assert newest_measured(performance_by_month(None, [], [], MONEY, 0.2)) is None
