"""Memory of a stage: what its kernel and all that the kernel started hold together, looked at five times a second.

Not a limit of the system's on addresses, which counts what is reserved and never used, and which numerical libraries
break at once.
"""

import threading
from contextlib import contextmanager

from churn_mlops.pipelines.execution import Stop
from churn_mlops.pipelines.exits import OUT_OF_MEMORY

PERIOD_S = 0.2


@contextmanager
def watch_memory(worker, limit_mb: int):
    """Stop the worker when its processes hold more than `limit_mb` megabytes (0: no limit)."""
    if not limit_mb:
        yield
        return
    over = threading.Event()
    watch = threading.Thread(target=_watch, args=(worker, limit_mb, over), daemon=True)
    watch.start()
    try:
        yield
    finally:
        over.set()
        watch.join()


def _watch(worker, limit_mb: int, over: threading.Event) -> None:
    pid = worker.kernel.pid
    while not over.wait(PERIOD_S):
        held = held_mb(pid)
        if held > limit_mb:
            cure = "Cure: a larger `memory_mb` in [limits], or less data at once."
            message = f"its processes hold {held:,.0f} MB, more than the {limit_mb:,} MB that it may. {cure}"
            worker.stop(Stop("OutOfMemory", message, OUT_OF_MEMORY))
            return


def held_mb(pid: int) -> float:
    """Megabytes of memory that a process and its descendants hold, without the files that they have mapped."""
    import psutil

    try:
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
    except psutil.Error:
        return 0.0
    held = 0
    for member in family:
        try:
            memory = member.memory_info()
            held += memory.rss - getattr(memory, "shared", 0)
        except psutil.Error:
            continue
    return held / 1e6
