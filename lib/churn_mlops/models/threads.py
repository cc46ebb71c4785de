"""As many threads as help, and the same sums in the same order, on however many cores."""

from contextlib import nullcontext

from threadpoolctl import threadpool_limits

from churn_mlops.workers import cores, is_call

LARGE = 50_000  # rows from which a second thread saves more than it costs


def fixed_threads(rows: int):
    """A context for work on so many rows: two threads of linear algebra for many rows, one for few.

    A matrix product is split by the number of threads, and with the split changes the last bit of the sums:
    a linear model fitted on 8 cores would not have the digest of the same model fitted on 2. The boosting
    adds up column by column and gives the same bits on any number, so with many rows it keeps all cores;
    with few, its threads wait for each other longer than they work, on a busy machine a hundred times longer.
    Within a call of `run_all` nothing is to be said: it has one thread, and what another says here would hold for all.
    """
    if is_call():
        return nullcontext()
    if rows < LARGE:
        return threadpool_limits(limits=1)
    return threadpool_limits(limits=2, user_api="blas")


def boosting_threads(rows: int) -> int:
    """Threads of a boosting that is told their number: one for few rows and within a call beside others, else all."""
    return 1 if rows < LARGE or is_call() else cores()
