import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

from churn_mlops.config import Money
from churn_mlops.errors import DataError
from churn_mlops.models import evaluate, profit

MONEY = Money(value_kept=100, offer_cost=10, success_rate=0.5)
TOLERANCE = 1e-9

both_kinds = st.lists(
    st.tuples(st.integers(0, 1), st.sampled_from([0.0, 0.05, 0.1, 0.3, 0.300001, 0.7, 1.0])), min_size=2, max_size=80
).filter(lambda rows: len({y for y, _ in rows}) == 2)


def columns(rows):
    return (np.array(column, dtype=float) for column in zip(*rows, strict=True))


def scores(rows=2_000, seed=0, slope=1.0):
    rng = np.random.default_rng(seed)
    z = rng.normal(-1.5, 1, rows)
    return (rng.random(rows) < 1 / (1 + np.exp(-z))).astype(int), 1 / (1 + np.exp(-slope * z))


@pytest.mark.slow
@given(both_kinds)
def test_the_values_are_scikit_learns_ties_included(rows):
    y, p = columns(rows)
    ours = evaluate(y, p, replicates=0)
    assert ours["roc_auc"] == pytest.approx(roc_auc_score(y, p), abs=TOLERANCE)
    assert ours["average_precision"] == pytest.approx(average_precision_score(y, p), abs=TOLERANCE)
    assert ours["brier"] == pytest.approx(brier_score_loss(y, p), abs=TOLERANCE)
    assert ours["log_loss"] == pytest.approx(log_loss(y, np.clip(p, 1e-15, 1 - 1e-15)), abs=1e-6)


@pytest.mark.slow
@given(both_kinds, st.randoms())
def test_the_order_of_the_rows_does_not_matter(rows, random):
    shuffled = random.sample(rows, len(rows))
    once, again = (evaluate(*columns(order), MONEY, 0.3, replicates=0) for order in (rows, shuffled))
    assert once == pytest.approx(again, abs=TOLERANCE)


@pytest.mark.slow
@given(both_kinds)
def test_whole_weights_equal_repeated_rows(rows):
    from churn_mlops.models.ranking import Ranking

    y, p = columns(rows)
    weights = np.arange(len(y)) % 3
    weights[[int(np.argmax(y == 0)), int(np.argmax(y == 1))]] = 2
    ranking = Ranking(y, p, MONEY, 0.3)
    weighted = ranking.measure(weights[None, ranking.order].astype(float))
    repeated = evaluate(np.repeat(y, weights), np.repeat(p, weights), MONEY, 0.3, replicates=0)
    for name in set(repeated) - {"calibration_error"}:  # whose bins are those of the data as they are
        assert weighted[name][0] == pytest.approx(repeated[name], abs=TOLERANCE), name


@pytest.mark.slow
@settings(max_examples=40)
@given(both_kinds, st.lists(st.sampled_from([0.01, 0.5, 1.0, 7.0]), min_size=80, max_size=80))
def test_weighted_values_are_scikit_learns_with_sample_weights(rows, weights):
    y, p = columns(rows)
    weights = np.array(weights[: len(y)])
    ours = evaluate(y, p, MONEY, 0.3, replicates=0, weights=weights)
    assert ours["roc_auc"] == pytest.approx(roc_auc_score(y, p, sample_weight=weights), abs=TOLERANCE)
    assert ours["average_precision"] == pytest.approx(
        average_precision_score(y, p, sample_weight=weights), abs=TOLERANCE
    )
    assert ours["brier"] == pytest.approx(brier_score_loss(y, p, sample_weight=weights), abs=TOLERANCE)
    clipped = np.clip(p, 1e-15, 1 - 1e-15)
    assert ours["log_loss"] == pytest.approx(log_loss(y, clipped, sample_weight=weights), abs=1e-6)
    assert ours["profit"] == pytest.approx(profit(y, p >= 0.3, MONEY, weights))
    assert ours["profit_per_1000"] == pytest.approx(1000 * ours["profit"] / weights.sum())
    if (p >= 0.3).any():
        assert ours["precision"] == pytest.approx(np.average(y[p >= 0.3], weights=weights[p >= 0.3]))


@pytest.mark.parametrize("weights", [None, "some"])
def test_the_intervals_are_those_of_a_loop_over_the_draws(weights):
    from churn_mlops.models.bootstrap import replicate_weights

    y, p = scores(300)
    base = np.ones(300) if weights is None else np.where(y == 1, 0.3, 1.2)
    measured = evaluate(y, p, replicates=40, weights=None if weights is None else base)
    drawn = np.concatenate(list(replicate_weights(np.arange(300), 40, 0)))
    looped = [average_precision_score(y, p, sample_weight=w * base) for w in drawn]
    assert [measured[f"average_precision_{end}"] for end in ("low", "high")] == pytest.approx(
        np.quantile(looped, [0.025, 0.975]).tolist()
    )


@pytest.mark.parametrize("top", [5, 10, 20])
@pytest.mark.parametrize("seed", range(10))
def test_the_top_is_that_of_the_customers_by_weight(top, seed):
    rng = np.random.default_rng(seed)
    y, p, weights = rng.permutation([0, 1] * 30), rng.permutation(60) / 60, rng.integers(1, 4, 60)
    found = evaluate(y, p, replicates=0, weights=weights)
    ranked = np.repeat(y, weights)[np.argsort(-np.repeat(p, weights), kind="stable")]
    wanted = top / 100 * len(ranked)
    caught = np.interp(wanted, np.arange(len(ranked) + 1), np.append(0, np.cumsum(ranked)))
    assert found[f"recall_at_{top}"] == pytest.approx(caught / ranked.sum(), abs=1 / ranked.sum())  # ties of one row
    assert found[f"lift_at_{top}"] == pytest.approx(found[f"recall_at_{top}"] / (top / 100))


@pytest.mark.parametrize(
    ("p", "lift"),
    [
        (np.linspace(1, 0.01, 100), 5.0),  # the 20 leavers first: all 10 of the top tenth left
        (np.linspace(0.01, 1, 100), 0.0),
        (np.full(100, 0.4), 1.0),  # equal scores find leavers in proportion
        (np.repeat([0.9, 0.1], 50), 2.0),  # the top tenth lies within a group of 50, of which 20 left
    ],
)
def test_lift_is_the_churn_rate_of_the_top_tenth_over_that_of_all(p, lift):
    measured = evaluate(np.repeat([1, 0], [20, 80]), p, replicates=0)
    assert measured["lift_at_10"] == pytest.approx(lift)
    assert measured["recall_at_10"] == pytest.approx(lift / 10)


def test_profit_counts_those_at_or_above_the_threshold():
    y, p = scores()
    measured = evaluate(y, p, MONEY, 0.2, replicates=0)
    assert measured["profit"] == pytest.approx(profit(y, p >= 0.2, MONEY))
    assert measured["profit_per_1000"] == pytest.approx(measured["profit"] / 2)
    assert measured["precision"] == pytest.approx(y[p >= 0.2].mean())


def test_without_money_there_is_no_profit():
    assert not any("profit" in name for name in evaluate(*scores(200), replicates=5))


@pytest.mark.parametrize(("p", "error"), [([0.5] * 4, 0.0), ([0.9] * 4, 0.4), ([0.0, 1.0, 0.0, 1.0], 0.0)])
def test_calibration_error_is_the_gap_between_probability_and_churn_rate(p, error):
    assert evaluate([0, 1, 0, 1], p, replicates=0)["calibration_error"] == pytest.approx(error)


def test_overconfident_scores_have_a_larger_calibration_error_and_the_same_ranking():
    y, p = scores(20_000)
    _, sure = scores(20_000, slope=3)
    good, bad = evaluate(y, p, replicates=0), evaluate(y, sure, replicates=0)
    assert good["calibration_error"] < 0.02 < 0.05 < bad["calibration_error"]
    assert good["roc_auc"] == pytest.approx(bad["roc_auc"])


def test_every_value_has_an_interval_around_it_and_all_is_plain_json():
    measured = evaluate(*scores(), MONEY, 0.2, replicates=50)
    assert json.loads(json.dumps(measured, allow_nan=False)) == measured
    names = [name for name in measured if not name.endswith(("_low", "_high"))]
    assert len(names) == 14
    for name in names:
        assert measured[f"{name}_low"] <= measured[name] <= measured[f"{name}_high"]
    assert measured["roc_auc_low"] < measured["roc_auc"] < measured["roc_auc_high"]


@pytest.mark.slow
def test_the_interval_covers_the_truth_about_as_often_as_it_says():
    truth = evaluate(*scores(200_000, seed=99), replicates=0)["roc_auc"]
    drawn = [evaluate(*scores(400, seed=seed), replicates=100) for seed in range(60)]
    covered = sum(m["roc_auc_low"] <= truth <= m["roc_auc_high"] for m in drawn)
    assert 50 <= covered <= 60


def test_rows_of_one_customer_do_not_count_as_independent_news():
    y, p = scores(300)
    copies = 9
    many = evaluate(np.tile(y, copies), np.tile(p, copies), customers=np.tile(np.arange(300), copies))
    alone = evaluate(y, p)
    blind = evaluate(np.tile(y, copies), np.tile(p, copies))

    def width(measured):
        return measured["roc_auc_high"] - measured["roc_auc_low"]

    assert width(many) == pytest.approx(width(alone), rel=0.01)
    assert width(blind) < width(alone) / 2


def test_the_seed_decides_the_intervals():
    once, again, other = (evaluate(*scores(200), seed=seed, replicates=20) for seed in (1, 1, 2))
    assert once == again
    assert once["roc_auc"] == other["roc_auc"]
    assert once["roc_auc_low"] != other["roc_auc_low"]


def test_a_constant_score_has_no_lift():
    measured = evaluate([0, 1] * 50, np.full(100, 0.5), replicates=20)
    assert (measured["roc_auc"], measured["lift_at_10"]) == (0.5, pytest.approx(1))
    assert (measured["roc_auc_low"], measured["roc_auc_high"]) == (0.5, 0.5)


def test_replicates_that_drew_one_class_only_do_not_spoil_an_interval():
    measured = evaluate([1] + [0] * 9, np.linspace(0.9, 0.1, 10), replicates=100)
    assert all(np.isfinite(value) for value in measured.values())


@pytest.mark.parametrize(
    ("y", "p", "message"),
    [
        ([1, 1, 1], [0.1, 0.2, 0.3], "3 of 3 rows left"),
        ([0], [0.5], "0 of 1 rows left"),
        ([], [], "no rows"),
        ([0, 1], [0.1, np.nan], "seen nan in row 1"),
    ],
)
def test_what_cannot_be_measured_is_refused(y, p, message):
    with pytest.raises(DataError, match=message):
        evaluate(y, p)
