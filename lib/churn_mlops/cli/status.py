"""`status`: when did it last run, which model serves, by whose word, from what; what is stale, broken, due."""

import sys

import click

from churn_mlops.cli.options import answering, dataset_option, show
from churn_mlops.pipelines.status.describing import describe_status
from churn_mlops.pipelines.status.text import is_in_order, status_text

NOT_IN_ORDER = 1  # exit code


@click.command()
@dataset_option
@answering
def status(project, dataset, as_json):
    """Last run, champion and by whose word, ages, next run, alerts, what to do. Ends with 1 if stale or broken."""
    answer = describe_status(project.runs, dataset=dataset)
    show(answer, as_json, status_text)
    sys.exit(0 if is_in_order(answer) else NOT_IN_ORDER)
