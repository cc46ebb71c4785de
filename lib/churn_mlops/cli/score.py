"""`score`: customers in a file, a folder or a database, scored by the champion."""

from pathlib import Path

import click

from churn_mlops.cli.options import answering, key_option, show, shown


@click.command()
@click.argument("location", metavar="INPUT")
@click.option("-o", "--output", required=True, metavar="OUTPUT", help="The scores: a .parquet or a .csv file.")
@click.option("--version", default="champion", metavar="V", help="The model, or champion:DATASET. Default: champion.")
@click.option("--top", type=click.IntRange(min=1), metavar="N", help="Only the N customers that are ranked highest.")
@click.option("--reasons", is_flag=True, help="Three reasons beside each score; takes several times as long.")
@click.option("--table", default="", metavar="NAME", help="Of a database: the table, or SCHEMA.TABLE.")
@click.option("--query", default="", metavar="SQL", help="Of a database: the query that gives the table.")
@click.option("--scheduler", default="", metavar="tcp://HOST:PORT", help="Score on this Dask cluster.")
@key_option
@answering
def score(project, location, output, version, top, reasons, table, query, scheduler, key, as_json):
    """Score the customers in INPUT: a CSV or Parquet file, a folder of Parquet files, or the URL of a database.

    Those whom an offer pays most for stand first. Rows that cannot be scored go to OUTPUT's quarantine, with the
    reason. A call that was killed goes on where it stopped.
    """
    from churn_mlops.pipelines.keyed import check_key, scores_of
    from churn_mlops.pipelines.naming import resolve
    from churn_mlops.serving.batch.model import load_scorer

    if told := scores_of(Path(output), check_key(key)):
        said = f"Nothing to do: {output} was scored by this key, by {told['model']['version']}."
        show(told | {"output": str(Path(output).resolve())}, as_json, lambda _: said)
        return
    scorer = load_scorer(project.runs, resolve(project.runs, version))
    if scheduler:
        from churn_mlops.pipelines.cluster import check_scheduler, let_kernels_use

        check_scheduler(scheduler)
        let_kernels_use(scheduler)
    from churn_mlops.serving.batch import Asked, score_file

    asked = Asked(location, Path(output), top or 0, reasons, table, query, bool(scheduler), key)
    show(score_file(scorer, asked), as_json, _text)


def _text(told: dict) -> str:
    data, model = told["data"], told["model"]
    lines = [f"note: {note}" for note in told["notes"]]
    if told["parts_resumed"]:
        lines.append(f"{told['parts_resumed']:,} of {told['parts']:,} parts were there from a call before.")
    lines += [f"outside what training saw, scored all the same: {words}" for words in _unusual(told)]
    lines.append(
        f"{told['rows_scored']:,} of {data['rows']:,} rows of {data['name']} scored by {model['version']} "
        f"({model['name']}); {told['contacted_rows']:,} to contact, expected profit {told['expected_profit']:,.0f} "
        f"{told['currency']}."
    )
    if told["rows_quarantined"]:
        lines.append(f"{_many(told['rows_quarantined'], 'row')} could not be scored:")
        lines += [f"  {rows:,} {reason}" for reason, rows in list(told["reasons"].items())[:5]]
        lines.append(f"\n  Quarantine  {shown(Path(told['quarantine']))}")
    return "\n".join([*lines, f"\n  Scores      {shown(Path(told['output']))}, {told['rows_written']:,} rows"])


def _unusual(told: dict) -> list[str]:
    words = [f"{_many(rows, 'unknown value')} of `{name}`" for name, rows in told["unseen"].items()]
    return words + [f"{_many(rows, 'number')} in `{name}`" for name, rows in told["outside_range"].items()]


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'s' * (count != 1)}"
