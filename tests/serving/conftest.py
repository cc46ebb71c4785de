"""A published champion of the small trained model, and the service of it."""

import os
import shutil
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

import pytest

import churn_mlops
from churn_mlops.archive import versions
from churn_mlops.archive.digest import digest_file
from churn_mlops.archive.files import read_json, write_json
from churn_mlops.data.versions import load_definition
from churn_mlops.features.examples import load_active
from churn_mlops.models.predictor import load_predictor
from churn_mlops.registry.champion import promote, read_champion
from churn_mlops.registry.registering import record_runs
from churn_mlops.serving import scoring

DATASET = "people"
START = "from churn_mlops.cli import main; from pathlib import Path; main((), Path(sys.argv[1]), sys.argv[2:])"


def publish_trained(runs: Path, trained, change=lambda artifacts: None) -> str:
    """Publish a run of the trained model; `change` may spoil its artifacts before they are sealed."""
    building = versions.begin(runs)
    shutil.copytree(trained, building.artifacts, dirs_exist_ok=True)
    predictor, active = load_predictor(building.artifacts), load_active(str(building.artifacts))
    money = load_definition(str(building.artifacts)).money
    scores = scoring.add_reasons(scoring.score(predictor, active, money), predictor, active)
    scoring.save_scores(str(building.artifacts), scores, predictor, active)
    change(building.artifacts)
    write_json(building.folder / "metrics.json", {"schema": 1, "roc_auc": 0.8})
    manifest = {
        "dataset": DATASET,
        "status": "succeeded",
        "verdict": "Succeeded",
        "author": "Ann <ann@shop.example>",
        "experiment": False,
        "finished": "2026-11-01T10:00:00Z",
        "model": {"digest": digest_file(building.artifacts / "model.skops"), "name": "boosted"},
        "data": {"source": "people.csv", "version": "d" * 64, "oldest": None, "newest": "2026-10-31", "rows": 9},
        "gates": [],
        "alerts": [],
        "retraining": {"needed": False, "reasons": []},
    }
    versions.publish(building, manifest)
    record_runs(runs, DATASET)
    return building.version


def crown(runs: Path, version: str) -> None:
    """Let a version be champion."""
    champion = read_champion(runs, DATASET)
    digest = digest_file(runs / version / "artifacts" / "model.skops")
    promote(runs, DATASET, version, digest, champion.generation if champion else 0)


def publish_other(runs: Path, trained) -> str:
    """Publish a run of another model with the same columns: that of the linear baseline."""

    def change(artifacts):
        (artifacts / "model.skops").unlink()
        shutil.copy(artifacts / "baselines.skops", artifacts / "model.skops")
        digest = digest_file(artifacts / "model.skops")
        write_json(artifacts / "model.json", {**read_json(artifacts / "model.json"), "digest": digest})
        predictor, active = load_predictor(artifacts), load_active(str(artifacts))
        scoring.save_scores(
            str(artifacts), scoring.score(predictor, active, load_definition(str(artifacts)).money), predictor, active
        )

    return publish_trained(runs, trained, change)


@pytest.fixture(autouse=True)
def acting(monkeypatch):
    """Somebody acts, and there are no keys unless a test says so."""
    monkeypatch.setenv("CHURN_ACTOR", "Ben <ben@shop.example>")
    monkeypatch.delenv("CHURN_SIGNING_KEY", raising=False)
    monkeypatch.delenv("CHURN_API_KEYS", raising=False)


@pytest.fixture(scope="session")
def champion_runs(trained, tmp_path_factory):
    """An archive with a champion; do not change it."""
    runs = tmp_path_factory.mktemp("served") / "runs"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CHURN_ACTOR", "Ben <ben@shop.example>")
        crown(runs, publish_trained(runs, trained))
    return runs


@pytest.fixture
def own_runs(champion_runs, tmp_path):
    """A copy of that archive to change."""
    others = shutil.ignore_patterns("predictions")
    return shutil.copytree(champion_runs, tmp_path / "runs", symlinks=True, ignore=others)


class Serving:
    """`serve` in a process of its own."""

    def __init__(self, runs: Path, *arguments: str, **environment: str):
        library = str(Path(churn_mlops.__file__).parents[1])
        command = [sys.executable, "-c", f"import sys; {START}", str(runs.parent), "serve", "--port", "0", *arguments]
        env = {**os.environ, "PYTHONPATH": library, **environment}
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env, cwd=runs.parent
        )
        self.said = self.process.stdout.readline()
        self.errors: list[str] = []
        self._reader = threading.Thread(target=lambda: self.errors.extend(self.process.stderr), daemon=True)
        self._reader.start()
        self.address = self.said.split()[1].rstrip("/") if "http://" in self.said else ""

    def wait(self, patience: float = 60) -> "Serving":
        """Until it is ready."""
        end = time.monotonic() + patience
        while True:
            try:
                with urllib.request.urlopen(f"{self.address}/ready", timeout=5):
                    return self
            except OSError:
                if self.process.poll() is not None or time.monotonic() > end:
                    raise AssertionError(f"not ready: {self.errors}") from None
                time.sleep(0.05)

    def end(self) -> int:
        """SIGTERM, and its exit code."""
        if self.process.poll() is None:
            self.process.terminate()
        code = self.process.wait(30)
        self._reader.join(5)
        return code


@pytest.fixture
def start_serving():
    """Starts services, and ends them with the test."""
    started = []

    def start(runs: Path, *arguments: str, **environment: str) -> Serving:
        started.append(Serving(runs, *arguments, **environment))
        return started[-1]

    yield start
    for serving in started:
        if serving.process.poll() is None:
            serving.process.kill()
        serving.process.wait(10)
