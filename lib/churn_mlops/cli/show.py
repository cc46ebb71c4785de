"""`show`: one model, what its promotion needs, and all that is on record about it."""

import sys

import click

from churn_mlops.cli import options

DAMAGED = 4  # exit code


@click.command()
@click.argument("version")
@options.answering
def show(project, version, as_json):
    """Show VERSION (an id, the beginning of one, latest, champion): the model, its approvals, its records."""
    from churn_mlops.pipelines.governance.asking import known_model
    from churn_mlops.pipelines.governance.describing import describe_model
    from churn_mlops.pipelines.governance.text import model_text

    described = describe_model(project, known_model(project.runs, version))
    options.show(described, as_json, model_text)
    sys.exit(DAMAGED if described["problems"] else 0)
