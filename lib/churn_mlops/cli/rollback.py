"""`rollback`: the champion before serves again."""

import click

from churn_mlops.cli.options import answering, dataset_option, reason_option


@click.command()
@dataset_option
@reason_option()
@answering
def rollback(project, dataset, reason, as_json):
    """Make the champion before the present one serve again; what it replaces must be approved anew to return."""
    from churn_mlops.cli.acting import done
    from churn_mlops.pipelines.governance.asking import chosen_dataset
    from churn_mlops.registry import rollback as registry

    champion = registry.rollback(project.runs, chosen_dataset(project.runs, dataset), reason)
    said = f"{champion.version} is champion of {champion.dataset} again, generation {champion.generation}; "
    done(project, champion, as_json, said + f"{champion.before} does not serve any more.", draw=True)
