"""`lineage`: how the data of a run became features, a model and predictions."""

import sys
from pathlib import Path

import click

from churn_mlops.cli.options import answering, show


@click.command()
@click.argument("version", default="champion")
@click.option("--openlineage", metavar="FILE", help="Write it as OpenLineage events too, one JSON object a line.")
@answering
def lineage(project, version, openlineage, as_json):
    """Show how VERSION (an id, the beginning of one, latest, champion) came of its data, with digests of all files."""
    from churn_mlops.archive.versions import read_manifest
    from churn_mlops.pipelines.lineage.describing import describe_run_lineage
    from churn_mlops.pipelines.lineage.text import lineage_text
    from churn_mlops.pipelines.naming import resolve

    version = resolve(project.runs, version)
    if openlineage:
        from churn_mlops.pipelines.lineage.events import write_events

        count = write_events(Path(openlineage), read_manifest(project.runs, version))
        print(f"{count} events written to {openlineage}.", file=sys.stderr)
    show(describe_run_lineage(project.runs, version), as_json, lineage_text)
