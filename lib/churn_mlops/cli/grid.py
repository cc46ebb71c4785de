"""A grid on the command line: what `run` does when it is given several settings."""

import json
import sys
import time
from dataclasses import replace

from churn_mlops.cli.options import shown


def run_settings(project, request, settings, options: list[str], jobs: int | None, dry_run: bool, as_json: bool) -> int:
    """Run all settings, or say what would run; returns the exit code."""
    if dry_run:
        _print_plans(project, request, settings, as_json)
        return 0
    from churn_mlops.pipelines.following import draw_index
    from churn_mlops.pipelines.grids.record import grid_table
    from churn_mlops.pipelines.grids.runner import Order, run_grid

    there = {p.stage.name for p in _plan(project, request, settings[0]) if p.action == "reuse"}
    order = Order(project, request, settings, options, there, jobs)
    begun = time.monotonic()
    grid = run_grid(order, lambda line: print(f"[{time.monotonic() - begun:6.1f} s] {line}", file=sys.stderr))
    draw_index(project.runs)
    folder = project.runs / "grids" / grid["grid"]
    print(json.dumps(grid | {"folder": str(folder)}, indent=2) if as_json else f"\n{grid_table(grid)}\n")
    if not as_json:
        _print_what_next(grid, folder)
    return grid["exit_code"]


def _plan(project, request, setting):
    """What one setting would do."""
    from churn_mlops.pipelines.cache.inputs import Inputs
    from churn_mlops.pipelines.plan import make_plan

    request = replace(request, parameters=setting.parameters)
    return make_plan(project, request, Inputs(project, request.config, request.located, request.parameters))


def _print_plans(project, request, settings, as_json: bool) -> None:
    from churn_mlops.pipelines.grids.grid import varied
    from churn_mlops.pipelines.grids.record import label, waiting
    from churn_mlops.pipelines.plan import plan_text

    rows = [waiting(setting, varied(settings)) for setting in settings]
    plans = [_plan(project, request, setting) for setting in settings]
    if as_json:
        told = [[{"stage": p.stage.name, "action": p.action, "reason": p.reason} for p in plan] for plan in plans]
        both = zip(rows, told, strict=True)
        print(json.dumps([{"parameters": row["parameters"], "stages": plan} for row, plan in both], indent=2))
        return
    for row, plan in zip(rows, plans, strict=True):
        print(f"{row['number']} of {len(rows)}: {label(row)}\n{plan_text(plan)}\n")


def _print_what_next(grid: dict, folder) -> None:
    if grid["best"]:
        best = grid["settings"][grid["best"] - 1]
        print(f"* best by profit, then ROC AUC, on the test customers: {best['version']}. The champion stays.")
        print(f"  To run it for good   {grid['command']}")
    print(f"  This grid            {shown(folder / 'index.html')}")
