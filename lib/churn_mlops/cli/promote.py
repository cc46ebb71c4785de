"""`promote`: a registered model becomes champion, if nothing stands against it."""

import click

from churn_mlops.cli.options import answering, reason_option


@click.command()
@click.argument("version")
@reason_option()
@answering
def promote(project, version, reason, as_json):
    """Make VERSION the champion: its gates passed, its files are right, and it is approved as the policy asks."""
    from churn_mlops.cli.acting import done
    from churn_mlops.pipelines.governance.asking import chosen_version, policy_of
    from churn_mlops.registry.acts import promote_model

    version, dataset = chosen_version(project.runs, version)
    champion = promote_model(project.runs, dataset, version, policy_of(project, dataset, version), reason=reason)
    before = f"; before it {champion.before}" if champion.before else ""
    done(
        project,
        champion,
        as_json,
        f"{version} is champion of {dataset}, generation {champion.generation}{before}.",
        True,
    )
