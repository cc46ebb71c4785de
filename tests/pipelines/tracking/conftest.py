"""A version as the archive has it, small; and a real MLflow server on loopback."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from importlib.util import find_spec

import nbformat
import pandas as pd
import pytest
import requests

NEEDED = ("mlflow", "flask", "flask_cors", "gunicorn")
STAGES = [
    {"name": "01_data", "inputs": {"parameters": {"as_of": "", "long": "x" * 900}}},
    {"name": "03_train", "inputs": {"parameters": {"seed": 7, "grid": [1, 2]}}},
    {"name": "04_evaluate", "inputs": {}},
]
TRIALS = [
    {"number": 0, "family": "linear", "settings": '{"C": 0.1}', "state": "complete", "roc_auc": 0.8},
    {"number": 1, "family": "boosted", "settings": '{"rate": 0.05, "leaves": 8}', "state": "complete", "roc_auc": 0.9},
    {"number": 2, "family": "boosted", "settings": '{"rate": 0.9, "leaves": 8}', "state": "pruned", "roc_auc": 0.7},
    {"number": 3, "family": "trees", "settings": "{}", "state": "failed", "roc_auc": float("nan")},
]


def write_version(folder, **changes):
    """A version's folder, with what is sent and what is not."""
    manifest = {"version": folder.name, "dataset": "shop", "status": "succeeded", "verdict": "Succeeded", "as_of": ""}
    manifest |= {"started": "2026-03-01T10:00:00Z", "finished": "2026-03-01T10:01:00Z", "experiment": False}
    manifest |= {"stages": STAGES, "data": {"version": "d1"}, "model": {"digest": "m1", "name": "boosted"}}
    manifest |= {"code": {"git_commit": "c1"}, "seal": "s1", "error": None} | changes
    metrics = {"schema": 1, "roc_auc": 0.9, "profit": 12, "champion_roc_auc": None, "calibrated": True}
    artifacts = folder / "artifacts"
    artifacts.mkdir(parents=True)
    (folder / "notebooks").mkdir()
    (folder / "manifest.json").write_text(json.dumps(manifest))
    (folder / "metrics.json").write_text(json.dumps(metrics))
    for name in ("index.html", "model_card.html", "artifacts/model.skops", "artifacts/signature.json"):
        (folder / name).write_text(name)
    (artifacts / "scores.csv").write_text("customer,p\na,0.5\n")
    pd.DataFrame(TRIALS).assign(batch=0, best_so_far=0.9).to_parquet(artifacts / "trials.parquet")
    shown = nbformat.v4.new_output(
        "display_data", {"image/svg+xml": "<svg/>"}, metadata={"scrapbook": {"name": "gain"}}
    )
    cell = nbformat.v4.new_code_cell("gain()", outputs=[shown])
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), folder / "notebooks" / "04_evaluate.ipynb")
    return folder


@pytest.fixture
def version(tmp_path):
    return write_version(tmp_path / "shop" / "runs" / "20260301-100000-abcdef")


@pytest.fixture(scope="session")
def mlflow_server(tmp_path_factory):
    """The address of an MLflow server that these tests have started."""
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        told = f"`mlflow server` needs {', '.join(missing)} (extra `dev`)"
        pytest.fail(told) if os.environ.get("CI") == "true" else pytest.skip(told)
    folder = tmp_path_factory.mktemp("mlflow")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = start_server(folder, port)
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(f"{address}/health", process, folder / "log")
        yield address
    finally:
        os.killpg(process.pid, signal.SIGKILL)  # mlflow, gunicorn and its worker
        process.wait(30)


def start_server(folder, port: int) -> subprocess.Popen:
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    command += [
        "--gunicorn-opts",
        "--no-control-socket --threads 4",
        "--backend-store-uri",
        f"sqlite:///{folder}/runs.db",
    ]
    command += ["--artifacts-destination", str(folder / "artifacts")]
    beside = os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])  # noqa: PTH120 where gunicorn is
    settings = {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "PATH": beside}
    with (folder / "log").open("w") as log:
        return subprocess.Popen(
            command, cwd=folder, env=os.environ | settings, stdout=log, stderr=log, start_new_session=True
        )


def wait_for(address: str, process: subprocess.Popen, log) -> None:
    for _ in range(600):
        assert process.poll() is None, log.read_text()
        try:
            if requests.get(address, timeout=5).ok:
                return
        except requests.RequestException:
            time.sleep(0.2)
    raise AssertionError(log.read_text())
