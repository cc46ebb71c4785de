"""What several commands share: the archive's place, --json, --debug, and how answers and paths are printed."""

import json
from pathlib import Path

import click

from churn_mlops.pipelines.project import Project


def _place(context, _, value):
    """Let the command see the project with its archive where --runs says."""
    if value:
        context.obj = context.obj.with_runs(Path(value).absolute())


runs_option = click.option(
    "--runs", callback=_place, expose_value=False, metavar="DIR", help="The archive. Default: runs/ beside pipeline.py."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
debug_option = click.option("--debug", is_flag=True, expose_value=False, help="Show the traceback of an error.")
dataset_option = click.option("--dataset", default="", metavar="NAME", help="The dataset, where there are several.")
key_option = click.option(
    "--call-key",
    "key",
    default="",
    metavar="TEXT",
    help="A name for this call: the same again gives what came of it, done once.",
)
pass_project = click.make_pass_decorator(Project)


def answering(command):
    """The options of every command that answers."""
    return runs_option(json_option(debug_option(pass_project(command))))


def reason_option(required: bool = False):
    """Why something is done, in a line that goes on record."""
    given = {"required": True} if required else {"default": ""}
    return click.option("--reason", metavar="TEXT", help="Why; goes on record.", **given)


def show(answer, as_json: bool, as_text) -> None:
    """Print an answer: as JSON for a machine, or as what `as_text` makes of it."""
    print(json.dumps(answer, indent=2) if as_json else as_text(answer))


def shown(path: Path) -> str:
    """A path as short as it can be typed from here."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
