"""The command line: parse, call, print. Commands that answer import nothing heavy and take --json."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from churn_mlops.errors import ChurnError
from churn_mlops.pipelines.project import Project
from churn_mlops.pipelines.stage import Stage

INTERNAL_ERROR = 70  # a mistake of ours, not of the user's

Json = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]
Runs = Annotated[Path | None, typer.Option("--runs", help="The archive. Default: runs/ beside pipeline.py.")]


def main(stages: tuple[Stage, ...], root: Path, arguments: list[str] | None = None) -> None:
    """Run the command line of the pipeline whose stages these are; `root` is the project's folder."""
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        make_app(stages, root)(args=arguments, standalone_mode=True)
    except ChurnError as error:
        if "--debug" in arguments:
            raise
        print(f"error: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except Exception as error:
        if "--debug" in arguments:
            raise
        print(f"internal error: {type(error).__name__}: {error}\nCure: run it again with --debug.", file=sys.stderr)
        sys.exit(INTERNAL_ERROR)


def make_app(stages: tuple[Stage, ...], root: Path) -> typer.Typer:
    """The commands, bound to a pipeline and its project."""
    app = typer.Typer(
        help="Run the pipeline: its notebooks in order, archived under runs/.",
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )

    @app.callback(invoke_without_command=True)
    def run(
        context: typer.Context,
        config: Annotated[
            Path | None, typer.Option(help="Dataset definition. Default: configs/simulator.toml.")
        ] = None,
        data: Annotated[str, typer.Option(help="The data, in place of the source in the definition.")] = "",
        parameter: Annotated[
            list[str] | None, typer.Option("-p", metavar="STAGE.NAME=VALUE", help="Set a parameter; repeatable.")
        ] = None,
        timeout: Annotated[float, typer.Option(min=1, help="Seconds that one stage may take.")] = 3600,
        runs: Runs = None,
        as_json: Json = False,
        debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    ):
        """Run the pipeline: its notebooks in order, archived under runs/."""
        if context.invoked_subcommand is None:
            project = Project(root, runs or root / "runs")
            config = config or root / "configs" / "simulator.toml"
            sys.exit(_run(project, stages, config, data, parameter or [], timeout, as_json))

    @app.command("runs")
    def list_runs(runs: Runs = None, as_json: Json = False):
        """List the archive: every run, newest first."""
        from churn_mlops.pipelines.answers import describe_runs, runs_table

        rows = describe_runs(runs or root / "runs")
        print(json.dumps(rows, indent=2) if as_json else runs_table(rows))

    @app.command()
    def status(runs: Runs = None, as_json: Json = False):
        """Last run, champion, age of its data, open alerts."""
        from churn_mlops.pipelines.answers import describe_status, status_text

        answer = describe_status(runs or root / "runs")
        print(json.dumps(answer, indent=2) if as_json else status_text(answer))

    return app


def _run(project: Project, stages, config_path: Path, data: str, overrides, timeout: float, as_json: bool) -> int:
    """Check everything that can be checked, run, print the verdict; returns the exit code."""
    from churn_mlops.config import read_config
    from churn_mlops.data.source import locate
    from churn_mlops.pipelines.parameters import plan_parameters

    config = read_config(config_path)
    parameters = plan_parameters(stages, project.notebooks, config, overrides)
    locate(config, data)  # raises for what cannot be read, before any kernel starts

    from churn_mlops.pipelines.progress import make_progress
    from churn_mlops.pipelines.runner import run

    result = run(project, stages, config, data, parameters, timeout, make_progress(len(stages)))
    if as_json:
        print(json.dumps({"version": result.version, **_headline(result)}, indent=2))
    else:
        _print_verdict(result, project)
    return result.exit_code


def _headline(result) -> dict:
    keys = ("status", "verdict", "dataset", "seconds", "error")
    return {key: result.manifest[key] for key in keys} | {"metrics": result.metrics, "folder": str(result.folder)}


def _print_verdict(result, project: Project) -> None:
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
    print(f"\n  This run   {_shown(result.folder / 'index.html')}")
    print(f"  All runs   {_shown(project.runs / 'index.html')}")


def _shown(path: Path) -> str:
    """A path as short as it can be typed from here."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
