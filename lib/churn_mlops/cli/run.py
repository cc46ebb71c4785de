"""`run`: check everything that can be checked, run the pipeline, print the verdict."""

import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import click

from churn_mlops.cli.options import answering, key_option, shown
from churn_mlops.errors import ConfigError


@click.command()
@click.option("--config", metavar="FILE", help="Dataset definition. Default: configs/simulator.toml.")
@click.option("--data", default="", metavar="FILE", help="The data, in place of the source in the definition.")
@click.option("-p", "overrides", multiple=True, metavar="STAGE.NAME=VALUE", help="Set a parameter; 1,2 is a run each.")
@click.option("--force", is_flag=True, help="Run every stage, also those whose result is there already.")
@click.option("--from", "first", default="", metavar="STAGE", help="Run this stage and all after it.")
@click.option("--to", "last", default="", metavar="STAGE", help="Run nothing after this stage.")
@click.option("--only", default="", metavar="STAGE", help="Run this stage alone, on the results that are there.")
@click.option("--dry-run", is_flag=True, help="Say what would run and why; run nothing.")
@click.option("--strict", is_flag=True, help="Fail a stage that reads what it does not declare.")
@click.option("--timeout", type=click.FloatRange(min=1), help="Seconds that each stage may take.")
@click.option("--as-of", default="", metavar="DAY", help="Look from a day, like 2026-03-31: what came later is hidden.")
@click.option(
    "--promote/--no-promote",
    "promote",
    default=None,
    help="--no-promote: an experiment; so is --as-of unless --promote.",
)
@click.option("--grid", metavar="FILE", help="A run for each setting in a TOML or CSV file, compared on a page.")
@click.option("--jobs", type=click.IntRange(min=1), help="Runs of a grid at once. Default: one a core.")
@click.option(
    "--scheduler", default="", envvar="CHURN_SCHEDULER", metavar="URL", help="Dask scheduler, tcp://HOST:PORT."
)
@click.option("--at-most", type=click.IntRange(min=1), default=100, help="Runs of a grid in all. Default: 100.")
@click.option("--end-with-stdin", is_flag=True, hidden=True)
@key_option
@answering
def run(
    project, config, data, overrides, force, first, last, only, dry_run, strict, timeout, as_of, promote, grid,
    jobs, scheduler, at_most, end_with_stdin, key, as_json,
):  # fmt: skip
    """Run the pipeline: its notebooks in order, archived under runs/. What has not changed is reused."""
    if end_with_stdin:
        from churn_mlops.pipelines.interruption import end_with_parent

        end_with_parent()
    from churn_mlops.pipelines.cache import index
    from churn_mlops.pipelines.kernels.ahead import Ahead

    with Ahead(project) as ahead:
        if not (dry_run or grid) and (force or index.is_empty(project.runs)):
            ahead.start()  # it will run, and reading and planning take longest then
        from churn_mlops.config import read_config
        from churn_mlops.pipelines.grids.grid import make_settings
        from churn_mlops.pipelines.plan import default_config, locate_data
        from churn_mlops.pipelines.request import Request

        settings = read_config(Path(config) if config else default_config(project))
        if as_of:
            from churn_mlops.data.asof import as_known

            settings = replace(settings, definition=as_known(settings.definition, as_of))
        if key:
            _answer_again(project, settings, key, bool(grid), as_json)
        rows = _rows(grid)
        chosen, repeated = make_settings(project.stages, project.notebooks, settings, list(overrides), rows, at_most)
        experiment = _is_experiment(promote, as_of, bool(grid) or len(chosen) > 1)
        if scheduler:
            from churn_mlops.pipelines.cluster import check_scheduler

            check_scheduler(scheduler)
        which = {"force": force, "first": first, "last": last, "only": only, "key": key}
        how = {"timeout_s": timeout, "strict": strict, "experiment": experiment, "scheduler": scheduler}
        request = locate_data(Request(settings, data, "", chosen[0].parameters, **which, **how))
        if repeated:
            print(f"{repeated} settings repeat another and are left out.", file=sys.stderr)
        if key and len(chosen) > 1:
            raise ConfigError(_ONE)
        if not grid and len(chosen) == 1:
            sys.exit(_run(project, request, ahead, dry_run, as_json))
    from churn_mlops.cli.grid import run_settings

    options = _options(config=config, data=data, timeout=timeout, force=force, strict=strict, scheduler=scheduler)
    options += _options(**{"as-of": as_of, "from": first, "to": last, "only": only})
    sys.exit(run_settings(project, request, chosen, options, jobs, dry_run, as_json))


def _run(project, request, ahead, dry_run: bool, as_json: bool) -> int:
    """Plan the run, and make it unless there is nothing to do; gives the exit code."""
    from churn_mlops.pipelines.cache.inputs import Inputs
    from churn_mlops.pipelines.following import complete, is_left
    from churn_mlops.pipelines.plan import RUN, already_done, make_plan, plan_text
    from churn_mlops.pipelines.request import wanted_stages

    begun, wanted = bool(ahead.template), wanted_stages(project.stages, request)
    if begun:
        ahead.load(wanted[0])
    inputs = Inputs(project, request.config, request.located, request.parameters)
    plan = make_plan(project, request, inputs)
    inputs.save()
    if dry_run:
        steps = [{"stage": p.stage.name, "action": p.action, "reason": p.reason} for p in plan]
        print(json.dumps(steps, indent=2) if as_json else plan_text(plan))
        return 0
    done = None if begun else already_done(project, request, plan)
    if done:
        if is_left(project, done):
            complete(project, done, request.config)
        _print_nothing_to_do(project, done, as_json)
        return 0
    if request.scheduler and any(planned.action == RUN for planned in plan):
        from churn_mlops.pipelines.cluster import let_kernels_use

        let_kernels_use(request.scheduler)
    if not begun:
        ahead.start()
        ahead.load(wanted[0])

    from churn_mlops.pipelines.hooks import run_hooks
    from churn_mlops.pipelines.progress import make_progress
    from churn_mlops.pipelines.runner import run

    result = run(project, request, make_progress(len(plan)), inputs, ahead.take())
    print(json.dumps(_answer(result), indent=2)) if as_json else _print_verdict(result, project)
    for warning in (*run_hooks(request.config.hooks, project, result), *_tell_tracking_server(project, result)):
        print(f"warning: {warning}", file=sys.stderr)
    return result.exit_code


_ONE = "--call-key: is of one run, and a grid makes several. Cure: leave it out."


def _answer_again(project, settings, key: str, grid: bool, as_json: bool) -> None:
    """Where a run was made by this key, do what a kill has left undone of it, answer, and end."""
    from churn_mlops.pipelines.following import complete
    from churn_mlops.pipelines.keyed import check_key, run_of

    if grid:
        raise ConfigError(_ONE)
    done = run_of(project.runs, settings.definition.dataset.name, check_key(key))
    if done:
        complete(project, done, settings)
        _print_nothing_to_do(project, done, as_json, f"{done} was made by this key.")
        sys.exit(0)


def _tell_tracking_server(project, result) -> list[str]:
    """Tell an MLflow server of the run, where one is named; the warnings."""
    if not os.environ.get("MLFLOW_TRACKING_URI"):
        return []
    from churn_mlops.pipelines.tracking.sending import send

    return send(project, result)


def _is_experiment(promote: bool | None, as_of: str, many: bool) -> bool:
    """Whether the champion stays whatever comes: asked for, for a grid, or for a run that looks from another day."""
    if promote and many:
        raise ConfigError("--promote with several settings: a grid never moves the champion. Cure: leave it out.")
    return many or (bool(as_of) if promote is None else not promote)


def _rows(grid: str | None) -> list[list[str]] | None:
    """The settings in the file, if one was given."""
    if not grid:
        return None
    from churn_mlops.pipelines.grids.file import read_settings

    return read_settings(Path(grid))


def _options(**given) -> list[str]:
    """The options as they were typed."""
    found = []
    for name, value in given.items():
        if value:
            found += [f"--{name}"] if value is True else [f"--{name}", str(value)]
    return found


def _print_nothing_to_do(project, version: str, as_json: bool, why: str = "") -> None:
    """The answer of a run whose result is in the archive already: that result."""
    from churn_mlops.archive.versions import read_manifest, read_metrics

    folder = project.runs / version
    if as_json:
        manifest, metrics = read_manifest(project.runs, version), read_metrics(project.runs, version)
        told = {key: manifest[key] for key in _TOLD}
        print(json.dumps({"version": version, **told, "metrics": metrics, "folder": str(folder)}, indent=2))
        return
    why = why or f"nothing has changed since {version}. To run it all the same: --force."
    print(f"Nothing to do: {why}")
    print(f"\n  That run   {shown(folder / 'index.html')}\n  All runs   {shown(project.runs / 'index.html')}")


_TOLD = ("status", "verdict", "dataset", "seconds", "error")


def _answer(result) -> dict:
    told = {key: result.manifest[key] for key in _TOLD}
    return {"version": result.version, **told, "metrics": result.metrics, "folder": str(result.folder)}


def _print_verdict(result, project) -> None:
    from churn_mlops.pipelines.answers import headline_metrics

    error = result.manifest["error"]
    if error:
        print(f"error: {error['message']}", file=sys.stderr)
    print(f"\n{result.manifest['verdict']}.  Version {result.version}, {result.manifest['seconds']:.1f} s")
    for line in headline_metrics(result.metrics):
        print(f"  {line}")
    if result.manifest["promotion"]:
        print(f"  {result.manifest['promotion']['reason']}")
    for alert in result.manifest["alerts"] or []:
        print(f"  alert ({alert['severity']}): {alert['message']}")
    print(f"\n  This run   {shown(result.folder / 'index.html')}")
    print(f"  All runs   {shown(project.runs / 'index.html')}")
