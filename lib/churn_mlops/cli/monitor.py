"""`monitor`: look at the champion with the data of now, and say whether anything calls for an alert."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import click

from churn_mlops.cli.options import answering, key_option, shown
from churn_mlops.pipelines.exits import ALERTED


@click.command()
@click.option("--config", metavar="FILE", help="Dataset definition. Default: configs/simulator.toml.")
@click.option("--data", default="", metavar="FILE", help="The data of now, in place of the source in the definition.")
@click.option("--as-of", default="", metavar="DAY", help="Look from a day, like 2026-03-31: what came later is hidden.")
@click.option("-p", "overrides", multiple=True, metavar="STAGE.NAME=VALUE", help="Set a parameter, such as a limit.")
@click.option("--force", is_flag=True, help="Look also where nothing has changed since the last look.")
@key_option
@answering
def monitor(project, config, data, as_of, overrides, force, key, as_json):
    """Hold the champion against new data; trains and promotes nothing. Ends with 12 if alerts are raised."""
    from churn_mlops.config import read_config
    from churn_mlops.data.asof import as_known
    from churn_mlops.pipelines.cache.inputs import Inputs
    from churn_mlops.pipelines.grids.grid import make_settings
    from churn_mlops.pipelines.keyed import check_key, run_of
    from churn_mlops.pipelines.monitoring import check_champion
    from churn_mlops.pipelines.plan import already_done, default_config, locate_data, make_plan
    from churn_mlops.pipelines.request import Request

    settings = read_config(Path(config) if config else default_config(project))
    settings = replace(settings, definition=as_known(settings.definition, as_of))
    if version := run_of(project.runs, settings.definition.dataset.name, check_key(key)):
        _answer(project, *_completed(project, version, settings), True, as_json)
    check_champion(project.runs, settings.definition)
    chosen, _ = make_settings(project.stages, project.notebooks, settings, list(overrides), None, 1)
    how = {"experiment": bool(as_of), "monitor": True}
    asked = Request(settings, data, "", chosen[0].parameters, key=key, force=force, **how)
    request = locate_data(asked)
    inputs = Inputs(project, request.config, request.located, request.parameters)
    plan = make_plan(project, request, inputs)
    inputs.save()
    done = None if force else already_done(project, request, plan)
    manifest, code = _archived(project, done) if done else _looked(project, request, inputs, len(plan))
    _answer(project, manifest, code, bool(done), as_json)


def _answer(project, manifest: dict, code: int, known: bool, as_json: bool) -> None:
    _show(project, manifest, known, as_json)
    sys.exit(code or (ALERTED if manifest["alerts"] else 0))


def _completed(project, version: str, settings) -> tuple[dict, int]:
    """The look that was made by this key, with what a kill has left undone of it."""
    from churn_mlops.pipelines.following import complete

    complete(project, version, settings)
    return _archived(project, version)


def _archived(project, version: str) -> tuple[dict, int]:
    """What the last look found, where nothing has changed since."""
    from churn_mlops.archive.versions import read_manifest

    return read_manifest(project.runs, version), 0


def _looked(project, request, inputs, stages: int) -> tuple[dict, int]:
    """A new look, with what hooks and a tracking server have to say told beside it."""
    from churn_mlops.pipelines.hooks import run_hooks
    from churn_mlops.pipelines.progress import make_progress
    from churn_mlops.pipelines.runner import run

    result = run(project, request, make_progress(stages), inputs)
    for warning in run_hooks(request.config.hooks, project, result):
        print(f"warning: {warning}", file=sys.stderr)
    return result.manifest, result.exit_code


def _show(project, manifest: dict, known: bool, as_json: bool) -> None:
    from churn_mlops.pipelines.monitoring import monitor_text, monitored

    answer = monitored(project.runs, manifest, known)
    if as_json:
        print(json.dumps(answer, indent=2))
        return
    print(monitor_text(answer))
    print(f"\n  This look  {shown(project.runs / manifest['version'] / 'index.html')}")
