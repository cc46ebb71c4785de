"""What is broken, and what is stale: whatever lets `status` end with 1."""

from pathlib import Path

from churn_mlops.errors import ChurnError
from churn_mlops.pipelines.timetable.describing import failed_jobs, silence
from churn_mlops.registry.audit.log import Scan
from churn_mlops.registry.auditing import check_log
from churn_mlops.registry.champion import Champion, check_run

BROKEN, STALE, IN_ORDER = "broken", "stale", "in order"
AUDIT, CHAMPION, RUN, DUE, DATA, AGE = "audit log", "champion", "last run", "next run", "data", "model"
JOB, WATCHER = "job", "watcher"


def find_trouble(runs: Path, dataset: str, told: dict, champion: Champion | None, log: Scan) -> list[dict]:
    """Each thing that is not as it should be: `kind` (broken or stale), `what` it is about, `seen`; worst first.

    Broken: the audit log or a pointer is not as it was written, the champion's model file is not the one that was
    promoted, the last run or a job of `watch` failed. Stale: the watcher is dead, and where a model serves, a run is
    overdue, data or model older than its limit.
    """
    found = [(BROKEN, AUDIT, str(problem)) for problem in check_log(runs, dataset, log)]
    if champion and (seen := _unfit(runs, dataset, champion)):
        found.append((BROKEN, CHAMPION, seen))
    if (last := told["last_run"]) and last["state"] == "failed":
        found.append((BROKEN, RUN, f"{last['version']}: {last['error'] or last['verdict']}"))
    found += [(BROKEN, JOB, seen) for seen in failed_jobs(told["watch"])]
    found += [(STALE, WATCHER, seen) for seen in silence(told["watch"])]
    if champion:
        found += [(STALE, what, seen) for what, seen in _stale(told)]
    return [{"kind": kind, "what": what, "seen": seen} for kind, what, seen in found]


def _unfit(runs: Path, dataset: str, champion: Champion) -> str | None:
    """Why the champion must not serve; only its manifest and model file are opened."""
    try:
        check_run(runs, dataset, champion.version, champion.digest)
    except (ChurnError, OSError, ValueError) as error:
        return str(error)
    return None


def _stale(told: dict):
    due, ages = told["due"], told["ages"] or {}
    if due and due["overdue"]:
        yield DUE, f"A run was due on {due['day']}, {due['every_days']:g} days after the last that succeeded."
    for what, name in ((DATA, "data"), (AGE, "champion")):
        if name in ages and ages[name]["verdict"] == "old":
            yield what, ages[name]["message"]
