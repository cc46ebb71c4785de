"""One thread for each call, and as many calls at once as this process may use cores.

A matrix product that is split among threads has other last bits than one that is not; so a call that computes alone
gives the same bits wherever it runs and however many run beside it.
"""

import contextlib
import os
import threading

_state = threading.local()
_lock = threading.Lock()
_blas: list = []  # what was limited, once for all that need it: these libraries have one setting for the whole process
_inside = 0


def cores() -> int:
    """The cores that this process may use: by affinity, by its container, and by OMP_NUM_THREADS, a grid's share."""
    from joblib import cpu_count

    asked = os.environ.get("OMP_NUM_THREADS", "")
    return max(1, min(cpu_count(), int(asked) if asked.isdecimal() and int(asked) else cpu_count()))


def is_call() -> bool:
    """Whether this thread is within a call of `run_all`, which has one thread whatever the work."""
    return getattr(_state, "depth", 0) > 0


@contextlib.contextmanager
def one_thread():
    """A context in which what this thread computes, it computes alone.

    Linear algebra keeps to one thread until the last of these contexts in the process ends; OpenMP is told by each
    thread for itself, joblib too.
    """
    from joblib import parallel_config
    from threadpoolctl import threadpool_limits

    with _one_blas_thread(), threadpool_limits(1, user_api="openmp"), parallel_config("sequential"):
        _state.depth = getattr(_state, "depth", 0) + 1
        try:
            yield
        finally:
            _state.depth -= 1


@contextlib.contextmanager
def _one_blas_thread():
    """Limit linear algebra when the first comes, and put it back when the last goes."""
    global _inside
    import scipy.linalg  # noqa: F401 only what is loaded can be limited
    from threadpoolctl import threadpool_limits

    with _lock:
        _inside += 1
        if _inside == 1:
            _blas.append(threadpool_limits(1, user_api="blas"))
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if _inside == 0:
                _blas.pop().restore_original_limits()
