"""`verify`: is everything in the archive what it was when it was written?"""

import sys

import click

from churn_mlops.cli.options import answering, show

DAMAGED = 4  # exit code


@click.command()
@click.argument("version", default="")
@answering
def verify(project, version, as_json):
    """Check every digest of VERSION (an id, the beginning of one, latest, champion), or of the whole archive."""
    from churn_mlops.archive.versions import versions
    from churn_mlops.pipelines.naming import resolve
    from churn_mlops.registry.verify import verify

    chosen = resolve(project.runs, version) if version else None
    checked = [chosen] if chosen else versions(project.runs)
    problems = verify(project.runs, chosen)
    show({"versions": checked, "problems": problems}, as_json, _text)
    sys.exit(DAMAGED if problems else 0)


def _text(answer: dict) -> str:
    count = len(answer["versions"])
    if answer["problems"]:
        return "\n".join(answer["problems"])
    return f"{count} version{'s' * (count != 1)} verified: every file is there with its digest, and none beyond them."
