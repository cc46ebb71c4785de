import numpy as np
import pandas as pd
import pytest

from churn_mlops.config import Money
from churn_mlops.errors import CheckError
from churn_mlops.features.examples import Examples, load_examples
from churn_mlops.models import Stakes, earnings, evaluate, row_weights
from churn_mlops.models.comparison import compare
from churn_mlops.models.evaluation import (
    FEWEST,
    MAIN,
    Measured,
    check_evidence,
    comparison_table,
    flat_metrics,
    measure,
)
from churn_mlops.models.predictor import load_predictor, probabilities

MONEY = Money(100, 10, 0.3)


@pytest.fixture(scope="module")
def judged(trained):
    predictor, test = load_predictor(trained), load_examples(trained, "test")
    p = predictor.predict(test.X)
    return predictor, test, p, measure(predictor, p, probabilities(predictor, trained, test), test, MONEY, 50, 0)


def with_truth(judged):
    predictor, test, p, _ = judged
    truth = np.clip(0.8 * test.y + 0.1 + 0.05 * p, 0, 1)
    return measure(predictor, p, {"naive": np.full(len(p), 0.3), "best_possible": truth}, test, MONEY, 20, 0)


@pytest.mark.parametrize("source", ["model", "linear", "naive", "best_possible"])
@pytest.mark.parametrize("name", MAIN)
def test_every_metric_of_everyone_has_an_interval_that_holds_it(judged, source, name):
    found = with_truth(judged).by_source if source == "best_possible" else judged[3].by_source
    values = found[source]
    assert values[f"{name}_low"] <= values[name] <= values[f"{name}_high"]


def test_intervals_of_the_others_are_of_the_same_draws_of_customers(judged):
    predictor, test, p, _ = judged
    again = measure(predictor, p, {"naive": np.full(len(p), 0.3), "linear": p}, test, MONEY, 50, 0).by_source
    assert {k: v for k, v in again["linear"].items() if k.startswith("roc")} == {
        k: v for k, v in again["model"].items() if k.startswith("roc")
    }
    alone = evaluate(test.y, p, MONEY, 0.3, None, 50, 0)  # rows drawn for customers: narrower, or at least other ones
    assert (alone["roc_auc_low"] == again["linear"]["roc_auc_low"]) == test.customers.is_unique


def test_the_naive_profit_has_the_interval_of_the_decision_that_it_is(judged):
    predictor, test, p, _ = judged
    dear, cheap = Money(100, 99, 0.3), Money(100, 0.01, 0.9)
    nobody = measure(predictor, p, {"naive": np.full(len(p), 0.3)}, test, dear, 50, 0).by_source["naive"]
    assert (nobody["profit_low"], nobody["profit"], nobody["profit_high"]) == (0, 0, 0)
    everybody = measure(predictor, p, {"naive": np.full(len(p), 0.3)}, test, cheap, 50, 0).by_source["naive"]
    expected = evaluate(test.y, np.full(len(p), 0.3), cheap, 0.0, test.customers, 50, 0)
    for name in ("profit_low", "profit", "profit_high", "profit_per_1000_low"):
        assert everybody[name] == pytest.approx(expected[name])


def test_the_naive_profit_is_the_best_decision_without_a_model(judged):
    measured = judged[3]
    assert set(measured.naive_profits) == {"contact nobody", "contact everybody"}
    assert measured.by_source["naive"]["profit"] == max(measured.naive_profits.values())
    assert measured.by_source["naive"]["roc_auc"] == 0.5
    assert measured.by_source["naive"]["profit_per_1000"] == pytest.approx(
        1000 * measured.by_source["naive"]["profit"] / len(judged[1])
    )


def test_the_model_beats_the_naive_choice_on_what_it_was_made_to_find(judged):
    model, naive = judged[3].model, judged[3].by_source["naive"]
    assert model["roc_auc"] > 0.7
    assert model["profit"] > naive["profit"]


def test_the_same_seed_measures_the_same(judged, trained):
    predictor, test, p, measured = judged
    assert measure(predictor, p, probabilities(predictor, trained, test), test, MONEY, 50, 0) == measured


def test_under_a_prior_the_naive_guess_is_the_prior_and_its_profit_that_of_the_weighted_rows(judged):
    predictor, test, p, _ = judged
    weights = row_weights(test.y, 0.05)
    found = measure(predictor, p, {"naive": np.full(len(p), 0.4)}, test, MONEY, 0, 0, weights).by_source
    assert found["naive"]["brier"] == pytest.approx(0.05 * 0.95)
    assert found["naive"]["calibration_error"] == pytest.approx(0)
    assert found["model"] == evaluate(test.y, p, MONEY, predictor.threshold, replicates=0, weights=weights)


def test_by_customer_the_naive_profit_is_at_least_that_of_the_stakes_alone(judged):
    predictor, test, p, _ = judged
    money = Stakes(np.random.default_rng(0).gamma(2, 50, len(p)), 10, 0.3)
    found = measure(predictor, p, {"naive": np.full(len(p), 0.4)}, test, money, 0, 0)
    assert "contact by stakes alone" in found.naive_profits
    assert found.by_source["naive"]["profit"] == max(found.naive_profits.values())


def test_the_gains_have_flat_names_with_their_intervals(judged):
    predictor, test, p, measured = judged
    found = earnings(test.y, p, MONEY, predictor.threshold, test.customers, 20)
    flat = flat_metrics(measured, None, found)
    assert flat["gain_over_nobody"] == pytest.approx(measured.model["profit"])
    for name in ("nobody", "everybody", "random"):
        assert flat[f"gain_over_{name}_low"] <= flat[f"gain_over_{name}"] <= flat[f"gain_over_{name}_high"]
    assert 0 < flat["share_contacted"] < 1


def test_flat_names_are_plain_for_the_model_and_prefixed_for_the_others(judged):
    flat = flat_metrics(judged[3], None)
    assert {"roc_auc", "roc_auc_low", "roc_auc_high", "profit", "lift_at_10", "brier", "average_precision"} <= set(flat)
    ends = [f"{source}_{name}" for source in ("naive", "linear") for name in MAIN]
    assert {f"{name}{end}" for name in ends for end in ("", "_low", "_high")} <= set(flat)
    assert not [name for name in flat if name.startswith(("best_possible", "champion", "share"))]
    assert all(np.isscalar(value) for value in flat.values())


def test_best_possible_names_are_there_when_the_truth_is_known(judged):
    flat = flat_metrics(with_truth(judged), None)
    assert {f"best_possible_{name}" for name in MAIN} <= set(flat)
    way = (flat["roc_auc"] - 0.5) / (flat["best_possible_roc_auc"] - 0.5)
    assert flat["share_of_best_possible"] == way
    assert 0 < way < 1


def test_the_champions_names_are_there_after_a_duel(judged):
    _, test, p, measured = judged
    duel = compare(test.y, p, p[::-1], MONEY, 0.3, 0.3, replicates=5)
    flat = flat_metrics(measured, duel)
    champion = duel.table.set_index("metric")["champion"]
    assert flat["champion_roc_auc"] == champion["roc_auc"]
    assert "champion_profit" in flat


def test_the_table_has_a_column_for_each_who_predicts(judged):
    table = comparison_table(judged[3])
    assert list(table) == ["model", "linear", "naive"]
    assert list(table.index) == list(MAIN)
    linear = judged[3].by_source["linear"]
    ends = f"({linear['brier_low']:.4f} to {linear['brier_high']:.4f})"
    assert table.loc["brier", "linear"] == f"{linear['brier']:.4f} {ends}"
    assert table.loc["roc_auc", "naive"] == "0.5000"
    assert table.loc["profit", "naive"].startswith(f"{judged[3].by_source['naive']['profit']:,.0f} (")
    assert "best_possible" in comparison_table(with_truth(judged))


def examples(left, stayed):
    y = np.repeat([1, 0], [left, stayed]).astype("int8")
    return Examples(pd.DataFrame(index=range(len(y))), pd.Series(range(len(y))), None, y)


def measured(roc_auc=0.8):
    return Measured({"model": {"roc_auc": roc_auc}}, {})


def test_enough_of_both_kinds_is_enough_to_judge_by():
    check_evidence(measured(), examples(FEWEST, FEWEST))


@pytest.mark.parametrize(
    ("left", "stayed", "roc_auc"), [(FEWEST - 1, 500, 0.8), (500, FEWEST - 1, 0.8), (0, 0, 0.8), (50, 50, float("nan"))]
)
def test_too_small_a_test_part_stops_the_stage_with_the_figures_and_the_cure(left, stayed, roc_auc):
    with pytest.raises(CheckError, match=rf"{left} who left and {stayed} who stayed.*{FEWEST} of each.*Cure") as caught:
        check_evidence(measured(roc_auc), examples(left, stayed))
    assert caught.value.exit_code == 4
