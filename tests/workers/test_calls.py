"""Calls side by side give what they give one after the other, to the bit."""

import re
import threading
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_info

from churn_mlops.models.threads import LARGE, fixed_threads
from churn_mlops.workers import is_call, one_thread, run_all


def wait_and_tell(table, seconds, number):
    time.sleep(seconds)
    return number * table["a"].sum()


def fit(X, y, make, seed):
    return make(seed).fit(X, y).predict_proba(X)[:, 1]


def make_linear(_):
    return LogisticRegression(C=0.1, solver="newton-cholesky")


def make_boosted(seed):
    return HistGradientBoostingClassifier(max_iter=5, random_state=seed)


def make_forest(seed):
    return ExtraTreesClassifier(5, n_jobs=-1, random_state=seed)


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(2000, 40))
    return X, (X[:, 0] + rng.normal(size=2000) > 0).astype(int)


@pytest.mark.parametrize("workers", [None, 1, 2, 5])
def test_results_come_in_the_order_of_the_calls_whichever_ends_first(workers):
    calls = [(0.03, 1), (0.0, 2), (0.01, 3)]
    assert run_all(wait_and_tell, calls, (pd.DataFrame({"a": [1, 1]}),), workers) == [2, 4, 6]


@pytest.mark.parametrize("workers", [1, 2])
def test_each_result_is_told_as_soon_as_it_is_there_with_its_place(workers):
    told = []
    calls = [(0.05, 1), (0.0, 2), (-1, 3)]  # nobody can wait less than not at all
    with pytest.raises(ValueError, match="non-negative"):
        run_all(wait_and_tell, calls, (pd.DataFrame({"a": [1, 1]}),), workers, lambda *each: told.append(each))
    assert (1, 4) in told
    assert sorted(told) in ([(0, 2), (1, 4)], [(1, 4)])


def test_nothing_to_do_has_no_results():
    assert run_all(wait_and_tell, []) == []


def test_fits_are_the_same_to_the_bit_with_any_number_of_workers(data):
    calls = [(make, seed) for make in (make_linear, make_boosted, make_forest) for seed in (0, 1)]
    alone, together = run_all(fit, calls, data, workers=1), run_all(fit, calls, data, workers=4)
    assert [a.tobytes() for a in alone] == [b.tobytes() for b in together]


def test_calls_run_side_by_side():
    meeting = threading.Barrier(3, timeout=30)
    run_all(meeting.wait, [()] * 3, workers=3)


def threads_seen(_):
    time.sleep(0.01)
    with fixed_threads(LARGE):  # which may not take more than one within a call
        return is_call(), {(library["user_api"], library["num_threads"]) for library in threadpool_info()}


def test_the_example_of_the_docs_runs():
    text = (Path(__file__).parents[2] / "docs" / "elsewhere.md").read_text()
    (example,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    names = {"score": lambda table, model: table * model, "table": 7, "models": [1, 2]}
    exec(example, names)
    assert names["scores"] == [7, 14]


@pytest.mark.parametrize("workers", [1, 3])
def test_each_call_has_one_thread_and_afterwards_all_is_as_it_was(workers):
    before = threadpool_info()
    seen = run_all(threads_seen, [(n,) for n in range(6)], workers=workers)
    assert seen == [(True, {("blas", 1), ("openmp", 1)})] * 6
    assert (is_call(), threadpool_info()) == (False, before)


def test_of_two_that_need_one_thread_the_first_to_end_does_not_take_it_from_the_other():
    before = threadpool_info()
    first, second = one_thread(), one_thread()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"} == {1}
    second.__exit__(None, None, None)
    assert [library["num_threads"] for library in threadpool_info()] == [library["num_threads"] for library in before]


def fail(number):
    raise LookupError(f"call {number}")


@pytest.mark.parametrize("workers", [1, 2])
def test_what_a_call_raises_is_raised_as_it_is_and_leaves_no_limit_behind(workers):
    before = threadpool_info()
    with pytest.raises(LookupError, match=r"^'?call 7'?$"):
        run_all(fail, [(7,), (7,)], workers=workers)
    assert (is_call(), threadpool_info()) == (False, before)


def threads_of_calls(number):
    return number, threading.get_ident(), run_all(threading.get_ident, [(), ()])


@pytest.mark.parametrize("workers", [1, 2])
def test_calls_within_a_call_run_in_its_thread(monkeypatch, workers):
    monkeypatch.setenv("CHURN_SCHEDULER", "tcp://127.0.0.1:1")  # which nothing here may ask
    told = run_all(threads_of_calls, [(2,), (3,)], workers=workers)
    assert [number for number, *_ in told] == [2, 3]
    assert all(inner == [outer, outer] for _, outer, inner in told)
