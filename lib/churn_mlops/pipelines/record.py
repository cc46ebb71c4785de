"""What a run writes down of itself: the manifest, the metrics, and what its stages leave for both."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from churn_mlops.archive.files import read_json
from churn_mlops.pipelines.execution import Failure
from churn_mlops.pipelines.exits import INTERRUPTED, TERMINATED
from churn_mlops.pipelines.schedule import StageRun
from churn_mlops.pipelines.stage import Stage

# What the stages leave for the manifest: its key and the artifact that holds it.
_FACTS = {
    "data": "data_version.json",
    "model": "model.json",
    "gates": "gates.json",
    "promotion": "promotion.json",
    "alerts": "alerts.json",
    "retraining": "retraining.json",
}
_PARITY = "parity.json"  # one more gate, of 05_deploy


def describe_result(
    artifacts: Path,
    stages: tuple[Stage, ...],
    runs: list[StageRun],
    champion,
    experiment: bool,
    as_of: str = "",
    hindrance: Callable[[str], str | None] = lambda digest: None,
    monitor: bool = False,
    pointer=None,
) -> dict:
    """What came of the stages, for the manifest: their facts, the error if any, the verdict.

    `hindrance` says what stands between a model with this digest and its promotion, though its gates have passed.
    `pointer` is the champion now, where `champion` is the one that the run began with.
    """
    failures = [run.outcome.failure for run in runs if run.outcome and run.outcome.failure]
    failure = failures[0] if failures else None
    facts = {}
    for key, name in _FACTS.items():
        path = artifacts / name
        facts[key] = read_json(path) if path.is_file() else None
    if facts["gates"] is not None and (artifacts / _PARITY).is_file():
        facts["gates"] += read_json(artifacts / _PARITY)
    told = {run.stage: run for run in runs}
    wanted = facts["promotion"] and facts["promotion"]["promoted"] and facts["model"] and not experiment
    facts["waits"] = hindrance(facts["model"]["digest"]) if wanted and not failure else None
    return {
        "status": "failed" if failure else "succeeded",
        "stages": [describe_stage(told.get(stage) or StageRun(stage)) for stage in stages],
        "error": asdict(failure) if failure else None,
        "verdict": _monitored(failure, facts)
        if monitor
        else _verdict(failure, facts, champion, stages, runs, experiment, as_of, pointer),
        **facts,
    }


def describe_stage(run: StageRun) -> dict:
    """A stage as the manifest has it."""
    return {
        "name": run.stage.name,
        "title": run.stage.title,
        "status": run.status,
        **measured(run),
        "tries": run.tries,
        "reason": run.reason,
        "reused_from": run.found.version if run.found else None,
        "key": run.key,
        "inputs": run.inputs,
        "outputs": run.outputs,
        "undeclared": [asdict(found) for found in run.undeclared],
    }


def measured(run: StageRun) -> dict:
    """Seconds and cells: of this run, or of the run that executed it."""
    if run.found:
        return run.found.facts
    outcome = run.outcome
    if not outcome:
        return {"seconds": 0.0, "cells": 0, "cells_run": 0}
    return {"seconds": outcome.seconds, "cells": outcome.cells, "cells_run": outcome.cells_run}


def metrics_of(run: StageRun) -> dict:
    """The metrics that a stage has glued."""
    from churn_mlops.archive.scraps import read_metrics

    if run.found:
        return run.found.metrics
    return read_metrics(run.outcome.notebook) if run.outcome else {}


def _monitored(failure: Failure | None, facts: dict) -> str:
    if failure:
        return f"Failed in {failure.stage}; the champion was not looked at"
    raised = len(facts["alerts"] or [])
    return f"Monitored: {raised or 'no'} alert{'s' * (raised != 1)}; the champion stays as it was"


def _verdict(
    failure: Failure | None, facts: dict, champion, stages, runs: list[StageRun], experiment: bool, as_of: str, pointer
) -> str:
    if failure:
        word = "Interrupted" if failure.exit_code in (INTERRUPTED, TERMINATED) else "Failed"
        return f"{word} in {failure.stage}; the champion stays as it was"
    if len(runs) < len(stages):
        return f"Succeeded up to {runs[-1].stage.name}; the champion stays as it was"
    if experiment and as_of:
        return f"Succeeded as of {as_of}: an experiment; the champion stays as it was"
    if experiment:
        return "Succeeded: an experiment; the champion stays as it was"
    promotion, model = facts["promotion"], facts["model"]
    if promotion is None:
        return "Succeeded"
    if champion and model and champion.digest == model["digest"]:
        return "Succeeded: its model is the champion already"
    if facts["waits"]:
        return f"Succeeded: {facts['waits']}"
    if promotion["promoted"] and _generation(pointer) > _generation(champion):
        return f"Succeeded: {pointer.version} became champion meanwhile, which it was not compared with; that one stays"
    return "Succeeded: became champion" if promotion["promoted"] else "Succeeded: the champion stays as it was"


def _generation(champion) -> int:
    return champion.generation if champion else 0
