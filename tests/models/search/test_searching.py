import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.models.search.families import BROKEN, LINEAR, NAIVE, TREE, data

from churn_mlops.errors import CheckError
from churn_mlops.models import search as searching
from churn_mlops.models.search import COMPLETE, FAILED, PRUNED, Budget, Search, finalists, search

ROOT = Path(__file__).parents[3]
FAMILIES = {family.name: family for family in (NAIVE, LINEAR, TREE)}
SEARCHED_APART = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from churn_mlops.models.search import Budget, search
from tests.models.search.families import LINEAR, NAIVE, TREE, data
search({{f.name: f for f in (NAIVE, LINEAR, TREE)}}, *data(), Budget(trials=28), 3, sys.argv[1])
"""


def without_time(found):
    return found.trials.drop(columns="seconds")


@pytest.fixture(scope="module")
def undisturbed():
    return search(FAMILIES, *data(), Budget(trials=28), seed=3)


@pytest.mark.slow
def test_every_trial_is_on_record_and_the_best_of_each_family_is_one_of_them(undisturbed):
    trials = undisturbed.trials
    assert trials["number"].tolist() == list(range(28))
    assert trials["batch"].tolist() == [n // 8 for n in range(28)]
    assert set(trials["state"]) == {COMPLETE, PRUNED}
    assert undisturbed.best["naive"] == {}
    for name in ("linear", "tree"):
        complete = trials[(trials["family"] == name) & (trials["state"] == COMPLETE)]
        best = complete.loc[complete["roc_auc"].idxmax()]
        assert undisturbed.best[name] == json.loads(best["settings"])
        assert (complete["folds"] == 3).all()
    assert trials["best_so_far"].is_monotonic_increasing
    assert trials["best_so_far"].iloc[-1] == trials.loc[trials["state"] == COMPLETE, "roc_auc"].max()


@pytest.mark.slow
def test_start_settings_come_first_and_the_better_family_gets_more(undisturbed):
    first = [json.loads(settings) for settings in undisturbed.trials["settings"][:3]]
    assert first == [LINEAR.start[0], TREE.start[0], LINEAR.start[1]]
    assert (undisturbed.trials["family"] == "linear").sum() > 20


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["1", "2", "5"])
def test_the_number_of_workers_changes_nothing(undisturbed, monkeypatch, workers):
    monkeypatch.setattr(searching.searching, "run_all", with_workers(int(workers)))
    again = search(FAMILIES, *data(), Budget(trials=28), seed=3)
    pd.testing.assert_frame_equal(without_time(again), without_time(undisturbed))
    assert again.best == undisturbed.best


def with_workers(workers):
    from churn_mlops.workers import run_all

    return lambda function, calls, shared: run_all(function, calls, shared, workers=workers)


def test_another_seed_tries_something_else(undisturbed):
    other = search(FAMILIES, *data(), Budget(trials=8), seed=4)
    assert other.trials["settings"].tolist() != undisturbed.trials["settings"][:8].tolist()


@pytest.mark.slow
def test_a_smaller_budget_is_the_beginning_of_a_larger_one_and_can_be_gone_on_with(undisturbed, tmp_path):
    for trials in (11, 28):
        found = search(FAMILIES, *data(), Budget(trials=trials), 3, tmp_path)
        pd.testing.assert_frame_equal(without_time(found), without_time(undisturbed)[:trials])


@pytest.mark.slow
def test_a_search_that_is_killed_goes_on_and_ends_as_if_nothing_had_been(undisturbed, tmp_path):
    slow = os.environ | {"SLOW_FIT": "0.05"}
    running = subprocess.Popen([sys.executable, "-c", SEARCHED_APART, str(tmp_path)], env=slow)
    while not (kept := list(tmp_path.glob("*.json"))):
        assert running.poll() is None, "the search ended before it could be killed"
        time.sleep(0.02)
    time.sleep(0.1)
    running.send_signal(signal.SIGKILL)
    running.wait()
    assert 8 <= len(json.loads(kept[0].read_text())["trials"]) < 28
    resumed = search(FAMILIES, *data(), Budget(trials=28), 3, tmp_path)
    assert list(tmp_path.glob("*.json")) == kept
    pd.testing.assert_frame_equal(without_time(resumed), without_time(undisturbed))
    assert resumed.best == undisturbed.best
    resumed.forget()
    assert not list(tmp_path.glob("*.json"))


@pytest.mark.slow
def test_trials_done_in_seconds_can_be_repeated_by_their_number():
    by_seconds = search(FAMILIES, *data(), Budget(seconds=0.2), seed=3)
    count = len(by_seconds.trials)
    assert count >= 8
    by_trials = search(FAMILIES, *data(), Budget(trials=count), seed=3)
    pd.testing.assert_frame_equal(without_time(by_trials), without_time(by_seconds))


@pytest.mark.slow
def test_a_trial_that_fails_is_on_record_and_the_others_go_on():
    found = search(FAMILIES | {"broken": BROKEN}, *data(), Budget(trials=16))
    failed = found.trials[found.trials["state"] == FAILED]
    assert set(failed["family"]) == {"broken"}
    assert failed["message"].iloc[0] == "ValueError: cannot make 0.5"
    assert failed["roc_auc"].isna().all()
    assert list(found.best) == ["naive", "linear", "tree"]


def test_when_all_fail_the_search_says_why():
    with pytest.raises(CheckError, match=r'all 8 trials failed.*broken with {"a": 0.5}: ValueError: cannot.*Cure'):
        search({"broken": BROKEN}, *data(), Budget(trials=20))


def test_nothing_to_choose_is_nothing_to_try():
    found = search({"naive": NAIVE}, *data(), Budget(trials=20))
    assert (len(found.trials), found.best) == (0, {"naive": {}})


@pytest.mark.slow
def test_of_many_rows_the_trials_see_a_sample_rich_in_leavers(monkeypatch):
    seen = []

    def watched(function, calls, shared):
        seen.append(shared)
        return [function(*shared, *call) for call in calls]

    monkeypatch.setattr(searching.searching, "run_all", watched)
    X, y, folds = data(3000)
    rare = np.where(np.arange(3000) % 4, 0, y)
    found = search({"linear": LINEAR}, X, rare, folds, Budget(trials=4), rows=600)
    some_X, some_y, some_folds = seen[0]
    assert len(some_X) == len(some_y) == 600
    assert some_y.sum() == min(300, rare.sum())
    for (train, test), (all_train, all_test) in zip(some_folds, folds, strict=True):
        assert set(some_X.index[train]) <= set(all_train)
        assert set(some_X.index[test]) <= set(all_test)
        assert len(train) + len(test) == 600
    assert (found.trials["state"] == COMPLETE).all()


def test_finalists_are_the_baselines_and_the_best_others_at_their_best(undisturbed):
    made = finalists(FAMILIES, undisturbed, others=1)
    assert list(made) == ["naive", "linear", "tree"]
    assert undisturbed.best["linear"]["c"] == made["linear"].C
    assert list(finalists(FAMILIES, undisturbed, others=0)) == ["naive", "linear"]


def test_a_baseline_that_was_not_tried_comes_with_its_default(undisturbed):
    nothing = Search(undisturbed.trials.head(0), {"naive": {}}, undisturbed.journal)
    made = finalists(FAMILIES, nothing)
    assert list(made) == ["naive", "linear"]
    assert LINEAR.start[0]["c"] == made["linear"].C
