"""Calls on a Dask cluster: sent, waited for, and told apart from the cluster's own troubles.

joblib's Dask backend is not used: where a worker has been killed with a call too often, or all are gone, it waits for
ever.
"""

import contextlib
import logging
import time
from collections.abc import Callable
from concurrent.futures import CancelledError

from churn_mlops.errors import ClusterError
from churn_mlops.workers.remote import Packed, Raised, Unlike, facts, run_there

CONNECT_S, LOOK_S, TRANSFER_S = 10, 1.0, 600
PATIENCE_S = 30  # without any worker, or without an answer of the scheduler
_START = "start a scheduler there (dask scheduler) and workers for it (dask worker ADDRESS)"
_AGAIN = "start its workers again (dask worker ADDRESS), with more memory or fewer threads each if they died of it"
_INSTALL = "install the project and its requirements.lock at every worker, and start the workers again"
_open: dict[str, "Cluster"] = {}


def run_on_cluster(
    address: str, function: Callable, calls: list[tuple], shared: tuple, told: Callable | None = None
) -> list:
    """The results of all calls in order, each told once those before it are; by a connection that stays open.

    Raises what a call raised, and ClusterError within a minute of when the cluster is of no more use.
    """
    cluster = _open.pop(address, None) or Cluster(address)  # one that fails is not kept
    answers = cluster.run(function, calls, shared, told)
    _open[address] = cluster
    for answer in answers:
        if isinstance(answer, Raised):
            raise answer.error
    return answers


class Cluster:
    """A connection to a scheduler, and what was sent to its workers last."""

    def __init__(self, address: str):
        self.address, self.client = address, _connect(address)
        self.shared, self.sent = (), None

    def run(self, function: Callable, calls: list[tuple], shared: tuple, told: Callable | None = None) -> list:
        """What each call came to, in order, up to the first that raised; raises ClusterError."""
        futures = []
        try:
            self._wait_for_workers()
            sent, here = self._send(shared), facts()
            futures += [self._submit(sent, Packed((function, call)), here) for call in calls]
            answers = []
            for future in futures:
                answers.append(self._answer(future))
                if isinstance(answers[-1], Raised):
                    self.client.cancel(futures)
                    break
                if told:
                    told(len(answers) - 1, answers[-1])
            return answers
        except BaseException as error:
            self._close(futures)
            if isinstance(error, ClusterError) or not isinstance(error, Exception):
                raise
            raise ClusterError(self.address, *_explained(error)) from error

    def _submit(self, *arguments):
        return self.client.submit(run_there, *arguments, pure=False)

    def _send(self, shared: tuple):
        """The shared objects at the workers; as sent before, where they are the same objects."""
        if not shared:
            return Packed(())
        same = len(shared) == len(self.shared) and all(a is b for a, b in zip(shared, self.shared, strict=True))
        if self.sent is None or not same or self.sent.status != "finished":
            self.sent, self.shared = self._scatter(Packed(shared)), shared
        return self.sent

    def _scatter(self, packed: Packed):
        def scatter():
            return self.client.scatter([packed], broadcast=True, hash=False, timeout=PATIENCE_S, asynchronous=True)

        return self.client.sync(scatter, callback_timeout=TRANSFER_S)[0]

    def _answer(self, future):
        """What a call came to, with an eye on the cluster while it is waited for."""
        patience = Patience(self)
        while not future.done():
            with contextlib.suppress(TimeoutError):
                future.exception(timeout=LOOK_S)  # which waits until it is done
                break
            patience.look()
        answer = future.result(timeout=TRANSFER_S).value
        if isinstance(answer, Unlike):
            seen = f"worker {answer.worker} has {', '.join(answer.differences)}, and its results would not be the same"
            raise ClusterError(self.address, seen, _INSTALL)
        return answer

    def _wait_for_workers(self) -> None:
        patience = Patience(self)
        while not patience.look():
            time.sleep(0.1)

    def workers(self) -> int:
        """How many workers there are; 0 also where the scheduler does not answer."""
        with contextlib.suppress(Exception):
            return len(self.client.sync(self.client.scheduler.identity, callback_timeout=CONNECT_S)["workers"])
        return 0

    def _close(self, futures: list) -> None:
        """Let go of the calls and of the connection, which may be none any more."""
        with contextlib.suppress(Exception):
            if self.client.status == "running":
                self.client.cancel(futures)
        with contextlib.suppress(Exception):
            self.client.close(timeout=2)


class Patience:
    """How long a cluster may be without workers."""

    def __init__(self, cluster: Cluster):
        self.cluster, self.since = cluster, None

    def look(self) -> int:
        """How many workers there are; raises ClusterError when there have been none for PATIENCE_S seconds."""
        asked = time.monotonic()
        workers = self.cluster.workers()
        self.since = None if workers else self.since or asked
        if self.since and time.monotonic() - self.since >= PATIENCE_S:
            seen = f"no worker for {PATIENCE_S:g} s, where calls need at least one"
            raise ClusterError(self.cluster.address, seen, _AGAIN)
        return workers


def _connect(address: str):
    try:
        from distributed import Client
    except ImportError as error:
        cure = "pip install 'churn-mlops[dask]'"
        raise ClusterError(address, f"the package `distributed` is not installed here ({error})", cure) from error
    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)  # what it would tell, the errors here tell
    try:
        # All goes by way of the scheduler, so that a run connects to this one address.
        return Client(address, timeout=CONNECT_S, set_as_default=False, direct_to_workers=False)
    except Exception as error:
        seen = f"no Dask scheduler of this version answers there within {CONNECT_S:g} s ({_first_line(error)})"
        raise ClusterError(address, seen, _START) from error


def _explained(error: Exception) -> tuple[str, str]:
    """What went wrong at the cluster, and the cure."""
    from distributed import KilledWorker

    if isinstance(error, KilledWorker):
        times = error.allowed_failures + 1
        return f"{times} workers died with the same call, the last at {error.last_worker.address}", _AGAIN
    if isinstance(error, CancelledError | OSError):
        return f"the scheduler, or all workers with the data, were lost ({_first_line(error)})", _AGAIN
    if isinstance(error, ImportError | AttributeError):
        return f"a worker cannot load the call ({_first_line(error)})", _INSTALL
    return f"a call or its result cannot be sent ({_first_line(error)})", "pass and return plain data and tables"


def _first_line(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0]
