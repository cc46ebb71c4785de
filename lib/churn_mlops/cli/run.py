"""`run`: check everything that can be checked, run the pipeline, print the verdict."""

import json
import sys
from pathlib import Path

import click

from churn_mlops.cli.options import answering, shown


@click.command()
@click.option("--config", metavar="FILE", help="Dataset definition. Default: configs/simulator.toml.")
@click.option("--data", default="", metavar="FILE", help="The data, in place of the source in the definition.")
@click.option("-p", "overrides", multiple=True, metavar="STAGE.NAME=VALUE", help="Set a parameter; repeatable.")
@click.option("--force", is_flag=True, help="Run every stage, also those whose result is there already.")
@click.option("--from", "first", default="", metavar="STAGE", help="Run this stage and all after it.")
@click.option("--to", "last", default="", metavar="STAGE", help="Run nothing after this stage.")
@click.option("--only", default="", metavar="STAGE", help="Run this stage alone, on the results that are there.")
@click.option("--dry-run", is_flag=True, help="Say what would run and why; run nothing.")
@click.option("--strict", is_flag=True, help="Fail a stage that reads what it does not declare.")
@click.option("--timeout", type=click.FloatRange(min=1), help="Seconds that each stage may take.")
@answering
def run(project, config, data, overrides, force, first, last, only, dry_run, strict, timeout, as_json):
    """Run the pipeline: its notebooks in order, archived under runs/. What has not changed is reused."""
    from churn_mlops.config import read_config
    from churn_mlops.pipelines.cache.inputs import Inputs
    from churn_mlops.pipelines.parameters import plan_parameters
    from churn_mlops.pipelines.plan import already_done, default_config, locate_data, make_plan, plan_text
    from churn_mlops.pipelines.request import Request

    settings = read_config(Path(config) if config else default_config(project))
    parameters = plan_parameters(project.stages, project.notebooks, settings, list(overrides))
    request = locate_data(Request(settings, data, "", parameters, timeout, force, first, last, only, strict))
    inputs = Inputs(project, settings, request.located, parameters)
    plan = make_plan(project, request, inputs)
    inputs.save()
    if dry_run:
        steps = [{"stage": p.stage.name, "action": p.action, "reason": p.reason} for p in plan]
        print(json.dumps(steps, indent=2) if as_json else plan_text(plan))
        return
    done = already_done(project, request, plan)
    if done:
        _print_nothing_to_do(project, done, as_json)
        return

    from churn_mlops.pipelines.hooks import run_hooks
    from churn_mlops.pipelines.progress import make_progress
    from churn_mlops.pipelines.runner import run

    result = run(project, request, make_progress(len(plan)), inputs)
    print(json.dumps(_answer(result), indent=2)) if as_json else _print_verdict(result, project)
    for warning in run_hooks(settings.hooks, project, result):
        print(f"warning: {warning}", file=sys.stderr)
    sys.exit(result.exit_code)


def _print_nothing_to_do(project, version: str, as_json: bool) -> None:
    """The answer of a run whose result is in the archive already: that result."""
    from churn_mlops.archive.versions import read_manifest, read_metrics

    folder = project.runs / version
    if as_json:
        manifest, metrics = read_manifest(project.runs, version), read_metrics(project.runs, version)
        told = {key: manifest[key] for key in _TOLD}
        print(json.dumps({"version": version, **told, "metrics": metrics, "folder": str(folder)}, indent=2))
        return
    print(f"Nothing to do: nothing has changed since {version}. To run it all the same: --force.")
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
