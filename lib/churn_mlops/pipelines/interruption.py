"""Ctrl-C and SIGTERM: the first ends the run in good order, the second at once."""

import os
import signal
import threading
from collections.abc import Callable
from contextlib import contextmanager

from churn_mlops.pipelines.execution import Stop
from churn_mlops.pipelines.exits import INTERRUPTED, TERMINATED, InterruptedTwice

_STOPS = {
    signal.SIGINT: Stop("Interrupted", "interrupted (Ctrl-C).", INTERRUPTED),
    signal.SIGTERM: Stop("Terminated", "ended from outside (SIGTERM).", TERMINATED),
}


def end_with_parent() -> None:
    """End this run when its standard input ends, which happens when the process that started it has gone."""

    def watch():
        while os.read(0, 1):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()


@contextmanager
def interruptible(stop: Callable[[Stop], None]):
    """Call `stop` at the first signal, from the main thread; raise InterruptedTwice at the second.

    A signal that is ignored (a job in the background ignores Ctrl-C) stays ignored. Off the main thread there are no
    signals to handle.
    """
    seen = []

    def handle(number, frame):
        seen.append(number)
        if len(seen) > 1:
            raise InterruptedTwice(_STOPS[number].exit_code)
        stop(_STOPS[number])

    before = {}
    try:
        for number in _STOPS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                before[number] = signal.signal(number, handle)
    except ValueError:
        pass
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
