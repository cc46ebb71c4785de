"""`alerts`: what is open, since when, what it may cost, what to do; `alerts ack` and `alerts send`."""

import sys
from pathlib import Path

import click

from churn_mlops.cli.options import answering, dataset_option, reason_option, show, shown

NOT_SENT = 1  # exit code


@click.group(invoke_without_command=True)
@click.option("--all", "everything", is_flag=True, help="Also what is over, and what was not seen often enough yet.")
@click.option(
    "--metrics", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write gauges for Prometheus."
)
@dataset_option
@answering
@click.pass_context
def alerts(context, project, dataset, metrics, everything, as_json):
    """Show the alerts that are open or acknowledged, those that need somebody first.

    `alerts ack ID --reason WHY` says, on record, that one is known; `alerts send` sends what a channel has not taken.
    """
    from churn_mlops.pipelines.alerts.describing import describe_alerts
    from churn_mlops.pipelines.alerts.text import alerts_text
    from churn_mlops.pipelines.governance.asking import chosen_datasets

    if context.invoked_subcommand is not None:
        return
    if metrics:
        _write_metrics(project, dataset, metrics)
    else:
        show(describe_alerts(project.runs, chosen_datasets(project.runs, dataset), everything), as_json, alerts_text)


def _write_metrics(project, dataset: str, path: Path) -> None:
    """Whole or not at all: node_exporter may read it at any moment."""
    from churn_mlops.archive.files import write_text
    from churn_mlops.pipelines.alerts.describing import metrics_text
    from churn_mlops.pipelines.status.describing import describe_status

    write_text(path, metrics_text(project.runs, describe_status(project.runs, dataset=dataset)))
    print(f"written: {shown(path.absolute())}")


@alerts.command()
@click.argument("name", metavar="ID")
@reason_option(required=True)
@dataset_option
@answering
def ack(project, name, reason, dataset, as_json):
    """Say, on record, that the alert ID is known, and why nothing more need be said of it."""
    from churn_mlops.cli.acting import done
    from churn_mlops.pipelines.alerts.asking import dataset_of
    from churn_mlops.pipelines.alerts.changing import acknowledge
    from churn_mlops.pipelines.governance.describing import describe_record

    dataset = dataset_of(project.runs, name, dataset)
    record = acknowledge(project.runs, dataset, name, reason)
    said = f"{record.facts['alert']}: acknowledged by {record.by}, record {record.n} of {dataset}."
    done(project, describe_record(record), as_json, said, draw=True)


@alerts.command()
@dataset_option
@answering
def send(project, dataset, as_json):
    """Send what a channel has not taken yet. Ends with 1 where one still does not take it."""
    from churn_mlops.pipelines.alerts.changing import record_with_alerts
    from churn_mlops.pipelines.alerts.describing import describe_alerts
    from churn_mlops.pipelines.alerts.sending import send as send_all
    from churn_mlops.pipelines.governance.asking import chosen_datasets

    datasets, failed = chosen_datasets(project.runs, dataset), []
    for name in datasets:
        record_with_alerts(project.runs, name)
        failed += [f"{name}: {one}" for one in send_all(project.runs, name)]
    channels = {name: one["channels"] for name, one in describe_alerts(project.runs, datasets)["datasets"].items()}
    show({"channels": channels, "failed": failed}, as_json, _sent_text)
    sys.exit(NOT_SENT if failed else 0)


def _sent_text(answer: dict) -> str:
    if answer["failed"]:
        return "\n".join(f"not sent: {one}" for one in answer["failed"])
    if not any(answer["channels"].values()):
        return "No channel is set. Cure: CHURN_NOTIFY=URL, or [alerts] channels in the definition; docs/alerts.md."
    return "Nothing waits: every channel has been told."
