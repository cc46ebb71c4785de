"""`diff`: what differs between two runs, and what that comes from."""

import click

from churn_mlops.cli.options import answering, show


@click.command()
@click.argument("a")
@click.argument("b")
@answering
def diff(project, a, b, as_json):
    """What differs between two runs: inputs first, then what came of them.

    A and B are versions, or the beginning of one, `latest`, `champion` or `champion:DATASET`.
    """
    from churn_mlops.pipelines.differences.difference import difference
    from churn_mlops.pipelines.differences.text import difference_text
    from churn_mlops.pipelines.naming import resolve

    versions = resolve(project.runs, a), resolve(project.runs, b)
    show(difference(project.runs, *versions, project.stages), as_json, difference_text)
