"""`debug`: the notebook that failed, in JupyterLab, with the inputs and parameters it had."""

import shlex
import sys

import click

from churn_mlops.cli.options import answering, show, shown


@click.command()
@click.argument("version", default="")
@click.option("--stage", default="", metavar="NAME", help="Another stage than the one that failed, such as train.")
@click.option("--fresh", is_flag=True, help="Make the copy anew; what was changed in it is lost.")
@click.option("--no-open", is_flag=True, help="Only say where it is, and the command that opens it.")
@answering
def debug(project, version, stage, fresh, no_open, as_json):
    """Open the notebook that failed in JupyterLab, with its inputs in place.

    VERSION is a run, the beginning of its name, or `latest`; by default the newest that failed. The copy under
    runs/lab/ may be changed and run at will: the archive and notebooks/ stay as they are. --json opens nothing.
    """
    from churn_mlops.pipelines.debugging import prepare
    from churn_mlops.pipelines.lab import lab_command, open_lab
    from churn_mlops.pipelines.project import prepare_environment

    bench = prepare(project, version, stage, fresh=fresh)
    command = lab_command(bench.notebook.resolve(), project.root)
    show(_answer(bench, command), as_json, lambda answer: _text(bench, command))
    if not (no_open or as_json):
        prepare_environment(project.runs.resolve() / ".cache")  # its kernels find what those of a run find
        sys.exit(open_lab(command))


def _answer(bench, command) -> dict:
    places = {"notebook": str(bench.notebook.resolve()), "run_dir": str(bench.inputs.resolve())}
    told = {"version": bench.version, "stage": bench.stage, **places, "made": bench.made}
    return {**told, "error": bench.error, "notes": list(bench.notes), "command": command}


def _text(bench, command) -> str:
    lines = [f"Run {bench.version}, stage {bench.stage}"]
    if bench.error:
        where = f"code cell {bench.error['cell']}" if bench.error["cell"] else "the end"
        lines.append(f"  Failed in {where}: {bench.error['message']}")
    lines += [f"  Notebook  {shown(bench.notebook.resolve())}", f"  Inputs    {shown(bench.inputs.resolve())}"]
    lines += [f"  Open it   {shlex.join(command)}", *(f"  Note      {note}" for note in bench.notes)]
    if not bench.made:
        lines.append("  Note      it was there already and is as you left it; --fresh makes it anew")
    lines.append("  When it works, carry the change over to notebooks/ and run the pipeline again.")
    return "\n".join(lines)
