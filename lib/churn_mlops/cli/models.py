"""`models`: the registry as a list."""

import click

from churn_mlops.cli.options import answering, dataset_option, show


@click.command()
@dataset_option
@answering
def models(project, dataset, as_json):
    """List the models that runs have registered, newest first, and where each stands."""
    from churn_mlops.pipelines.governance.asking import chosen_datasets
    from churn_mlops.pipelines.governance.describing import describe_models
    from churn_mlops.pipelines.governance.text import models_table

    show(describe_models(project.runs, chosen_datasets(project.runs, dataset)), as_json, models_table)
