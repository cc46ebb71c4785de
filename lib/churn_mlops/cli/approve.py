"""`approve`: a person other than the author of a run says that its model may serve."""

import click

from churn_mlops.cli.options import answering, reason_option


@click.command()
@click.argument("version")
@reason_option(required=True)
@answering
def approve(project, version, reason, as_json):
    """Say, on record, that VERSION may serve. The author of its run cannot."""
    from churn_mlops.cli.acting import done
    from churn_mlops.pipelines.governance.asking import chosen_version, policy_of
    from churn_mlops.pipelines.governance.describing import describe_record
    from churn_mlops.registry import acts

    version, dataset = chosen_version(project.runs, version)
    record = acts.approve(project.runs, dataset, version, reason, policy_of(project, dataset, version))
    done(
        project,
        describe_record(record),
        as_json,
        f"{version}: approved by {record.by}, record {record.n} of {dataset}.",
        draw=True,
    )
