"""`reject`: a model must not serve."""

import click

from churn_mlops.cli.options import answering, reason_option


@click.command()
@click.argument("version")
@reason_option(required=True)
@answering
def reject(project, version, reason, as_json):
    """Say, on record, that VERSION must not serve. Approving it takes that back."""
    from churn_mlops.cli.acting import withdraw
    from churn_mlops.registry import acts

    withdraw(project, version, reason, as_json, acts.reject, "rejected")
