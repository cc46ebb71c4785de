"""`run_all`: one function over many arguments, here or on the cluster that the environment names."""

import os
from collections.abc import Callable

from churn_mlops.workers.threads import cores, is_call, one_thread

SCHEDULER = "CHURN_SCHEDULER"  # the variable that names a Dask scheduler: tcp://HOST:PORT


def run_all(
    function: Callable, calls: list[tuple], shared: tuple = (), workers: int | None = None, told: Callable | None = None
) -> list:
    """The results of `function(*shared, *call)` for each call, in the order of the calls.

    Each call computes in one thread, so that the results are the same to the bit on any number of cores and on a
    cluster; the function must depend on its arguments alone and change none of them. Here the calls run in threads:
    side by side as far as they let go of Python, as fits of LightGBM and scikit-learn do. With CHURN_SCHEDULER in the
    environment they run on that Dask cluster, to which `shared` is sent once, also for later calls with the same
    objects. `workers` says how many run at once here, whatever the environment says. What a call raises is raised
    as it is; ClusterError tells of the cluster itself. `told(place, result)` is called in this process as soon as the
    result of the call at that place is here, by several threads at once. Calls within a call run one after the other.
    """
    if is_call():  # all cores have their work
        return _run_here(function, calls, shared, 1, told)
    address = os.environ.get(SCHEDULER, "")
    if address and workers is None:
        from churn_mlops.workers.cluster import run_on_cluster

        return run_on_cluster(address, function, calls, shared, told)
    return _run_here(function, calls, shared, min(workers or cores(), len(calls)), told)


def _run_here(function: Callable, calls: list[tuple], shared: tuple, workers: int, told: Callable | None) -> list:
    with one_thread():
        if workers <= 1:
            return [_result(function, shared, call, place, told) for place, call in enumerate(calls)]
        from joblib import Parallel, delayed

        # One at a time: calls are fits, and a batch of them would leave the other cores without work.
        threads = Parallel(workers, backend="threading", batch_size=1)
        return threads(delayed(_call)(function, shared, call, place, told) for place, call in enumerate(calls))


def _call(*arguments):
    with one_thread():
        return _result(*arguments)


def _result(function: Callable, shared: tuple, call: tuple, place: int, told: Callable | None):
    result = function(*shared, *call)
    if told:
        told(place, result)
    return result
