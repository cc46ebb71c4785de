"""A record told to an MLflow server, the main things first, so that what time does not allow for is the least."""

import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from churn_mlops.pipelines.tracking.record import PARENT, VERSION, Record, Trial

AT_ONCE = 100  # parameters that a server takes in one request; it would take more metrics
TRIALS_AT_ONCE = 4


def publish(client, record: Record, deadline: float) -> dict:
    """Make the run at the server; returns its id, how many trials are there, and what the server would not take.

    Trials are left out from `deadline` on, by the monotonic clock: their table is among the files anyway.
    """
    experiment = find_experiment(client, record.experiment)
    run = client.create_run(experiment, start_time=record.started, tags=record.tags, run_name=record.name).info.run_id
    refused = _log(client, run, record.params, record.metrics, record.finished)
    refused += _log_course(client, run, record)
    client.set_terminated(run, record.status, end_time=record.finished)
    for path, place in record.files:
        client.log_artifact(run, str(path), place or None)
    _log_figures(client, run, record.figures)
    sent = _log_trials(client, experiment, run, record, deadline)
    return {"run": run, "trials": sent, "of": len(record.trials), "refused": refused}


def find_experiment(client, name: str) -> str:
    """The id of an experiment, made if there is none; another run may make it at the same moment."""
    from mlflow.exceptions import MlflowException

    found = client.get_experiment_by_name(name)
    if found is None:
        try:
            return client.create_experiment(name)
        except MlflowException:
            found = client.get_experiment_by_name(name)
            if found is None:
                raise
    if found.lifecycle_stage == "deleted":
        raise MlflowException(f"experiment `{name}` is deleted there; restore it, or delete it for good")
    return found.experiment_id


def find_run(client, dataset: str, version: str) -> str | None:
    """The id of the run that a version has at the server: what a model version with its aliases would be made from."""
    experiment = client.get_experiment_by_name(dataset)
    if experiment is None:
        return None
    found = client.search_runs([experiment.experiment_id], f"tags.`{VERSION}` = '{version}'", max_results=1)
    return found[0].info.run_id if found else None


def _log(client, run: str, params: dict, metrics: dict, moment: int) -> list[str]:
    """Log values in as few requests as may be; what the server refuses is returned, and nothing else is lost."""
    from mlflow.entities import Metric, Param

    entities = [Param(name, value) for name, value in params.items()]
    entities += [Metric(name, value, moment, 0) for name, value in metrics.items()]
    return _log_all(client, run, entities)


def _log_course(client, run: str, record: Record) -> list[str]:
    """The trials' figures by number, so that the server draws how the search went."""
    from mlflow.entities import Metric

    course = [
        Metric(f"trials.{name}", value, record.finished, number)
        for number, trial in enumerate(record.trials)
        for name, value in trial.metrics.items()
    ]
    return _log_all(client, run, course)


def _log_all(client, run: str, entities: list) -> list[str]:
    parts = (entities[start : start + AT_ONCE] for start in range(0, len(entities), AT_ONCE))
    return [name for part in parts for name in _try(client, run, part)]


def _try(client, run: str, entities: list) -> list[str]:
    """Log entities together, or, where the server refuses one of them, each by itself; the names of those refused."""
    from mlflow.entities import Metric
    from mlflow.exceptions import MlflowException

    metrics = [entity for entity in entities if isinstance(entity, Metric)]
    params = [entity for entity in entities if not isinstance(entity, Metric)]
    try:
        client.log_batch(run, metrics=metrics, params=params)
        return []
    except MlflowException as error:
        if error.error_code != "INVALID_PARAMETER_VALUE":
            raise
        if len(entities) == 1:
            return [entities[0].key]
    return [name for entity in entities for name in _try(client, run, [entity])]


def _log_figures(client, run: str, figures: dict[str, str]) -> None:
    if not figures:
        return
    with tempfile.TemporaryDirectory() as folder:
        for name, svg in figures.items():
            Path(folder, f"{Path(name).name}.svg").write_text(svg, encoding="utf-8")
        client.log_artifacts(run, folder, "figures")


def _log_trials(client, experiment: str, run: str, record: Record, deadline: float) -> int:
    """Each trial as a run within the run; returns how many there was time for."""

    def log(trial: Trial) -> bool:
        if time.monotonic() > deadline:
            return False
        tags = trial.tags | {PARENT: run}
        child = client.create_run(experiment, start_time=record.started, tags=tags, run_name=trial.name).info.run_id
        _log(client, child, trial.params, trial.metrics, record.finished)
        client.set_terminated(child, trial.status, end_time=record.finished)
        return True

    with ThreadPoolExecutor(TRIALS_AT_ONCE) as pool:
        return sum(pool.map(log, record.trials))
