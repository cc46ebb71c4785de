"""`status`: when did it last run, which model serves, from what, and is any alert open."""

import click

from churn_mlops.cli.options import answering, show
from churn_mlops.pipelines.answers import describe_status, status_text


@click.command()
@answering
def status(project, as_json):
    """Last run, champion, age of its data, open alerts."""
    show(describe_status(project.runs), as_json, status_text)
