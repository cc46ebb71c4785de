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
@click.option("--timeout", type=click.FloatRange(min=1), default=3600.0, help="Seconds that one stage may take.")
@answering
def run(project, config, data, overrides, timeout, as_json):
    """Run the pipeline: its notebooks in order, archived under runs/."""
    from churn_mlops.config import read_config
    from churn_mlops.data.source import locate
    from churn_mlops.pipelines.parameters import plan_parameters

    settings = read_config(Path(config) if config else project.root / "configs" / "simulator.toml")
    parameters = plan_parameters(project.stages, project.notebooks, settings, list(overrides))
    locate(settings, data)  # raises for what cannot be read, before any kernel starts

    from churn_mlops.pipelines.progress import make_progress
    from churn_mlops.pipelines.runner import run

    result = run(project, settings, data, parameters, timeout, make_progress(len(project.stages)))
    print(json.dumps(_answer(result), indent=2)) if as_json else _print_verdict(result, project)
    sys.exit(result.exit_code)


def _answer(result) -> dict:
    keys = ("status", "verdict", "dataset", "seconds", "error")
    told = {key: result.manifest[key] for key in keys}
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
