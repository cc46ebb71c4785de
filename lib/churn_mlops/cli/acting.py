"""What the commands that act on a model share: what they print, and whom else they tell."""

import os
import sys
from dataclasses import asdict, is_dataclass

from churn_mlops.cli.options import show


def done(project, answer, as_json: bool, said: str, draw: bool = False) -> None:
    """Print what was done, and draw the index of all runs anew where another champion stands on it.

    An MLflow server, where one is named, is told last: what was done stands, whatever comes of that.
    """
    answer = asdict(answer) if is_dataclass(answer) else answer
    if draw and (project.runs / "index.html").exists():
        from churn_mlops.pipelines.following import draw_index

        draw_index(project.runs)
    show(answer, as_json, lambda _: said)
    if os.environ.get("MLFLOW_TRACKING_URI"):
        from churn_mlops.pipelines.tracking.sending import send_models

        sys.stdout.flush()
        for warning in send_models(project, answer["dataset"]):
            print(f"warning: {warning}", file=sys.stderr)


def withdraw(project, version: str, reason: str, as_json: bool, act, told: str) -> None:
    """Take a model out of service by `act`, which is `acts.reject` or `acts.retire`; `told` says it has been."""
    from churn_mlops.pipelines.governance.asking import chosen_version
    from churn_mlops.pipelines.governance.describing import describe_record

    version, dataset = chosen_version(project.runs, version)
    record = act(project.runs, dataset, version, reason)
    said = f"{version}: {told} by {record.by}, record {record.n} of {dataset}."
    done(project, describe_record(record), as_json, said)
