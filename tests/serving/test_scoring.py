import json
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from churn_mlops.archive.files import read_json
from churn_mlops.config import Money
from churn_mlops.errors import CheckError, DataError
from churn_mlops.features.examples import Examples, load_active, load_examples
from churn_mlops.models.explaining import contributions
from churn_mlops.models.predictor import load_predictor, save_test_scores
from churn_mlops.serving.scoring import (
    add_reasons,
    check_scores,
    compare_with_evaluation,
    count_scores,
    explain,
    save_scores,
    score,
    summarise,
)

MONEY = Money(100, 10, 0.3)


@pytest.fixture(scope="module")
def scored(trained):
    predictor, active = load_predictor(trained), load_active(trained)
    return predictor, active, score(predictor, active, MONEY)


def test_every_active_customer_is_on_the_list_once_highest_risk_first(scored):
    _, active, scores = scored
    assert sorted(scores["id"]) == sorted(active.customers)
    assert scores["probability"].is_monotonic_decreasing
    assert list(scores) == ["id", "probability", "decision", "expected_profit"]


def test_each_customer_has_the_probability_of_the_own_row(scored):
    predictor, active, scores = scored
    expected = pd.Series(predictor.predict(active.X), index=active.customers)
    np.testing.assert_array_equal(scores["probability"], expected[scores["id"]])


def test_the_decision_is_the_thresholds_and_the_profit_that_of_an_offer(scored):
    predictor, _, scores = scored
    assert ((scores["decision"] == "contact") == (scores["probability"] >= predictor.threshold)).all()
    assert set(scores["decision"]) == {"contact", "leave"}
    np.testing.assert_allclose(scores["expected_profit"], 0.3 * 100 * scores["probability"] - 10, atol=0.0051)


def test_by_customer_the_list_begins_with_who_is_expected_to_earn_most_and_leaves_alone_who_is_not_known(scored):
    predictor, active, _ = scored
    worth = np.abs(active.X["spend"]) * 200
    scores = score(predictor, replace(active, X=active.X.assign(spend=worth)), Money("spend", 10, 0.3))
    assert scores["expected_profit"].dropna().is_monotonic_decreasing
    known = scores["expected_profit"].notna()
    assert known.sum() == worth.notna().sum() < len(scores)
    assert not known.tail(int((~known).sum())).any()
    # the threshold is one for a single value of all, so contacted is who is expected to earn anything at all
    assert ((scores["decision"] == "contact") == (scores["expected_profit"] >= 0)).all()


def test_the_snapshot_date_stands_beside_the_customer_where_there_is_one(scored):
    predictor, active, _ = scored
    days = pd.Series(pd.to_datetime(["2024-01-01"] * len(active)), name="day")
    scores = score(predictor, Examples(active.X, active.customers, days), MONEY)
    assert list(scores)[:3] == ["id", "day", "probability"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda scores: scores.iloc[1:], "0 outside 0 to 1, 1 customers lost or added and 0 twice"),
        (lambda scores: pd.concat([scores, scores.head(1)]), "0 customers lost or added and 1 twice"),
        (lambda scores: scores.assign(id=scores["id"].replace(scores["id"][0], "x")), "2 customers lost or added"),
        (lambda scores: scores.assign(probability=scores["probability"] + 1), r"\d+ outside 0 to 1, 0 customers"),
        (lambda scores: scores.assign(probability=np.nan), r"\d+ outside 0 to 1"),
    ],
    ids=["lost", "twice", "another", "out of range", "missing"],
)
def test_a_list_that_is_not_whole_is_refused(scored, change, told):
    _, active, scores = scored
    check_scores(scores, active)
    with pytest.raises(CheckError, match=f"{told}.*Cure") as caught:
        check_scores(change(scores), active)
    assert caught.value.exit_code == 4


def test_the_model_from_its_file_gives_the_scores_it_was_judged_by(trained, tmp_path):
    run_dir = shutil.copytree(trained, tmp_path / "run")
    predictor, test = load_predictor(run_dir), load_examples(run_dir, "test")
    p = predictor.predict(test.X)
    save_test_scores(run_dir, test, p)
    assert compare_with_evaluation(run_dir, predictor) == {"customers compared": len(test), "scores that differ": 0}
    p[7] = np.nextafter(p[7], 1)  # one customer, the last bit
    save_test_scores(run_dir, test, p)
    with pytest.raises(CheckError, match=rf"gives 1 of {len(test)} test customers another score.*Cure"):
        compare_with_evaluation(run_dir, predictor)


def test_the_files_hold_the_list_and_the_example_reproduces_its_answer(scored, tmp_path):
    predictor, active, scores = scored
    save_scores(tmp_path, scores, predictor, active)
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "scores.parquet"), scores)
    assert pd.read_csv(tmp_path / "scores.csv")["id"].tolist() == scores["id"].tolist()
    example = json.loads((tmp_path / "example.json").read_text())
    assert example["digest"] == predictor.digest
    assert predictor.predict(pd.DataFrame([example["request"]])).tolist() == [example["probability"]]


def test_the_example_has_the_reasons_that_a_server_must_give(scored, tmp_path):
    predictor, active, scores = scored
    save_scores(tmp_path, scores, predictor, active)
    told = json.loads((tmp_path / "example.json").read_text())["reasons"]
    expected = add_reasons(scores, predictor, active).set_index("id").loc[active.customers.iloc[0]]
    assert told == [
        {"reason": expected[f"reason_{n}"], "contribution": expected[f"contribution_{n}"]}
        for n in range(1, len(told) + 1)
    ]


def test_every_customer_on_the_list_has_the_reasons_of_the_own_row(scored):
    predictor, active, scores = scored
    told = add_reasons(scores, predictor, active)
    pd.testing.assert_frame_equal(told[list(scores)], scores)
    assert list(told)[len(scores.columns) :] == [
        f"{what}_{n}" for what in ("reason", "contribution") for n in (1, 2, 3)
    ]
    own = contributions(predictor.model, active.X)
    assert (told["contribution_3"] == 0).all()  # there are two columns, and they explain the score
    by_customer = own.values.sum(axis=1).set_axis(active.customers)
    both = told["contribution_1"] + told["contribution_2"]
    np.testing.assert_allclose(both, by_customer[told["id"]], atol=1e-12)
    odds = np.log(told["probability"] / (1 - told["probability"]))
    np.testing.assert_allclose(own.base + both, odds, atol=1e-6)
    assert told["reason_1"].str.contains("spend|plan").all()


def test_the_reasons_of_a_customer_who_stands_twice_are_told_twice(scored):
    predictor, active, scores = scored
    twice = pd.concat([scores, scores.head(1)], ignore_index=True)
    told = add_reasons(twice, predictor, active)
    assert told.iloc[-1]["reason_1"] == told.iloc[0]["reason_1"]


def test_one_customer_is_explained_to_the_score(scored):
    predictor, active, scores = scored
    table = explain(predictor, active, scores["id"].iloc[3])
    assert table["probability"].iloc[-1] == pytest.approx(scores["probability"].iloc[3], abs=1e-9)
    with pytest.raises(DataError, match=r"customer 'nobody' is not among.*Cure"):
        explain(predictor, active, "nobody")


def test_the_example_reproduces_its_answer_also_where_values_are_missing(scored, tmp_path):
    predictor, active, scores = scored
    X = active.X.assign(spend=np.nan)
    save_scores(tmp_path, scores, predictor, Examples(X, active.customers, None))
    example = json.loads((tmp_path / "example.json").read_text())
    assert example["request"]["spend"] is None
    assert predictor.predict(pd.DataFrame([example["request"]])).tolist() == [example["probability"]]


def test_nobody_to_score_is_an_empty_list(scored, tmp_path):
    predictor, active, _ = scored
    nobody = Examples(active.X.head(0), active.customers.head(0), None)
    save_scores(tmp_path, pd.DataFrame({"id": []}), predictor, nobody)
    nothing = {"request": None, "probability": None, "reasons": None}
    assert read_json(tmp_path / "example.json") == {"digest": predictor.digest, **nothing}


def test_the_figures_add_up(scored):
    _, active, scores = scored
    counted, summary = count_scores(scores), summarise(scores).set_index("decision")
    assert counted["scored_rows"] == len(active) == summary["customers"].sum()
    assert counted["contacted_rows"] == summary.loc["contact", "customers"]
    assert counted["expected_profit"] == pytest.approx(summary.loc["contact", "expected profit"])
