"""`data`: the versions of the data, who uses them, and what changed between two."""

import click

from churn_mlops.cli.options import answering, show


@click.group(invoke_without_command=True)
@answering
@click.pass_context
def data(context, project, as_json):
    """List the versions of the data: rows, span of dates, and the runs and models made from each.

    `data diff A B` says what changed between two.
    """
    from churn_mlops.pipelines.datasets.history import describe_data
    from churn_mlops.pipelines.datasets.text import data_table

    if context.invoked_subcommand is None:
        show(describe_data(project.runs), as_json, data_table)


@data.command()
@click.argument("a")
@click.argument("b")
@answering
def diff(project, a, b, as_json):
    """What changed between two data versions: tables, columns, rows, and the distributions that moved most.

    A and B are data versions or the beginning of one, or runs, whose data is meant: an id or the beginning of one,
    latest, champion or champion:DATASET.
    """
    from churn_mlops.pipelines.datasets.difference import data_difference
    from churn_mlops.pipelines.datasets.text import difference_text

    show(data_difference(project.runs, a, b), as_json, difference_text)
