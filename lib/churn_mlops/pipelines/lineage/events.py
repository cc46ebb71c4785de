"""A run as OpenLineage events: a START for each stage, and a COMPLETE or FAIL with what it read and wrote.

Made with the client's own classes. The same run gives the same events, ids of runs included. The manifest knows how
long a stage took and what it waited for, not when it began: it is told to begin when the last of those had ended.
"""

import uuid
from datetime import datetime, timedelta
from pathlib import Path

from churn_mlops.archive.files import write_text
from churn_mlops.archive.lineage import OUTSIDE, describe_lineage
from churn_mlops.errors import ConfigError

PIPELINE = "pipeline"  # name of the job that all stages belong to
PRODUCER, INTEGRATION = "urn:churn-mlops", "CHURN-MLOPS"
_IDS = uuid.uuid5(uuid.NAMESPACE_DNS, "churn-mlops.invalid")  # of our own: `invalid` belongs to nobody
_ENDS = {"failed": "FAIL"}


def require() -> None:
    """Raises ConfigError where the client is not installed."""
    try:
        import openlineage.client  # noqa: F401
    except ImportError:
        raise ConfigError(
            "lineage --openlineage needs the package `openlineage-python`, which is not installed. "
            "Cure: pip install 'churn-mlops[lineage]'."
        ) from None


def write_events(path: Path, manifest: dict) -> int:
    """Write the events of a run, one JSON object a line; returns how many. Raises ConfigError where that cannot be."""
    require()
    from openlineage.client.serde import Serde

    events = make_events(manifest)
    try:
        write_text(Path(path), "".join(Serde.to_json(event) + "\n" for event in events))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written: {error.strerror}. Cure: name a file in a folder.") from None
    return len(events)


def run_id(version: str, stage: str) -> str:
    """The id of a stage's run in OpenLineage, the same whenever it is asked for."""
    return str(uuid.uuid5(_IDS, f"{version}/{stage}"))


def make_events(manifest: dict) -> list:
    """The events in the order of their moments."""
    lineage, ended = describe_lineage(manifest), {}
    begun = datetime.fromisoformat(manifest["started"])
    events = []
    for stage in lineage:
        start = max((ended[maker] for maker in stage["reads"] if maker in ended), default=begun)
        seconds = stage["seconds"] if stage["status"] != "reused" else 0
        ended[stage["stage"]] = end = start + timedelta(seconds=seconds or 0)
        events += [_event(manifest, stage, "START", start), _event(manifest, stage, _ended_as(stage), end)]
    return sorted(events, key=lambda event: event.eventTime)  # those of one moment stay as they are


def _ended_as(stage: dict) -> str:
    return _ENDS.get(stage["status"], "COMPLETE")


def _event(manifest: dict, stage: dict, kind: str, moment: datetime):
    from openlineage.client.event_v2 import Job, Run, RunEvent, RunState

    return RunEvent(
        eventType=RunState[kind],
        eventTime=moment.isoformat(timespec="milliseconds"),
        run=Run(run_id(manifest["version"], stage["stage"]), _run_facets(manifest, kind)),
        job=Job(manifest["dataset"], stage["stage"], _job_facets()),
        inputs=_inputs(manifest, stage),
        outputs=_outputs(manifest, stage) if kind != "START" else [],
        producer=PRODUCER,
    )


def _run_facets(manifest: dict, kind: str) -> dict:
    """The run of the pipeline that the stage belongs to, and what went wrong."""
    from openlineage.client.facet_v2 import error_message_run, parent_run

    parent = parent_run.Run(run_id(manifest["version"], PIPELINE))
    job = parent_run.Job(manifest["dataset"], PIPELINE)
    facets = {"parent": parent_run.ParentRunFacet(parent, job, producer=PRODUCER)}
    if kind == "FAIL":
        message = str((manifest.get("error") or {}).get("message") or "failed")
        facets["errorMessage"] = error_message_run.ErrorMessageRunFacet(message, "Python", producer=PRODUCER)
    return facets


def _job_facets() -> dict:
    from openlineage.client.facet_v2 import job_type_job

    return {"jobType": job_type_job.JobTypeJobFacet("BATCH", INTEGRATION, "NOTEBOOK", producer=PRODUCER)}


def _inputs(manifest: dict, stage: dict) -> list:
    from openlineage.client.event_v2 import InputDataset

    return [
        InputDataset(_namespace(manifest), _dataset(name, manifest, maker), facets=_version(digest))
        for maker, files in stage["reads"].items()
        for name, digest in files.items()
        if digest
    ]


def _outputs(manifest: dict, stage: dict) -> list:
    from openlineage.client.event_v2 import OutputDataset
    from openlineage.client.facet_v2 import output_statistics_output_dataset as statistics

    sizes = manifest.get("files") or {}
    found = []
    for name, digest in stage["writes"].items():
        size = (sizes.get(f"artifacts/{name}") or {}).get("bytes")
        facet = statistics.OutputStatisticsOutputDatasetFacet(size=size, producer=PRODUCER)
        found.append(OutputDataset(_namespace(manifest), name, {"outputStatistics": facet}, facets=_version(digest)))
    return found


def _namespace(manifest: dict) -> str:
    """Where names of artifacts mean something: they are the same in every run of a dataset, only versions differ."""
    return f"churn-mlops://{manifest['dataset']}"


def _dataset(name: str, manifest: dict, maker: str) -> str:
    """What is read from outside the run goes by the name that it has there."""
    if maker != OUTSIDE:
        return name
    source = str((manifest.get("data") or {}).get("source") or "data")
    return {"data": f"source/{source}", "config": "config.toml", "champion": "model.skops"}.get(name, name)


def _version(digest: str) -> dict:
    """The SHA-256 of a dataset as its version."""
    from openlineage.client.facet_v2 import dataset_version_dataset

    return {"version": dataset_version_dataset.DatasetVersionDatasetFacet(digest, producer=PRODUCER)}
