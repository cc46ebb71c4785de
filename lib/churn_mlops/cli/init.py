"""`init`: a first dataset definition, from the data itself."""

from pathlib import Path

import click

from churn_mlops.cli.options import answering, show, shown


@click.command()
@click.argument("data", metavar="FILE|FOLDER|URL")
@click.option("--target", default="", metavar="COLUMN", help="The column that says who left. Default: guessed.")
@click.option("--id", "customer", default="", metavar="COLUMN", help="The column that names the customer.")
@click.option("--time", default="", metavar="COLUMN", help="The column with the day at which a row was known.")
@click.option("--table", default="", metavar="NAME", help="Of a database: the table, or SCHEMA.TABLE.")
@click.option("--query", default="", metavar="SQL", help="Of a database: the query that gives the table.")
@click.option("--output", default="", metavar="FILE", help="The definition. Default: configs/NAME.toml.")
@answering
def init(project, data, target, customer, time, table, query, output, as_json):
    """Look at data and write a commented dataset definition, with what was guessed and what was left out."""
    from churn_mlops.data.drafting import Asked, make_draft, save_draft
    from churn_mlops.data.drafting.draft import dataset_name
    from churn_mlops.data.drafting.saving import check_free
    from churn_mlops.data.sources import check_location

    check_location(data, table, query)
    asked = Asked(data, target, customer, time, table, query)
    path = Path(output) if output else project.root / "configs" / f"{dataset_name(asked)}.toml"
    check_free(Path(shown(path.absolute())))
    command = f"python pipeline.py --config {shown(path.absolute())}"
    draft = make_draft(asked, dataset_name(asked), path, command)
    save_draft(draft.text, path)
    answer = {"config": shown(path.absolute()), "decided": draft.decided, "unsure": draft.unsure, "next": command}
    show(answer, as_json, _as_text)


def _as_text(answer: dict) -> str:
    lines = [f"Wrote {answer['config']}.", "", "Decided", *(f"  {line}" for line in answer["decided"])]
    lines += ["", "Not sure; have a look", *(f"  {line}" for line in answer["unsure"])]
    return "\n".join([*lines, "", f"Next: {answer['next']}"])
