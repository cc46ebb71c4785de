"""`import`: a version from another archive, as a candidate."""

from pathlib import Path

import click

from churn_mlops.cli.options import answering, show


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--key", default="", metavar="PUBLIC", help="Whose signature it must bear: base64, or a file with it.")
@answering
def import_(project, file, key, as_json):
    """Verify all of FILE, which `export` has written, then take its version in as a candidate.

    Where [policy.keys] names keys, only what is signed with one of them, or with --key, is taken.
    """
    from churn_mlops.pipelines.following import draw_index
    from churn_mlops.pipelines.governance.asking import policy_of
    from churn_mlops.registry.audit.signing import read_public
    from churn_mlops.registry.transfer.importing import import_version

    wanted = read_public(key) if key else None
    answer = import_version(project.runs, file, lambda dataset: policy_of(project, dataset).keys, wanted)
    draw_index(project.runs)
    show(answer, as_json, _text)


def _text(answer: dict) -> str:
    version = answer["version"]
    if answer["outcome"] != "imported":
        return f"{version} is there already, with the same content. Nothing was changed."
    decided = [f"  {_line(one)}" for one in answer["origin"]["decided"]]
    return "\n".join(
        [
            f"{version} of {answer['dataset']}: imported, {answer['files']:,} files verified. {_signature(answer)}",
            f"Made by {answer['author'] or 'nobody knows whom'}; what was decided there does not count here"
            + (":" if decided else ", and nothing is on record."),
            *decided,
            f"Next: python pipeline.py show {version}",
        ]
    )


def _line(one: dict) -> str:
    signed = " (signed)" if one["key"] else ""
    reason = f": {one['reason']}" if one["reason"] else ""
    return f"{one['at']}  {one['kind']} of {one['version']} by {one['by']}{signed}{reason}"


def _signature(answer: dict) -> str:
    known = {"policy": f"{answer['signer']} of [policy.keys]", "option": "the key of --key"}
    if answer["key"] is None:
        return "Not signed: nothing proves who exported it."
    return f"Signed with {known.get(answer['known_by'], answer['key'] + ', which nobody here knows')}."
