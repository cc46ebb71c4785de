"""What a grid writes down of itself: `runs/grids/<id>/grid.json`, the page beside it, and a table for the terminal."""

import math
import shlex
from pathlib import Path

from churn_mlops.archive.files import read_json, write_json
from churn_mlops.pipelines.execution import Stop
from churn_mlops.pipelines.exits import CELL_FAILED, INTERRUPTED
from churn_mlops.pipelines.grids.children import Ended
from churn_mlops.pipelines.grids.grid import Setting, as_argument

SCHEMA = 1  # of grid.json; raised when a name changes its meaning
GRIDS, RECORD = "grids", "grid.json"
METRICS = ("profit", "roc_auc", "average_precision", "lift_at_10", "brier")


def waiting(setting: Setting, names: list[str]) -> dict:
    """The row of a setting that has not started."""
    nothing = dict.fromkeys(("version", "verdict", "seconds", "error"))
    parameters = {name: setting.values[name] for name in names}
    return {"number": setting.number, "parameters": parameters, "status": "not run", **nothing, "metrics": {}}


def outcome(ended: Ended, stopped: Stop | None) -> dict:
    """What a setting's row says when its run has ended."""
    answer = ended.answer or {}
    error = answer.get("error") or (None if ended.exit_code == 0 else _error(ended))
    interrupted = bool(error and stopped)
    return {
        "status": "interrupted" if interrupted else "failed" if error else "succeeded",
        "version": answer.get("version"),
        "verdict": answer.get("verdict"),
        "seconds": ended.seconds,
        "error": error and {key: error.get(key) for key in ("stage", "kind", "message", "exit_code")},
        "metrics": {name: value for name, value in (answer.get("metrics") or {}).items() if _is_shown(name)},
    }


def _error(ended: Ended) -> dict:
    """The error of a run that ended before it could archive anything."""
    lines = [line for line in ended.told.splitlines() if line.strip()]
    found = [n for n, line in enumerate(lines) if line.startswith(("error:", "internal error:"))]
    message = "\n".join(lines[found[-1] :] if found else lines[-1:]) or f"ended with code {ended.exit_code}"
    code = ended.exit_code if ended.exit_code > 0 else INTERRUPTED if ended.exit_code == -2 else CELL_FAILED
    return {"kind": "NotArchived", "message": message.removeprefix("error: "), "exit_code": code}


def first_line(error: dict) -> str:
    """The first line of an error's message."""
    return (error["message"].splitlines() or [""])[0]


def _is_shown(name: str) -> bool:
    bare = name.removeprefix("champion_").removesuffix("_low").removesuffix("_high")
    return bare in METRICS


def conclude(grid: dict, order) -> dict:
    """The best setting, and the command that runs it for good; the state of the whole."""
    statuses = {row["status"] for row in grid["settings"]}
    best = best_of(grid["settings"])
    setting = next((s for s in order.settings if s.number == best), None)
    return {
        "status": next((s for s in ("running", "interrupted", "failed", "not run") if s in statuses), "succeeded"),
        "best": best,
        "command": setting and _command(setting, order.options),
    }


def _command(setting: Setting, options: list[str]) -> str:
    chosen = [part for text in setting.overrides for part in ("-p", as_argument(text))]
    return shlex.join(["python", "pipeline.py", *options, *chosen])


def best_of(rows: list[dict]) -> int | None:
    """The number of the succeeded setting with the highest profit, then ROC AUC; the first of equals."""
    ranked = [(_rank(row), -row["number"]) for row in rows if row["status"] == "succeeded"]
    ranked = [entry for entry in ranked if entry[0] != (-math.inf, -math.inf)]
    return -max(ranked)[1] if ranked else None


def _rank(row: dict) -> tuple[float, float]:
    found = (row["metrics"].get(name) for name in ("profit", "roc_auc"))
    return tuple(-math.inf if value is None or value != value else value for value in found)


def write(runs: Path, grid: dict) -> None:
    """Write grid.json and the page."""
    from churn_mlops.reports.grid import render_grid

    write_json(runs / GRIDS / grid["grid"] / RECORD, grid)
    render_grid(runs, grid)


def read_grids(runs: Path) -> list[dict]:
    """The grids of an archive, newest first; what cannot be read is left out."""
    found = []
    for path in sorted(Path(runs).glob(f"{GRIDS}/*/{RECORD}"), reverse=True):
        try:
            found.append(read_json(path))
        except (OSError, ValueError):
            continue
    return found


def label(row: dict) -> str:
    """`train.seed=1, train.folds=5`."""
    return ", ".join(f"{name}={value}" for name, value in row["parameters"].items()) or "as it is"


def grid_table(grid: dict) -> str:
    """The settings as aligned text."""
    header = ("", "setting", "profit", "ROC AUC", "seconds", "version, or why not")
    lines = [header, *(_cells(row, row["number"] == grid["best"]) for row in grid["settings"])]
    widths = [max(len(line[i]) for line in lines) for i in range(len(header))]
    return "\n".join("  ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)).rstrip() for line in lines)


def _cells(row: dict, best: bool) -> tuple[str, ...]:
    shown = [_with_interval(row["metrics"], name, shape) for name, shape in (("profit", ",.0f"), ("roc_auc", ".3f"))]
    seconds = "-" if row["seconds"] is None else f"{row['seconds']:.1f}"
    why = f"{row['status']}: {first_line(row['error'])}" if row["error"] else row["status"]
    told = row["version"] if row["status"] == "succeeded" else why
    return ("*" if best else "", label(row), *shown, seconds, told)


def _with_interval(metrics: dict, name: str, shape: str) -> str:
    value, low, high = (metrics.get(f"{name}{end}") for end in ("", "_low", "_high"))
    if value is None:
        return "-"
    interval = "" if low is None or high is None else f" ({low:{shape}} to {high:{shape}})"
    return f"{value:{shape}}{interval}"
