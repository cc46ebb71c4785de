"""`why`: why a customer got a score, and what that came of, down to the cell that trained the model."""

import click

from churn_mlops.cli.options import answering, dataset_option, show, shown
from churn_mlops.errors import ConfigError


@click.command()
@click.argument("prediction_id", default="")
@click.option(
    "--customer", default="", metavar="ID", help="The champion's newest prediction of a customer; the others."
)
@click.option("--version", default="", metavar="V", help="With --customer: the one of this run.")
@dataset_option
@answering
def why(project, prediction_id, customer, version, dataset, as_json):
    """Explain PREDICTION_ID: VERSION/CUSTOMER of a run's list, or the id that the service has answered."""
    from churn_mlops.pipelines.governance.asking import chosen_dataset, chosen_version
    from churn_mlops.pipelines.why.describing import describe_customer, describe_prediction
    from churn_mlops.pipelines.why.text import why_text

    if bool(prediction_id) == bool(customer):
        raise ConfigError("why: expected a PREDICTION_ID or --customer ID. Cure: one of them.")
    if version and not customer:
        raise ConfigError("why --version: only with --customer ID. Cure: the id names its version already.")
    if prediction_id:
        answer = describe_prediction(project.runs, prediction_id)
    elif version:
        answer = describe_customer(project.runs, "", customer, chosen_version(project.runs, version)[0])
    else:
        answer = describe_customer(project.runs, chosen_dataset(project.runs, dataset), customer)
    show(answer, as_json, lambda answer: why_text(answer, lambda link: shown(project.runs / link)))
