"""On a cluster calls give what they give here, to the bit; and its troubles are told, not waited for."""

import os
import socket
import threading
import time

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression

from churn_mlops.errors import ClusterError, MissingColumns
from churn_mlops.workers import cluster as module
from churn_mlops.workers import remote, run_all

pytestmark = pytest.mark.slow


def fit(X, y, make, rows):
    return make().fit(X.iloc[rows], y[rows]).predict_proba(X)[:, 1]


def make_linear():
    return LogisticRegression(C=0.1, solver="newton-cholesky")


def make_boosted():
    return HistGradientBoostingClassifier(max_iter=5)


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    values = rng.normal(size=(2001, 31))
    X = pd.DataFrame(values, columns=[f"x{n}" for n in range(31)]).iloc[1:]
    return X, (values[1:, 0] + rng.normal(size=2000) > 0).astype(int)


def test_fits_are_the_same_to_the_bit_as_here(on_cluster, data):
    rows = np.arange(2000) % 3
    calls = [(make, np.flatnonzero(rows != fold)) for make in (make_linear, make_boosted) for fold in range(3)]
    told = []
    there = run_all(fit, calls, data, told=lambda place, p: told.append((place, p.tobytes())))
    here = run_all(fit, calls, data, workers=1)
    assert [a.tobytes() for a in there] == [b.tobytes() for b in here]
    assert told == list(enumerate(a.tobytes() for a in there))


def place(table, number):
    time.sleep(0.2)
    return number, id(table), os.getpid()


def test_calls_are_shared_out_to_processes_elsewhere_and_tables_are_sent_once(on_cluster, data):
    first = run_all(place, [(n,) for n in range(6)], (data[0],))
    again = run_all(place, [(n,) for n in range(6)], (data[0],))
    assert [number for number, *_ in first] == list(range(6))
    processes = {process for *_, process in first}
    assert processes <= {process.pid for process in on_cluster.processes[1:]}
    assert len({told[1:] for told in first + again}) == len({told[2] for told in first + again})
    (other,) = run_all(place, [(1,)], (data[0].copy(),))
    assert other[1:] not in {told[1:] for told in first + again}


def raise_missing():
    raise MissingColumns(["tenur"], "people.csv", ["tenure"])


def test_what_a_call_raises_is_raised_as_it_is_and_says_where(on_cluster):
    with pytest.raises(MissingColumns, match=r"did you mean `tenure`\?") as raised:
        run_all(raise_missing, [()])
    assert raised.value.__notes__[0].startswith("Raised at worker tcp://127.0.0.1:")
    assert run_all(pow, [(2, 3)]) == [8]


def test_workers_with_other_versions_are_named_and_not_used(on_cluster, monkeypatch):
    here = remote.facts() | {"numpy": "1.0", "churn-mlops": "source 000"}
    monkeypatch.setattr(module, "facts", lambda: here)
    with pytest.raises(ClusterError, match=r"worker tcp://.* has numpy [\d.]+ \(here 1\.0\), churn-mlops source") as e:
        run_all(pow, [(2, 3)])
    assert "Cure: install the project and its requirements.lock at every worker" in str(e.value)


def test_what_cannot_be_sent_is_said(on_cluster):
    with pytest.raises(ClusterError, match=r"cannot be sent .*Cure: pass and return plain data"):
        run_all(lambda lock: lock, [(threading.Lock(),)])


def nothing_there() -> str:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"tcp://127.0.0.1:{taken.getsockname()[1]}"


def test_a_cluster_that_is_not_there_is_told_with_address_and_cure(monkeypatch):
    address = nothing_there()
    monkeypatch.setattr(module, "CONNECT_S", 0.3)
    monkeypatch.setenv("CHURN_SCHEDULER", address)
    with pytest.raises(ClusterError, match=f"^cluster {address}: no Dask scheduler .* within 0.3 s .*Cure: start a"):
        run_all(pow, [(2, 3)])
    assert run_all(pow, [(2, 3)], workers=1) == [8]


def test_without_the_extra_the_error_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    monkeypatch.setenv("CHURN_SCHEDULER", "tcp://127.0.0.1:1")
    with pytest.raises(ClusterError, match=r"`distributed` is not installed here .*pip install 'churn-mlops\[dask\]'"):
        run_all(pow, [(2, 3)])


def sleep(seconds):
    time.sleep(seconds)
    return os.getpid()


def die():
    os._exit(3)


def later(seconds, action, *arguments):
    threading.Timer(seconds, action, arguments).start()


@pytest.mark.nightly
def test_one_worker_fewer_changes_nothing(on_cluster):
    later(1, on_cluster.kill_workers, 1)
    assert len(run_all(sleep, [(0.5,)] * 6)) == 6
    on_cluster.start_workers(1)
    on_cluster.wait_for(2)


@pytest.mark.nightly
def test_a_call_that_kills_its_workers_is_told(on_cluster):
    on_cluster.start_workers(4)
    on_cluster.wait_for(6)
    with pytest.raises(ClusterError, match=r"4 workers died with the same call, the last at tcp://.*memory"):
        run_all(die, [()])


@pytest.mark.nightly
@pytest.mark.parametrize("what", ["workers", "scheduler"])
def test_a_cluster_that_is_lost_is_told(on_cluster, monkeypatch, what):
    on_cluster.start_workers(2)
    run_all(pow, [(2, 3)])
    monkeypatch.setattr(module, "PATIENCE_S", 2)
    later(1, on_cluster.kill_workers, 9) if what == "workers" else later(1, on_cluster.scheduler.kill)
    with pytest.raises(ClusterError, match=r"no worker for 2 s|were lost"):
        run_all(sleep, [(60,), (60,)])
