"""The server's model registry follows the archive's: versions, states as tags, aliases where the pointers lead."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from tests.registry.published import AUTHOR, publish, serve

from churn_mlops.archive.files import write_text
from churn_mlops.cli import acting
from churn_mlops.errors import AuditDamaged
from churn_mlops.pipelines.project import Project
from churn_mlops.pipelines.tracking import mirror, sending
from churn_mlops.registry import rollback
from churn_mlops.registry.acts import reject
from churn_mlops.registry.pointer import registry_folder
from churn_mlops.registry.shadow import set_shadow

TOLD = {
    "stages": [], "as_of": "", "code": {"git_commit": None}, "error": None,
    "started": "2026-03-01T10:00:00Z", "finished": "2026-03-01T10:01:00Z",
}  # fmt: skip


class Server:
    """A client and the model registry behind it, as MLflow's answers are; runs are known by their version."""

    def __init__(self, runs=()):
        self.runs, self.made, self.aliases, self.versions, self.sent = set(runs), [], {}, [], []

    def search_model_versions(self, query):
        return [one for one in self.versions if query == f"name = '{one.name}'"]

    def create_registered_model(self, name):
        self.made.append(name)

    def get_run(self, run):
        return SimpleNamespace(info=SimpleNamespace(artifact_uri=f"mlflow-artifacts:/{run}"))

    def create_model_version(self, name, source, run_id, tags, await_creation_for):
        number = str(len(self.versions) + 1)
        self.versions.append(SimpleNamespace(name=name, version=number, tags=dict(tags), source=source, run_id=run_id))
        return self.versions[-1]

    def set_model_version_tag(self, name, version, key, value):
        self.versions[int(version) - 1].tags[key] = value

    def get_registered_model(self, name):
        return SimpleNamespace(aliases=dict(self.aliases))

    def set_registered_model_alias(self, name, alias, version):
        self.aliases[alias] = version

    def delete_registered_model_alias(self, name, alias):
        del self.aliases[alias]

    def states(self):
        return {one.tags["churn.version"]: one.tags["churn.state"] for one in self.versions}

    def leads(self):
        return {alias: self.versions[int(n) - 1].tags["churn.version"] for alias, n in self.aliases.items()}


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("CHURN_ACTOR", AUTHOR)
    server = Server()

    def publish(client, record, deadline):
        server.sent.append(record.name)
        return {"run": f"run-of-{record.name}"}

    monkeypatch.setattr(mirror, "publish", publish)
    monkeypatch.setattr(mirror, "find_run", lambda _, __, version: f"r-{version}" if version in server.runs else None)
    return server


def follow(server, runs, version=""):
    return mirror.mirror(server, runs, "shop", time.monotonic() + 60, version)


@pytest.mark.slow
def test_aliases_lead_where_the_pointers_lead_and_states_are_tags(server, tmp_path):
    one = serve(tmp_path, b"one", **TOLD)
    assert follow(server, tmp_path, one) == []
    assert (server.leads(), server.states(), server.made) == ({"champion": one}, {one: "champion"}, ["shop"])
    two = serve(tmp_path, b"two", **TOLD)
    three = publish(tmp_path, b"three", **TOLD)
    set_shadow(tmp_path, "shop", three)
    follow(server, tmp_path, two)
    assert server.leads() == {"champion": two, "shadow": three}
    assert server.states() == {one: "retired", two: "champion", three: "candidate"}
    rollback.rollback(tmp_path, "shop")
    reject(tmp_path, "shop", three, "wrong")
    follow(server, tmp_path)
    assert server.leads() == {"champion": one}
    assert server.states() == {one: "champion", two: "retired", three: "rejected"}


@pytest.mark.slow
def test_a_version_has_its_run_and_what_pins_it_down(server, tmp_path):
    version = serve(tmp_path, b"one", **TOLD)
    server.runs.add(version)
    follow(server, tmp_path, version)
    (there,) = server.versions
    assert (there.name, there.run_id, there.source) == ("shop", f"r-{version}", f"mlflow-artifacts:/r-{version}/model")
    assert there.tags["churn.data_version"] == "d" * 64
    assert there.tags["churn.author"] == AUTHOR
    assert set(there.tags) >= {"churn.model_digest", "churn.seal"}
    assert server.sent == []


def test_what_was_made_before_there_was_a_server_is_sent_when_it_serves(server, tmp_path):
    version = serve(tmp_path, b"one", **TOLD)
    follow(server, tmp_path)
    assert server.sent == [version]
    assert server.leads() == {"champion": version}


def test_doing_it_again_changes_nothing(server, tmp_path):
    follow(server, tmp_path, serve(tmp_path, b"one", **TOLD))
    before = (dict(server.aliases), server.states(), list(server.made))
    follow(server, tmp_path)
    assert (server.aliases, server.states(), server.made) == before


@pytest.mark.parametrize("changes", [{"experiment": True}, {"status": "failed"}])
def test_an_experiment_and_a_failed_run_are_no_model_there(server, tmp_path, changes):
    version = publish(tmp_path, b"one", **TOLD | changes)
    assert follow(server, tmp_path, version) == []
    assert (server.versions, server.made) == ([], [])


def test_a_candidate_is_there_without_an_alias(server, tmp_path):
    version = publish(tmp_path, b"one", **TOLD)
    follow(server, tmp_path, version)
    assert (server.states(), server.aliases) == ({version: "candidate"}, {})


def test_a_run_that_is_gone_is_told_and_its_alias_leads_nowhere(server, tmp_path):
    one = serve(tmp_path, b"one", **TOLD)
    follow(server, tmp_path)
    two = serve(tmp_path, b"two", **TOLD)
    (tmp_path / two / "manifest.json").unlink()
    assert follow(server, tmp_path) == [f"{two}: its run is gone from the archive and not on the server"]
    assert (server.states()[one], server.aliases) == ("retired", {})


def test_versions_that_others_have_registered_there_are_left_alone(server, tmp_path):
    server.versions.append(SimpleNamespace(name="shop", version="1", tags={}))
    version = serve(tmp_path, b"one", **TOLD)
    follow(server, tmp_path)
    assert (server.leads(), server.versions[0].tags) == ({"champion": version}, {})


def test_nothing_is_told_from_a_log_that_was_changed(server, tmp_path):
    serve(tmp_path, b"one", **TOLD)
    path = registry_folder(tmp_path, "shop") / "audit.jsonl"
    write_text(path, path.read_text().replace("Succeeded", "succeeded"))
    with pytest.raises(AuditDamaged):
        follow(server, tmp_path)
    assert server.versions == []


def test_where_no_server_is_named_nothing_of_it_is_loaded():
    code = "import sys, churn_mlops.cli.acting as a; a.done(None, {'dataset': 'shop'}, False, 'said')\n"
    code += "print(sorted(m for m in sys.modules if 'mlflow' in m or 'tracking' in m))"
    environment = {name: value for name, value in os.environ.items() if name != sending.VARIABLE}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert done.stdout.splitlines() == ["said", "[]"], done.stderr


@pytest.mark.parametrize(
    ("answer", "seen"),
    [
        ({"models": []}, None),
        (
            {"models": ["v2: its run is gone. Really."]},
            "its model registry lags behind: v2: its run is gone. Really. Cure:",
        ),
        ({"error": "AuditDamaged: x"}, "AuditDamaged: x. Cure: look whether MLFLOW_TRACKING_URI is right"),
        ({"late": True}, "not done within 60 s and given up"),
        ({"missing": "no"}, "Cure: pip install 'churn-mlops[mlflow]'"),
    ],
)
def test_whatever_comes_of_it_what_was_done_is_said_first_and_stands(tmp_path, monkeypatch, capsys, answer, seen):
    asked = []
    monkeypatch.setenv(sending.VARIABLE, "http://mlflow.example")
    monkeypatch.setattr(sending, "_ask", lambda project, what, seconds: asked.append(what) or answer)
    acting.done(Project(tmp_path, tmp_path / "runs"), {"dataset": "shop"}, False, "v2 is champion")
    out, err = capsys.readouterr()
    assert (out, asked) == ("v2 is champion\n", [["models", str(tmp_path / "runs"), "shop"]])
    if seen is None:
        assert err == ""
    else:
        assert seen in err
        assert err.endswith("Here it stands as it was said.\n")
        assert len(err.splitlines()) == 1


@pytest.fixture
def client(mlflow_server, monkeypatch):
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    monkeypatch.setenv("CHURN_ACTOR", AUTHOR)
    monkeypatch.setenv(sending.VARIABLE, mlflow_server)
    from mlflow.tracking.client import MlflowClient

    return MlflowClient(mlflow_server)


@pytest.mark.nightly
def test_a_real_server_follows_runs_promotions_shadows_and_rollbacks(client, tmp_path):
    runs, name = tmp_path / "runs", "mirrored"
    project = Project(tmp_path, runs)

    def made(model, **changes):
        version = publish(runs, model, dataset=name, **TOLD | changes)
        result = SimpleNamespace(folder=runs / version)
        return version, result

    def lead():
        assert sending.send_models(project, name) == []
        aliases = client.get_registered_model(name).aliases
        return {alias: client.get_model_version_by_alias(name, alias).tags["churn.version"] for alias in aliases}

    one, result = made(b"one")
    assert sending.send(project, result) == []
    (there,) = client.search_model_versions(f"name = '{name}'")
    assert (there.tags["churn.state"], client.get_run(there.run_id).info.run_name) == ("candidate", one)
    assert Path(client.download_artifacts(there.run_id, "model/model.skops", str(tmp_path))).read_bytes() == b"one"
    command = [
        sys.executable,
        "-c",
        f"from churn_mlops.cli import main; main((), __import__('pathlib').Path({str(tmp_path)!r}))",
    ]

    def call(*arguments):
        done = subprocess.run([*command, *arguments], cwd=tmp_path, capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, "")
        return json.loads(done.stdout)

    call("promote", one, "--json")
    two, _ = made(b"two")  # never sent as a run
    call("promote", two, "--json")
    call("shadow", one, "--json")
    assert lead() == {"champion": two, "shadow": one}
    call("rollback", "--json")
    call("shadow", "--none", "--json")
    assert lead() == {"champion": one}
    states = {
        one.tags["churn.version"]: one.tags["churn.state"] for one in client.search_model_versions(f"name = '{name}'")
    }
    assert states == {one: "champion", two: "retired"}


@pytest.mark.nightly
def test_a_server_that_is_not_there_leaves_a_promotion_as_it_is(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("CHURN_ACTOR", AUTHOR)
    monkeypatch.setenv(sending.VARIABLE, "http://127.0.0.1:1")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    version = serve(tmp_path / "runs", b"one", **TOLD)
    acting.done(Project(tmp_path, tmp_path / "runs"), {"dataset": "shop"}, False, f"{version} is champion")
    assert "Connection refused" in capsys.readouterr().err
