"""`reject`: a model must not serve."""

import click

from churn_mlops.cli.options import answering, reason_option


@click.command()
@click.argument("version")
@reason_option(required=True)
@answering
def reject(project, version, reason, as_json):
    """Say, on record, that VERSION must not serve. Approving it takes that back."""
    from churn_mlops.cli.acting import done
    from churn_mlops.pipelines.governance.asking import chosen_version
    from churn_mlops.pipelines.governance.describing import describe_record
    from churn_mlops.registry import acts

    version, dataset = chosen_version(project.runs, version)
    record = acts.reject(project.runs, dataset, version, reason)
    done(
        project,
        describe_record(record),
        as_json,
        f"{version}: rejected by {record.by}, record {record.n} of {dataset}.",
    )
