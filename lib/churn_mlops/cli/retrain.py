"""`retrain`: run the pipeline on the newest data, now or only where the policy says so."""

import shlex
import sys
from pathlib import Path

import click

from churn_mlops.cli.options import answering, dataset_option, key_option, reason_option, show


@click.command()
@click.option("--if-needed", is_flag=True, help="Only where a rule of [retrain] calls for it and none holds it back.")
@click.option("--explain", is_flag=True, help="Show how each rule stands; run nothing, put nothing on record.")
@reason_option()
@click.option("--config", metavar="FILE", help="Dataset definition, in place of the last run's.")
@click.option("--data", metavar="FILE", help="The data, in place of the last run's.")
@key_option
@dataset_option
@answering
def retrain(project, dataset, if_needed, explain, reason, config, data, key, as_json):
    """Run the pipeline as the last run of the dataset was, on its newest data; the decision goes on record.

    Whether the new model serves is decided as in any run. Ends as the run does; with 0 where none was needed.
    """
    from churn_mlops.config import read_config
    from churn_mlops.pipelines.governance.asking import chosen_dataset
    from churn_mlops.pipelines.keyed import check_key
    from churn_mlops.pipelines.retraining.deciding import decide, decided, decision_text, put_on_record

    if config and not dataset:
        dataset = read_config(Path(config)).definition.dataset.name
    dataset, given = chosen_dataset(project.runs, dataset), {"config": config, "data": data}
    before = decided(project, dataset, check_key(key), given)
    decision = before or decide(project, dataset, given=given)
    if explain:
        show(decision, as_json, decision_text)
        return
    if not (before or if_needed):
        decision |= {"needed": True, "reasons": [reason or "asked for by hand", *decision["reasons"]]}
    if not before:
        put_on_record(project.runs, decision, "policy" if if_needed else "by hand", key)
    if not decision["needed"]:
        show(decision, as_json, decision_text)
        return
    if not as_json:
        print(f"{decision['dataset']}: {'; '.join(decision['reasons'])}", file=sys.stderr)
    _run(project, decision["command"], key, as_json)


def _run(project, command: str, key: str, as_json: bool) -> None:
    """The run itself, by the command that a person would give."""
    from churn_mlops.cli.run import run

    words = ["--json"] * as_json + (["--call-key", key] if key else []) + shlex.split(command)[2:]
    run.main(words, "python pipeline.py", obj=project, standalone_mode=False)
