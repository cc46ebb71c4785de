"""`package`: the champion as a folder ready to ship."""

from pathlib import Path

import click

from churn_mlops.cli.options import answering, show, shown


@click.command()
@click.argument("version", default="champion")
@click.option("--into", default="", metavar="DIR", help="The folder to make. Default: dist/DATASET-VERSION.")
@answering
def package(project, version, into, as_json):
    """Put the champion, the library as a wheel, the lock and a Dockerfile into a folder.

    VERSION says which champion is meant where several datasets have one: champion:DATASET, or its id.
    """
    from churn_mlops.pipelines.governance.asking import chosen_version
    from churn_mlops.pipelines.packaging.folder import make_package

    version, dataset = chosen_version(project.runs, version)
    folder = Path(into or project.root / "dist" / f"{dataset}-{version}").absolute()
    described = make_package(project, version, dataset, folder)
    show({"folder": str(folder), **described}, as_json, _text)


def _text(answer: dict) -> str:
    folder = shown(Path(answer["folder"]))
    return (
        f"{answer['version']}, champion of {answer['dataset']} ({answer['model']}), is ready to ship in {folder}: "
        f"{len(answer['files'])} files.\n\n  Read        {folder}/README.md\n"
        f"  Image       docker build -t churn:{answer['version']} {folder}"
    )
