"""A grid executed: each setting an ordinary run in a process of its own, side by side, recorded as they end."""

import os
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import reduce
from pathlib import Path

from churn_mlops.archive.versions import now
from churn_mlops.pipelines.grids import record
from churn_mlops.pipelines.grids.alive import alive
from churn_mlops.pipelines.grids.children import Children
from churn_mlops.pipelines.grids.grid import Setting, as_argument, varied
from churn_mlops.pipelines.grids.sharing import Sharing
from churn_mlops.pipelines.hiding import Hiding
from churn_mlops.pipelines.interruption import interruptible
from churn_mlops.pipelines.project import Project
from churn_mlops.pipelines.request import Request


@dataclass(frozen=True)
class Order:
    """What is to be run: the settings, the request they share, and the options that each run is started with."""

    project: Project
    request: Request
    settings: list[Setting]
    options: list[str]  # --config FILE and alike; -p comes from the settings
    there: set[str]  # names of the stages that the first setting finds in the archive
    jobs: int | None = None  # runs at once; None: one a core


def run_grid(order: Order, say) -> dict:
    """Run all settings, also when one fails; returns what grid.json holds. `say` prints a line of progress.

    Raises InterruptedTwice; the first interruption ends the runs, each archived as interrupted.
    """
    begun, jobs = time.monotonic(), order.jobs or os.cpu_count() or 1
    sharing = Sharing(order.project.stages, order.request, order.settings, order.there)
    hide = _hiding(order)
    grid = hide(_begin(order, jobs))
    with alive(order.project.runs, grid["grid"]):
        _run_all(order, grid, sharing, jobs, begun, hide, say)
    return grid


def _run_all(order: Order, grid: dict, sharing: Sharing, jobs: int, begun: float, hide, say) -> None:
    rows = {row["number"]: row for row in grid["settings"]}
    children = Children()
    try:
        with interruptible(children.stop):
            while True:
                _start_what_may(order, sharing, children, jobs, rows, say)
                _publish(order, grid, begun, hide)
                if not children.alive:
                    break
                ended = children.wait()
                if ended:
                    sharing.end(ended.number, ended.exit_code == 0)
                    rows[ended.number].update(hide(record.outcome(ended, children.stopped)))
                    say(f"{_said(rows[ended.number], rows)} {_ending(rows[ended.number])}")
    finally:
        children.close()
    grid.update(finished=now(), exit_code=_exit_code(rows, children))
    _publish(order, grid, begun, hide)


def _begin(order: Order, jobs: int) -> dict:
    names = varied(order.settings)
    return {
        "schema": record.SCHEMA,
        "grid": f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(3)}",
        "dataset": order.request.config.definition.dataset.name,
        "started": now(),
        "finished": None,
        "jobs": jobs,
        "varied": names,
        "settings": [record.waiting(setting, names) for setting in order.settings],
    }


def _start_what_may(order: Order, sharing: Sharing, children: Children, jobs: int, rows, say) -> None:
    pipeline = order.project.root / "pipeline.py"
    while not children.stopped and len(children.alive) < jobs:
        number = sharing.next()
        if number is None:
            return
        chosen = [part for text in _setting(order, number).overrides for part in ("-p", as_argument(text))]
        arguments = ["--runs", str(order.project.runs), "--no-promote", *order.options, *chosen]
        # All cores for one run, a share of them for each of several: a model is the same with any number of threads.
        children.start(number, pipeline, arguments, max(1, (os.cpu_count() or 1) // min(jobs, len(rows))))
        rows[number]["status"] = "running"
        say(f"{_said(rows[number], rows)} started")


def _setting(order: Order, number: int) -> Setting:
    return next(setting for setting in order.settings if setting.number == number)


def _said(row: dict, rows: dict) -> str:
    return f"{row['number']} of {len(rows)} ({record.label(row)})"


def _ending(row: dict) -> str:
    told = row["version"] if row["status"] == "succeeded" else record.first_line(row["error"])
    return f"{row['status']} in {row['seconds']:.1f} s: {told}"


def _exit_code(rows: dict, children: Children) -> int:
    """That of the signal that ended all, or of the first setting that failed."""
    if children.stopped:
        return children.stopped.exit_code
    return next((row["error"]["exit_code"] for row in rows.values() if row["error"]), 0)


def _publish(order: Order, grid: dict, begun: float, hide) -> None:
    """Put what is known by now where it is found."""
    grid["seconds"] = round(time.monotonic() - begun, 3)
    grid |= hide(record.conclude(grid, order))
    record.write(Path(order.project.runs), grid)


def _hiding(order: Order) -> Callable:
    """What takes the secrets of all settings out of a value."""
    texts = {}
    for setting in order.settings:
        own = {n: {k: v for k, v in values.items() if isinstance(v, str)} for n, values in setting.parameters.items()}
        texts[repr(own)] = own  # mostly one, as only texts can be secrets
    names = order.request.config.alerts.channels
    hidings = [Hiding(order.project.root, own, names) for own in texts.values()]
    return lambda value: reduce(lambda hidden, hiding: hiding.value(hidden), hidings, value)
