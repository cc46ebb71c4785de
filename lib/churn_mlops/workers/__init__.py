"""Calls side by side, on this machine's cores or on a Dask cluster, with the same results to the bit."""

from churn_mlops.workers.calls import run_all
from churn_mlops.workers.threads import cores, is_call, one_thread

__all__ = ["cores", "is_call", "one_thread", "run_all"]
