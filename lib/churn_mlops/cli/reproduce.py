"""`reproduce`: make a version again from the archive alone, and say whether it is the same."""

import functools
import sys
from pathlib import Path

import click

from churn_mlops.cli.options import answering, show


@click.command()
@click.argument("version")
@click.option("--same-env", is_flag=True, help="Run in this environment; by default in a fresh one from the lock.")
@click.option("--into", type=click.Path(path_type=Path), metavar="DIR", help="An empty folder to do it in, and keep.")
@click.option("--trust", is_flag=True, help="Also where it was imported, and nobody known here vouches for its code.")
@answering
def reproduce(project, version, same_env, into, trust, as_json):
    """Make VERSION (an id, the beginning of one, latest, champion) again from the archive alone, and compare.

    Its own source, data and definition are laid out in a clean folder and run there. Exit code 0: identical.
    """
    from churn_mlops.pipelines.exits import NOT_THE_SAME
    from churn_mlops.pipelines.naming import resolve
    from churn_mlops.pipelines.reproducing.comparing import IDENTICAL
    from churn_mlops.pipelines.reproducing.reproduce import reproduce
    from churn_mlops.pipelines.reproducing.text import reproduction_text

    tell = functools.partial(print, file=sys.stderr, flush=True)
    found = reproduce(project.runs, resolve(project.runs, version), same_env, into, tell, trust)
    show(found, as_json, reproduction_text)
    sys.exit(0 if found["verdict"] == IDENTICAL else NOT_THE_SAME)
