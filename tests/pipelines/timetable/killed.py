"""`python -m tests.pipelines.timetable.killed WHERE COMMAND ...`: a command that is killed at a named moment.

WHERE names a function and `before` or `after` its call. What is killed is the process itself, by SIGKILL, the first
time; the file that KILLED_ONCE names says that it was. The project's pipeline.py imports this, so that jobs die too.
"""

import os
import signal
from importlib import import_module
from pathlib import Path

MOMENTS = {
    # of the watcher
    "before the claim": ("churn_mlops.pipelines.timetable.journal", "write_journal", "before", "open"),
    "after the claim": ("churn_mlops.pipelines.timetable.journal", "write_journal", "after", "open"),
    "job begun": ("churn_mlops.pipelines.timetable.child", "_start", "after", ""),
    "before the outcome": ("churn_mlops.pipelines.timetable.journal", "write_journal", "before", "ended"),
    "after the outcome": ("churn_mlops.pipelines.timetable.journal", "write_journal", "after", "ended"),
    # of the job
    "before the decision": ("churn_mlops.pipelines.retraining.deciding", "put_on_record", "before", ""),
    "after the decision": ("churn_mlops.pipelines.retraining.deciding", "put_on_record", "after", ""),
    "before the list": ("churn_mlops.serving.batch.ordering", "write_scores", "before", ""),
    "after the list": ("churn_mlops.serving.batch.ordering", "write_scores", "after", ""),
    "before publication": ("churn_mlops.archive.versions", "publish", "before", ""),
    "after publication": ("churn_mlops.archive.versions", "publish", "after", ""),
    "before the promotion": ("churn_mlops.registry.acts", "promote_model", "before", ""),
    "after the promotion": ("churn_mlops.registry.acts", "promote_model", "after", ""),
}
WHERE, ONCE = "KILLED_WHERE", "KILLED_ONCE"


def arm() -> None:
    """Have this process killed at the moment that the environment names, unless another was already."""
    where = os.environ.get(WHERE)
    if not where or Path(os.environ[ONCE]).exists():
        return
    name, function, when, only = MOMENTS[where]
    module = import_module(name)
    real = getattr(module, function)

    def deadly(*args, **kwargs):
        meant = not only or any(_is(entry, only) for entry in args[2].values())
        if meant and when == "before":
            die()
        result = real(*args, **kwargs)
        if meant:
            die()
        return result

    setattr(module, function, deadly)


def _is(entry, state: str) -> bool:
    return entry.open if state == "open" else bool(entry.ended)


def die() -> None:
    Path(os.environ[ONCE]).touch()
    os.kill(os.getpid(), signal.SIGKILL)
