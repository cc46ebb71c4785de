"""`audit`: what was done, by whom; `audit verify` checks it, `audit anchor` prints the head of it."""

import sys

import click

from churn_mlops.cli.options import answering, dataset_option, show

DAMAGED = 4  # exit code


@click.group(invoke_without_command=True)
@dataset_option
@answering
@click.pass_context
def audit(context, project, dataset, as_json):
    """Show the audit log: runs, registrations, approvals, promotions, alerts, deletions, oldest first.

    `audit verify` checks every record, `audit anchor` prints the head of each log, to keep elsewhere.
    """
    from churn_mlops.pipelines.governance.asking import chosen_datasets
    from churn_mlops.pipelines.governance.describing import describe_log
    from churn_mlops.pipelines.governance.text import records_text

    if context.invoked_subcommand is None:
        show(describe_log(project.runs, chosen_datasets(project.runs, dataset)), as_json, records_text)


@audit.command()
@dataset_option
@answering
def anchor(project, dataset, as_json):
    """Print the head of each log. Kept in a git tag or a ticket, it shows whether a log was cut or put back."""
    from churn_mlops.pipelines.governance.asking import chosen_datasets
    from churn_mlops.registry.audit.anchor import make_anchor
    from churn_mlops.registry.pointer import registry_folder

    found = [make_anchor(registry_folder(project.runs, name)) for name in chosen_datasets(project.runs, dataset)]
    show([str(one) for one in found if one], as_json, "\n".join)


@audit.command()
@click.option("--anchor", "anchors", multiple=True, metavar="HEAD", help="What `audit anchor` printed; may repeat.")
@dataset_option
@answering
def verify(project, anchors, dataset, as_json):
    """Check every record of the log, and that the archive bears it out; names each that is wrong."""
    from churn_mlops.pipelines.governance.asking import chosen_datasets, policy_of
    from churn_mlops.pipelines.governance.describing import describe_audited
    from churn_mlops.pipelines.governance.text import audited_text
    from churn_mlops.registry.audit.anchor import read_anchor
    from churn_mlops.registry.auditing import verify_audit

    known = [read_anchor(text) for text in anchors]
    datasets = sorted({*chosen_datasets(project.runs, dataset), *(one.dataset for one in known)})
    rows = []
    for name in datasets:
        own = [one for one in known if one.dataset == name]
        rows.append(describe_audited(verify_audit(project.runs, name, policy_of(project, name), own)))
    show(rows, as_json, audited_text)
    sys.exit(DAMAGED if any(row["problems"] for row in rows) else 0)
