"""`adopt`: what is in a folder of notebooks, and a project made from one of them."""

from pathlib import Path

import click

from churn_mlops.cli.options import answering, show


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--into", default="", metavar="DIR", help="Where the project goes. Default: FOLDER_project, here.")
@click.option("--notebook", default="", metavar="NAME", help="Which to begin with. Default: that of the newest model.")
@answering
def adopt(project, folder, into, notebook, as_json):
    """Look at a folder of notebooks and data, and lay a project out from one of them; it is not run or changed."""
    from churn_mlops.pipelines.adopting.adopting import adopt
    from churn_mlops.pipelines.adopting.text import as_text

    show(adopt(folder, Path(into) if into else _beside(folder.resolve()), notebook), as_json, as_text)


def _beside(folder: Path) -> Path:
    """A place for the project: here, or where we are in the folder itself, beside it."""
    here = folder.parent if Path.cwd().is_relative_to(folder) else Path.cwd()
    return here / f"{folder.name}_project"
