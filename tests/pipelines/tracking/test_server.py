"""A real MLflow server has all of a run afterwards; one that refuses a value gets everything else.

What needs no server to be seen is tried with a client that takes notes.
"""

import json
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from churn_mlops.pipelines.project import Project
from churn_mlops.pipelines.runner import Result
from churn_mlops.pipelines.tracking import sending, server
from churn_mlops.pipelines.tracking.record import read_record

pytestmark = pytest.mark.slow


class Notes:
    """A client that notes what it is asked, and refuses what has `bad` in its name."""

    def __init__(self):
        self.asked = []

    def __getattr__(self, name):
        def ask(*arguments, **named):
            self.asked.append((name, arguments, named))
            logged = [*named.get("metrics", ()), *named.get("params", ())]
            if any("bad" in entity.key for entity in logged):
                from mlflow.exceptions import MlflowException
                from mlflow.protos.databricks_pb2 import INTERNAL_ERROR, INVALID_PARAMETER_VALUE

                worse = any("worse" in entity.key for entity in logged)
                raise MlflowException("no", error_code=INTERNAL_ERROR if worse else INVALID_PARAMETER_VALUE)
            return SimpleNamespace(
                experiment_id="e", lifecycle_stage="active", info=SimpleNamespace(run_id=f"r{len(self.asked)}")
            )

        return ask

    def names(self):
        return [name for name, *_ in self.asked]


def test_a_run_is_complete_before_its_files_and_these_before_its_trials(version):
    notes, record = Notes(), read_record(version)
    told = server.publish(notes, record, time.monotonic() + 60)
    assert told == {"run": "r2", "trials": 4, "of": 4, "refused": []}
    run = ["get_experiment_by_name", "create_run", "log_batch", "log_batch", "set_terminated"]
    assert notes.names()[:5] == run
    assert notes.names()[5:12] == ["log_artifact"] * 6 + ["log_artifacts"]
    assert sorted(notes.names()[12:]) == sorted(["create_run", "log_batch", "set_terminated"] * 4)
    logged = [len(named["metrics"]) + len(named["params"]) for name, _, named in notes.asked if name == "log_batch"]
    assert logged[0] == len(record.params) + len(record.metrics)


def test_many_values_go_in_parts_and_only_those_that_are_refused_are_lost(version):
    notes, record = Notes(), read_record(version)
    many = {f"p{number}": "1" for number in range(150)} | {"bad": "1"}
    told = server.publish(notes, replace(record, params=many, trials=[]), time.monotonic() + 60)
    assert told["refused"] == ["bad"]
    taken = {p.key for name, _, named in notes.asked if name == "log_batch" for p in named["params"]}
    assert taken == set(many)
    assert max(len(named["params"]) for name, _, named in notes.asked if name == "log_batch") == 100


def test_an_error_that_is_no_refusal_ends_it(version):
    with pytest.raises(Exception, match="no"):
        server.publish(Notes(), replace(read_record(version), params={"bad worse": "1"}), time.monotonic() + 60)


@pytest.fixture
def client(mlflow_server, monkeypatch):
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    monkeypatch.setenv(sending.VARIABLE, mlflow_server)
    from mlflow.tracking.client import MlflowClient

    return MlflowClient(mlflow_server)


@pytest.fixture
def sent(client, version):
    """The run of a version at the server, sent as a run sends it."""
    assert sending.send(Project(version.parent.parent, version.parent), Result(version.name, version, {}, {})) == []
    return client.get_run(server.find_run(client, "shop", version.name))


@pytest.mark.nightly
def test_a_run_is_there_with_its_parameters_metrics_tags_files_figures_and_trials(client, sent, version, tmp_path):
    record = read_record(version)
    assert (sent.info.run_name, sent.info.status) == (version.name, "FINISHED")
    assert (sent.info.start_time, sent.info.end_time) == (record.started, record.finished)
    assert sent.data.params == record.params
    assert record.metrics.items() <= sent.data.metrics.items()
    assert record.tags.items() <= sent.data.tags.items()
    for folder, names in {
        "": {"index.html", "manifest.json", "model_card.html", "model", "results", "figures"},
        "model": {"model/model.skops", "model/signature.json"},
        "figures": {"figures/gain.svg"},
    }.items():
        assert {file.path for file in client.list_artifacts(sent.info.run_id, folder or None)} == names
    copy = client.download_artifacts(sent.info.run_id, "model/model.skops", str(tmp_path))
    assert Path(copy).read_text() == (version / "artifacts" / "model.skops").read_text()
    course = client.get_metric_history(sent.info.run_id, "trials.roc_auc")
    assert [(point.step, point.value) for point in course] == [(0, 0.8), (1, 0.9), (2, 0.7)]


@pytest.mark.nightly
def test_each_trial_is_a_run_within_the_run(client, sent):
    inside = f"tags.`mlflow.parentRunId` = '{sent.info.run_id}'"
    found = client.search_runs([sent.info.experiment_id], inside)
    told = {run.data.tags["churn.trial"]: run for run in found}
    assert {number: run.info.status for number, run in told.items()} == {
        "0": "FINISHED",
        "1": "FINISHED",
        "2": "KILLED",
        "3": "FAILED",
    }
    assert told["1"].data.params == {"family": "boosted", "rate": "0.05", "leaves": "8"}
    assert told["1"].data.metrics == {"roc_auc": 0.9, "best_so_far": 0.9}


@pytest.mark.nightly
def test_a_version_that_was_never_sent_is_not_found(client):
    assert server.find_run(client, "shop", "19990101-000000-000000") is None
    assert server.find_run(client, "no such dataset", "1") is None


@pytest.mark.nightly
def test_what_the_server_refuses_is_named_and_all_else_is_there(client, version):
    record = read_record(version)
    odd = record.params | {"train.bad|name": "1"}
    told = server.publish(client, replace(record, params=odd, name="refused"), time.monotonic() + 60)
    assert told["refused"] == ["train.bad|name"]
    assert client.get_run(told["run"]).data.params == record.params


@pytest.mark.nightly
def test_out_of_time_the_trials_are_left_out_and_their_table_is_there(client, version):
    told = server.publish(client, replace(read_record(version), name="late"), time.monotonic())
    assert (told["trials"], told["of"]) == (0, 4)
    assert [file.path for file in client.list_artifacts(told["run"], "results")] == ["results/trials.parquet"]


@pytest.mark.nightly
def test_an_experiment_that_is_deleted_there_is_a_warning_that_says_so(client, version):
    client.delete_experiment(client.create_experiment("gone"))
    with pytest.raises(Exception, match="experiment `gone` is deleted there; restore it"):
        server.find_experiment(client, "gone")


@pytest.mark.nightly
def test_an_experiment_that_another_run_makes_at_the_same_moment_is_used(client):
    made = client.create_experiment("twice")
    answers = [None, client.get_experiment(made)]
    racing = SimpleNamespace(
        get_experiment_by_name=lambda name: answers.pop(0), create_experiment=client.create_experiment
    )
    assert server.find_experiment(racing, "twice") == made


@pytest.mark.kernel
@pytest.mark.nightly
@pytest.mark.parametrize(("fail", "code", "status"), [("", 0, "FINISHED"), ("no luck", 1, "FAILED")])
def test_the_command_line_sends_each_run_and_keeps_its_exit_code(tiny_project, client, fail, code, status):
    process = tiny_project.start("--config", "configs/shop.toml", "--json", "-p", f"make.fail={fail}")
    out, told = process.communicate(timeout=180)
    assert (process.returncode, "warning" in told) == (code, False), told
    run = client.get_run(server.find_run(client, "shop", json.loads(out)["version"]))
    assert (run.info.status, run.data.params["make.factor"]) == (status, "3")
