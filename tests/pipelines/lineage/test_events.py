"""A run as OpenLineage events, read back into the client's own classes, which check what they are given."""

import json
import sys
from uuid import UUID

import attr
import pytest
from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, Run, RunEvent, RunState
from openlineage.client.facet_v2 import dataset_version_dataset, output_statistics_output_dataset
from openlineage.client.serde import Serde
from tests.pipelines.lineage.conftest import VERSION, make_manifest

from churn_mlops.errors import ConfigError
from churn_mlops.pipelines.lineage.events import PIPELINE, make_events, run_id, write_events

VERSION_FACET = dataset_version_dataset.DatasetVersionDatasetFacet
SIZE_FACET = output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet


def given(cls, raw):
    """The values of a class' own constructor; what it makes itself, such as the address of its schema, is left out."""
    return cls(**{a.name.lstrip("_"): raw[a.name] for a in attr.fields(cls) if a.init and a.name in raw})


def facets(raw, known):
    return {name: given(known[name], value) for name, value in raw.items()}


def dataset(cls, raw, own):
    raw = raw | {"facets": facets(raw["facets"], {"version": VERSION_FACET})}
    return given(cls, raw | {own: facets(raw[own], {"outputStatistics": SIZE_FACET})})


def read_back(line):
    raw = json.loads(line)
    made = {
        "eventType": RunState(raw["eventType"]),
        "run": given(Run, raw["run"]),
        "job": given(Job, raw["job"]),
        "inputs": [dataset(InputDataset, one, "inputFacets") for one in raw["inputs"]],
        "outputs": [dataset(OutputDataset, one, "outputFacets") for one in raw["outputs"]],
    }
    return given(RunEvent, raw | made)


@pytest.fixture
def events(tmp_path, manifest):
    path = tmp_path / "events.ndjson"
    assert write_events(path, manifest) == 10
    return [read_back(line) for line in path.read_text().splitlines()]


def find(events, stage, kind):
    return next(event for event in events if event.job.name == stage and event.eventType is RunState[kind])


def test_what_is_read_back_is_what_was_made(events, manifest):
    made = make_events(manifest)
    assert [Serde.to_dict(event) for event in events] == [Serde.to_dict(event) for event in made]


def test_each_stage_has_a_start_and_then_its_end(events):
    for stage in ("01_data", "02_features", "03_train", "035_aside", "05_deploy"):
        kinds = [event.eventType for event in events if event.job.name == stage]
        assert kinds == [RunState.START, RunState.COMPLETE]
    assert [event.eventTime for event in events] == sorted(event.eventTime for event in events)


def test_inputs_and_outputs_are_datasets_whose_version_is_their_digest(events):
    event = find(events, "05_deploy", "COMPLETE")
    read = {(one.name, one.facets["version"].datasetVersion) for one in event.inputs}
    assert read == {("model.skops", "3" * 64), ("model.skops", "0" * 64)}  # its own and the champion's
    wrote = find(events, "03_train", "COMPLETE").outputs
    assert [(one.namespace, one.name) for one in wrote] == [("churn-mlops://shop", "model.skops")]
    assert wrote[0].outputFacets["outputStatistics"].size == 1234
    assert find(events, "03_train", "START").outputs == []
    read = {one.name for one in find(events, "01_data", "START").inputs}
    assert read == {"source/shop.csv", "config.toml"}


def test_whatever_is_read_was_written_by_another_stage_or_comes_from_outside(events):
    wrote = {(one.name, one.facets["version"].datasetVersion) for event in events for one in event.outputs}
    read = {(one.name, one.facets["version"].datasetVersion) for event in events for one in event.inputs}
    outside = {("config.toml", "c" * 64), ("source/shop.csv", "d" * 64), ("model.skops", "0" * 64)}
    assert read - wrote == outside


def test_a_stage_begins_when_what_it_waited_for_had_ended(events):
    start = {event.job.name: event.eventTime for event in events if event.eventType is RunState.START}
    assert start["01_data"] == "2026-11-28T16:00:00.000+00:00"
    assert start["02_features"] == start["035_aside"] == "2026-11-28T16:00:02.000+00:00"
    assert start["05_deploy"] == "2026-11-28T16:00:09.500+00:00"


def test_ids_follow_from_version_and_stage(events, manifest):
    ids = {event.job.name: event.run.runId for event in events}
    assert len(set(ids.values())) == 5
    assert ids["03_train"] == run_id(VERSION, "03_train") == run_id(VERSION, "03_train")
    assert run_id("20261128-160927-9b72a7", "03_train") != ids["03_train"]
    assert all(UUID(id).version == 5 for id in ids.values())
    parents = {event.run.facets["parent"]["run"]["runId"] for event in events}
    assert parents == {run_id(VERSION, PIPELINE)}


def test_a_failed_stage_ends_with_what_went_wrong_and_those_after_it_say_nothing():
    manifest = make_manifest(error={"message": "no luck. Cure: wait."})
    manifest["stages"][2] |= {"status": "failed", "outputs": {}}
    manifest["stages"][4] |= {"status": "not run"}
    events = make_events(manifest)
    failed = find(events, "03_train", "FAIL")
    assert failed.run.facets["errorMessage"].message == "no luck. Cure: wait."
    assert {event.job.name for event in events} == {"01_data", "02_features", "03_train", "035_aside"}


def test_a_reused_stage_takes_no_time():
    manifest = make_manifest()
    manifest["stages"][0] |= {"status": "reused", "reused_from": "20261101-000000-aaaaaa"}
    events = make_events(manifest)
    assert find(events, "01_data", "COMPLETE").eventTime == "2026-11-28T16:00:00.000+00:00"


def test_without_the_client_the_error_names_the_extra(tmp_path, manifest, monkeypatch):
    monkeypatch.setitem(sys.modules, "openlineage.client", None)
    with pytest.raises(ConfigError, match=r"Cure: pip install 'churn-mlops\[lineage\]'"):
        write_events(tmp_path / "events.ndjson", manifest)
    assert list(tmp_path.iterdir()) == []
