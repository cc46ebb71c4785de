"""`shadow`: a model is asked beside the champion, without deciding anything."""

import click

from churn_mlops.cli.options import answering, dataset_option, reason_option
from churn_mlops.errors import ConfigError


@click.command()
@click.argument("version", default="")
@click.option("--none", is_flag=True, help="Let no model shadow the champion.")
@dataset_option
@reason_option()
@answering
def shadow(project, version, none, dataset, reason, as_json):
    """Let VERSION shadow the champion of its dataset, or with --none nobody."""
    from churn_mlops.cli.acting import done
    from churn_mlops.pipelines.governance.asking import chosen_dataset, chosen_version
    from churn_mlops.registry.shadow import set_shadow

    if bool(version) == none:
        raise ConfigError("shadow: expected a VERSION or --none. Cure: python pipeline.py models lists the versions.")
    if version:
        version, dataset = chosen_version(project.runs, version)
    champion = set_shadow(project.runs, dataset or chosen_dataset(project.runs, ""), version or None, reason)
    who = champion.version or "no model"
    done(
        project,
        champion,
        as_json,
        f"{who} shadows the champion of {champion.dataset}, generation {champion.generation}.",
    )
