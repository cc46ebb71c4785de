"""`new-stage`: a stage of one's own from the template, and the line that makes it part of the pipeline."""

from dataclasses import asdict

import click

from churn_mlops.cli.options import answering, show, shown


@click.command()
@click.argument("name")
@answering
def new_stage(project, name, as_json):
    """Make the notebook of a new stage, such as 035_segments, and tell what to add to pipeline.py."""
    from churn_mlops.pipelines.new_stage import as_text, make_stage

    made = make_stage(project, name)
    show(asdict(made) | {"notebook": shown(made.notebook)}, as_json, lambda _: as_text(made, shown(made.notebook)))
