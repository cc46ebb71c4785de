"""The jobs of a schedule as commands: each does its work once for a key, however often it is called with it."""

import shlex
import sys
from dataclasses import dataclass
from pathlib import Path

from churn_mlops.config import Schedule
from churn_mlops.pipelines.project import Project
from churn_mlops.pipelines.status.seen import look_back
from churn_mlops.pipelines.timetable.holding import WATCH
from churn_mlops.reports.verdicts import next_command

KEPT = 30  # logs of a job


@dataclass(frozen=True)
class Timetable:
    """A definition that is watched."""

    config: Path
    dataset: str
    schedule: Schedule


def command(project: Project, table: Timetable, job: str, due: str) -> list[str]:
    """The command that does a job for a due time, by which its key is made."""
    key = ["--call-key", f"{job} {due}"]
    words = {
        "monitor": lambda: ["monitor", "--config", str(table.config), *_data(project, table.dataset), *key],
        "score": lambda: ["score", *_places(table, due), "--version", f"champion:{table.dataset}", *key],
        "retrain": lambda: ["retrain", "--if-needed", "--dataset", table.dataset, *key],
        "alerts": lambda: ["alerts", "send", "--dataset", table.dataset],
    }[job]()
    return [sys.executable, str(project.root / "pipeline.py"), *words, "--runs", str(project.runs)]


def _data(project: Project, dataset: str) -> list[str]:
    """`--data` as the last run of the dataset had it."""
    seen = look_back(project.runs, dataset).get(dataset)
    words = shlex.split(next_command(seen.last)) if seen and seen.last else []
    return words[words.index("--data") :][:2] if "--data" in words else []


def _places(table: Timetable, due: str) -> list[str]:
    """Input and output of a scoring: paths are from the definition's folder."""
    given = table.schedule.input
    located = given if "://" in given else str(table.config.parent / given)
    output = table.schedule.output.replace("{due}", compact(due))
    return [located, "-o", str(table.config.parent / output)]


def compact(due: str) -> str:
    """A due time as it may stand in the name of a file: 20261128-060000, in UTC."""
    return due.replace("-", "").replace(":", "").replace("T", "-").rstrip("Z")


def log_of(runs: Path, dataset: str, job: str, due: str) -> Path:
    """The file for what a job says; its folder is made, and the oldest logs of the job go."""
    folder = runs / WATCH / "logs" / dataset
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{job}-{compact(due)}.log"
    for old in sorted(folder.glob(f"{job}-*.log"), reverse=True)[KEPT:]:
        if old != path:
            old.unlink(missing_ok=True)
    return path


def last_words(log: Path) -> str:
    """What a failed job said last, or its error where it told one."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 20_000))
            lines = [line.strip() for line in file.read().decode(errors="replace").splitlines() if line.strip()]
    except OSError:
        return ""
    told = [line for line in lines if line.startswith(("error:", "internal error:"))]
    return (told or lines or [""])[-1][:500]
