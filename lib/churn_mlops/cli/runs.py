"""`runs`: the archive as a list."""

import click

from churn_mlops.archive.parsing import understood
from churn_mlops.cli.options import answering, show
from churn_mlops.pipelines.answers import describe_runs, runs_table


@click.command()
@answering
def runs(project, as_json):
    """List the archive: every run, newest first."""
    with understood(project.runs, "expected versions as runs leave them"):
        show(describe_runs(project.runs), as_json, runs_table)
