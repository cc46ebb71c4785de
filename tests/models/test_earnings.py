import numpy as np
import pytest

from churn_mlops.config import Money
from churn_mlops.models import Stakes, baselines, contacted, earned, earnings, evaluate, profit, profit_curve

RNG = np.random.default_rng(3)
ROWS = 900
P = RNG.beta(1, 4, ROWS).round(2)  # with ties
Y = (RNG.random(ROWS) < P).astype(float)
CUSTOMERS = RNG.integers(0, 300, ROWS)
VALUES = RNG.gamma(2, 50, ROWS).round()
GAPS = np.where(RNG.random(ROWS) < 0.1, np.nan, VALUES)
WEIGHTS = np.where(Y == 1, 0.4, 1.2)
CASES = {
    "one value for all": (Money(100, 10, 0.5), 0.2, None),
    "one value for all, weighted": (Money(100, 10, 0.5), 0.2, WEIGHTS),
    "by customer": (Stakes(VALUES, 10, 0.5), 0.0, None),
    "by customer, with gaps and weights": (Stakes(GAPS, 10.0, 0.5), 1.5, WEIGHTS),
    "nobody": (Money(10, 9, 0.5), 1.8, None),
    "everybody": (Money(10, 0, 0.5), 0.0, None),
}


@pytest.fixture(params=CASES)
def case(request):
    return CASES[request.param]


def drawn(replicates, seed=0):
    """The replicates by a loop: how often each row's customer was drawn, rows as they stand."""
    from churn_mlops.models.bootstrap import customer_codes, replicate_weights

    return np.concatenate(list(replicate_weights(customer_codes(CUSTOMERS, ROWS), replicates, seed)))


def test_the_point_is_what_the_decision_earned(case):
    money, threshold, weights = case
    found = earnings(Y, P, money, threshold, CUSTOMERS, 0, weights=weights)
    chosen = contacted(P, money, threshold)
    gained = profit(Y, chosen, money, weights)
    assert gained == pytest.approx((earned(Y, P, money, threshold) * (1 if weights is None else weights)).sum())
    assert gained == pytest.approx(evaluate(Y, P, money, threshold, replicates=0, weights=weights)["profit"])
    rows = found.table.set_index("decision")
    naive = baselines(Y, money, weights, risk=np.average(P, weights=weights))
    for name, value in naive.items():
        assert rows.loc[name, "profit"] == pytest.approx(value)
        assert rows.loc[name, "gain"] == pytest.approx(gained - value)
    share = (
        np.average(chosen[np.isfinite(P * np.broadcast_to(money.value_kept, ROWS))]) if weights is None else found.share
    )
    assert found.share == pytest.approx(share)
    assert rows.loc["as many at random", "profit"] == pytest.approx(found.share * naive["contact everybody"])


def test_the_intervals_are_those_of_a_loop_over_the_draws(case):
    money, threshold, weights = case
    found = earnings(Y, P, money, threshold, CUSTOMERS, 30, weights=weights)
    base, chosen = np.ones(ROWS) if weights is None else weights, contacted(P, money, threshold)
    totals = [(profit(Y, chosen, money, w * base), profit(Y, np.ones(ROWS), money, w * base)) for w in drawn(30)]
    over_everybody = [model - everybody for model, everybody in totals]
    low, high = np.quantile(over_everybody, [0.025, 0.975])
    row = found.table.set_index("decision").loc["contact everybody"]
    assert (row["low"], row["high"]) == (pytest.approx(low), pytest.approx(high))
    assert row["verdict"] == ("more" if low > 0 else "less" if high < 0 else "no evidence")
    for point in found.curve.iloc[[1, len(found.curve) // 2, -1]].itertuples():
        reached = [profit(Y, contacted(P, money, point.threshold), money, w * base) for w in drawn(30)]
        low, high = np.quantile(reached, [0.025, 0.975])
        assert point.profit_low == pytest.approx(min(low, point.profit))
        assert point.profit_high == pytest.approx(max(high, point.profit))


def test_the_curve_is_the_profit_curve_with_its_ends_and_the_threshold(case):
    money, threshold, weights = case
    whole, thin = (
        profit_curve(Y, P, money, weights),
        earnings(Y, P, money, threshold, replicates=0, weights=weights).curve,
    )
    kept = whole[whole["threshold"].isin(thin["threshold"])].reset_index(drop=True)
    np.testing.assert_allclose(thin[list(whole)], kept)
    assert thin["threshold"].iloc[[0, -1]].tolist() == whole["threshold"].iloc[[0, -1]].tolist()
    assert whole[whole["threshold"] >= threshold]["threshold"].iloc[-1] in set(thin["threshold"])


def test_rows_of_one_customer_are_no_independent_news():
    def width(customers, copies):
        found = earnings(np.tile(Y, copies), np.tile(P, copies), Money(100, 10, 0.5), 0.2, customers)
        row = found.table.iloc[0]
        return (row["high"] - row["low"]) / copies

    assert width(np.tile(np.arange(ROWS), 4), 4) == pytest.approx(width(None, 1), rel=0.01)
    assert width(None, 4) < 0.7 * width(None, 1)


def test_by_customer_the_model_has_to_beat_deciding_by_the_stakes_alone():
    money = Stakes(VALUES, 10, 0.5)
    found = earnings(Y, np.full(ROWS, P.mean()), money, 0.0, replicates=20).table.set_index("decision")
    alone = found.loc["contact by stakes alone"]
    assert (alone["gain"], alone["verdict"]) == (0, "no evidence")
    assert alone["profit"] > found.loc["contact everybody", "profit"]
    assert "contact by stakes alone" not in set(
        earnings(Y, P, Money(100, 10, 0.5), 0.2, replicates=0).table["decision"]
    )
