"""`drill`: play what goes wrong with models, and see whether this project's checks tell."""

import sys
from pathlib import Path

import click

from churn_mlops.cli.options import answering, show, shown

MISSED = 4  # exit code


@click.command()
@click.option("--into", default="", metavar="DIR", help="Where the page goes. Default: drill/ in the archive.")
@answering
def drill(project, into, as_json):
    """Play nine incidents on a simulated business in a temporary archive: is each detected, by what, and when?"""
    from churn_mlops.archive.files import write_json
    from churn_mlops.pipelines.drill.playing import as_text, play
    from churn_mlops.reports.drill import render_drill

    answer = play(project.root, lambda line: print(line, file=sys.stderr, flush=True))
    folder = Path(into).absolute() if into else project.runs / "drill"
    write_json(folder / "drill.json", answer)
    render_drill(folder / "index.html", answer)
    page = shown(folder / "index.html")
    show({**answer, "page": page}, as_json, lambda told: f"\nPage  {page}\n\n{as_text(told)}")
    sys.exit(0 if answer["detected"] == answer["of"] else MISSED)
