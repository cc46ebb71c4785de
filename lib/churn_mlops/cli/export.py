"""`export`: a version as one file, with what is on record about it."""

from pathlib import Path

import click

from churn_mlops.cli.options import answering, show, shown


@click.command()
@click.argument("version")
@click.argument("file", type=click.Path(path_type=Path))
@answering
def export(project, version, file, as_json):
    """Write VERSION into FILE: all its files, the audit records about it, the head of their log.

    FILE is a plain tar; the same version and records are the same bytes. CHURN_SIGNING_KEY signs it.
    """
    from churn_mlops.pipelines.naming import resolve
    from churn_mlops.registry.transfer.exporting import export_version

    answer = export_version(project.runs, resolve(project.runs, version), file)
    show(answer, as_json, _text)


def _text(answer: dict) -> str:
    key = answer["key"]
    return "\n".join(
        [
            f"Wrote {shown(Path(answer['file']).absolute())}: {answer['version']} of {answer['dataset']}, "
            f"{answer['files']:,} files and {answer['records']:,} audit records, {answer['bytes'] / 1e6:,.1f} MB.",
            f"SHA-256 {answer['sha256']}",
            f"Signed with {key}." if key else "Not signed. CHURN_SIGNING_KEY signs it: docs/transfer.md.",
        ]
    )
