"""`check`: the list of stages and the notebooks, without starting a kernel."""

import sys

import click

from churn_mlops.cli.options import answering, show
from churn_mlops.errors import CheckError


@click.command()
@click.option("--strict", is_flag=True, help="Let advice count as errors, as CI does.")
@answering
def check(project, strict, as_json):
    """Check the list of stages and the notebooks, before any kernel. Exit code 4 where something is wrong."""
    from churn_mlops.pipelines.checking import as_text, check_project, describe

    answer = describe(check_project(project), strict)
    show(answer, as_json, as_text)
    sys.exit(0 if answer["ok"] else CheckError.exit_code)
