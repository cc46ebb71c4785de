"""`retire`: a model is not to serve any more."""

import click

from churn_mlops.cli.options import answering, reason_option


@click.command()
@click.argument("version")
@reason_option(required=True)
@answering
def retire(project, version, reason, as_json):
    """Say, on record, that VERSION is not to serve any more. Approving it takes that back."""
    from churn_mlops.cli.acting import done
    from churn_mlops.pipelines.governance.asking import chosen_version
    from churn_mlops.pipelines.governance.describing import describe_record
    from churn_mlops.registry import acts

    version, dataset = chosen_version(project.runs, version)
    record = acts.retire(project.runs, dataset, version, reason)
    done(
        project, describe_record(record), as_json, f"{version}: retired by {record.by}, record {record.n} of {dataset}."
    )
