import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from churn_mlops.archive.digest import digest_file
from churn_mlops.archive.files import read_json
from churn_mlops.errors import CheckError, DataError, MissingColumns
from churn_mlops.features.examples import Examples, load_examples
from churn_mlops.features.signature import conform, make_signature
from churn_mlops.models import Choice, CrossValidation, make_families
from churn_mlops.models.predictor import (
    Predictor,
    check_learned,
    check_scored,
    load_predictor,
    load_test_scores,
    probabilities,
    save_test_scores,
)


def copied(trained, tmp_path) -> Path:
    return shutil.copytree(trained, tmp_path / "run")


def test_a_predictor_is_what_was_described(trained):
    predictor, described = load_predictor(trained), read_json(Path(trained) / "model.json")
    assert (predictor.name, predictor.threshold) == (described["name"], described["threshold"])
    assert predictor.digest == described["digest"] == digest_file(Path(trained) / "model.skops")


def test_a_predictor_takes_columns_by_name_whatever_stands_beside_them(trained):
    predictor, test = load_predictor(trained), load_examples(trained, "test")
    p = predictor.predict(test.X)
    assert p.shape == (len(test),)
    assert ((p > 0) & (p < 1)).all()
    np.testing.assert_array_equal(predictor.predict(test.X[["plan", "spend"]].assign(more="x")), p)


@pytest.mark.slow
def test_one_row_at_a_time_gives_the_same_scores(trained):
    predictor, test = load_predictor(trained), load_examples(trained, "test")
    alone = [predictor.predict(test.X.iloc[[row]])[0] for row in range(10)]
    np.testing.assert_array_equal(alone, predictor.predict(test.X)[:10])


@pytest.mark.slow
@pytest.mark.parametrize("name", ["linear", "trees", "boosted", "lightgbm"])
def test_a_customer_with_a_date_scored_alone_has_the_probability_of_the_batch(name):
    rng = np.random.default_rng(3)
    days = rng.integers(0, 900, 400)
    raw = pd.DataFrame({"id": range(400), "joined": pd.Timestamp("2022-01-01") + pd.to_timedelta(days, "D")})
    raw["joined"] = raw["joined"].mask(rng.random(400) < 0.1)
    signature = make_signature(raw, "id")
    y = (rng.random(400) < np.where(days > 600, 0.7, 0.1)).astype("int8")
    family = make_families(signature, rows=400, events=int(y.sum()))[name]
    model = family.default().fit(conform(raw, signature), y)
    predictor = Predictor(model, signature, name, "", 0.5)
    batch = predictor.predict(raw)
    alone = [predictor.predict(raw.iloc[[row]])[0] for row in range(40)]
    np.testing.assert_allclose(alone, batch[:40], rtol=1e-12)  # sums of one row may round otherwise in the last bit
    as_text = raw["joined"].dt.strftime("%Y-%m-%d")
    np.testing.assert_array_equal(predictor.predict(raw.assign(joined=as_text)), batch)
    assert np.ptp(batch) > 0.2  # it is the date that tells them apart


def test_a_plan_never_seen_and_values_that_are_missing_are_scored(trained):
    p = load_predictor(trained).predict(pd.DataFrame({"spend": [None, np.inf], "plan": ["brand new", None]}))
    assert np.isfinite(p).all()


def test_an_absent_feature_is_no_score(trained):
    with pytest.raises(MissingColumns, match=r"`spend` \(did you mean `spent`\?\)"):
        load_predictor(trained).predict(pd.DataFrame({"spent": [1.0], "plan": ["plus"]}))


def changed(folder):
    content = bytearray((folder / "model.skops").read_bytes())
    content[len(content) // 2] ^= 1
    (folder / "model.skops").write_bytes(content)


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (changed, "digest .*changed after training; do not use it.*Cure"),
        (lambda folder: shutil.copy(folder / "baselines.skops", folder / "model.skops"), "changed after training"),
        (lambda folder: (folder / "model.skops").unlink(), r"model\.skops: no such model file.*Cure"),
        (lambda folder: (folder / "model.json").unlink(), r"model\.json: not there yet.*Cure: run 03_train"),
        (lambda folder: (folder / "signature.json").unlink(), r"signature\.json: not there yet.*Cure"),
    ],
    ids=["one bit", "swapped", "no model", "no description", "no signature"],
)
def test_a_model_that_is_not_the_one_described_is_refused(trained, tmp_path, damage, told):
    folder = copied(trained, tmp_path)
    damage(folder)
    with pytest.raises(DataError, match=told) as caught:
        load_predictor(folder)
    assert caught.value.exit_code == 3


def test_the_others_speak_of_the_same_rows(trained):
    test = load_examples(trained, "test")
    others = probabilities(load_predictor(trained), trained, test)
    assert list(others) == ["naive", "linear"]
    assert np.unique(others["naive"]) == [read_json(Path(trained) / "model.json")["churn_rate"]]
    assert np.unique(others["linear"]).size > 100


def test_the_truth_speaks_too_where_it_is_known(trained):
    test = load_examples(trained, "test")
    truth = np.linspace(0, 1, len(test))
    known = Examples(test.X, test.customers, None, test.y, truth)
    found = probabilities(load_predictor(trained), trained, known)
    np.testing.assert_array_equal(found["best_possible"], truth)


def test_the_scores_of_the_test_are_kept_row_by_row(trained, tmp_path):
    test = load_examples(trained, "test")
    save_test_scores(str(tmp_path), test, np.linspace(0, 1, len(test)))
    kept = pd.read_parquet(tmp_path / "test_scores.parquet")
    assert kept["customer"].tolist() == test.customers.tolist()
    assert kept["churned"].tolist() == test.y.tolist()


@pytest.mark.parametrize(("folds", "learned"), [([0.8, 0.82], True), ([0.5, 0.5], False), ([0.4, 0.7], False)])
def test_a_candidate_no_better_than_chance_stops_the_stage(folds, learned):
    table = pd.DataFrame({"candidate": "boosted", "fold": range(len(folds)), "roc_auc": folds})
    cv, choice = CrossValidation(pd.DataFrame(), table), Choice("boosted", "")
    if learned:
        check_learned(cv, choice)
        return
    with pytest.raises(CheckError, match=f"boosted ranks .* ROC AUC of {np.mean(folds):.3f} over 2 folds.*Cure"):
        check_learned(cv, choice)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda scores: scores.head(-1),
        lambda scores: scores.iloc[::-1],
        lambda scores: scores.assign(churned=1 - scores["churned"]),
        lambda scores: scores.assign(probability=np.nan),
    ],
    ids=["one less", "another order", "other labels", "no scores"],
)
def test_nothing_is_judged_by_scores_of_other_rows(trained, tmp_path, spoil):
    test = load_examples(trained, "test")
    save_test_scores(tmp_path, test, load_predictor(trained).predict(test.X))
    scores = load_test_scores(tmp_path)
    check_scored(scores, test)
    with pytest.raises(CheckError, match="Cure: run 04_evaluate again"):
        check_scored(spoil(scores), test)
