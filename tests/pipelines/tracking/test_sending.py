"""Whatever becomes of the server, a run stays as it is, with one warning that names the cure."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from churn_mlops.pipelines.project import Project
from churn_mlops.pipelines.runner import Result
from churn_mlops.pipelines.tracking import sending

pytestmark = pytest.mark.slow


@pytest.fixture
def ended(version):
    """A project, and the result of a run as the runner leaves it."""
    return Project(version.parent.parent, version.parent), Result(version.name, version, {}, {})


def test_where_no_server_is_named_nothing_is_loaded():
    code = (
        "import sys, churn_mlops.cli.run as run; print(run._tell_tracking_server(None, None), 'mlflow' in sys.modules"
    )
    code += ", 'churn_mlops.pipelines.tracking' in sys.modules)"
    environment = {name: value for name, value in os.environ.items() if name != sending.VARIABLE}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert done.stdout.strip() == "[] False False", done.stderr


@pytest.mark.parametrize(
    ("answer", "seen"),
    [
        ({"run": "1", "trials": 4, "of": 4, "refused": []}, None),
        (
            {"missing": "No module named 'mlflow'"},
            "`mlflow-skinny` is not installed (No module named 'mlflow'). Cure: pip",
        ),
        ({"late": True}, "not done within 9 s and given up. Cure: look whether MLFLOW_TRACKING_URI is right"),
        ({"died": "exit code -9"}, "exit code -9. Cure: look"),
        ({"error": "MlflowException: no.\n<html>"}, "MlflowException: no. Cure: look"),
        ({"error": "E: " + "x" * 900}, "x. Cure: look"),
        ({"run": "1", "trials": 4, "of": 4, "refused": list("abcdefg")}, "it would not take a, b, c, d, e. Cure: see"),
        ({"run": "1", "trials": 1, "of": 4, "refused": []}, "only 1 of 4 trials were sent in the time there is. Cure:"),
    ],
)
def test_each_outcome_is_one_line_with_its_cure(ended, monkeypatch, answer, seen):
    monkeypatch.setenv(sending.VARIABLE, "http://me:opensesame9@mlflow.example")
    monkeypatch.setattr(sending, "_ask", lambda *_: answer)
    warnings = sending.send(*ended, 9)
    if seen is None:
        assert warnings == []
        return
    (warning,) = warnings
    assert seen in warning
    assert warning.startswith("MLflow at http://me:[secret")
    assert warning.endswith("The run stays as it is.")
    assert "opensesame9" not in warning
    assert len(warning.splitlines()) == 1
    assert len(warning) < 600


@pytest.fixture
def silent_server():
    """Takes connections, and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def test_a_server_that_says_nothing_is_given_up(ended, monkeypatch, silent_server):
    monkeypatch.setenv(sending.VARIABLE, silent_server)
    (warning,) = sending.send(*ended, 1)
    assert warning.startswith(f"MLflow at {silent_server}: not done within 1 s and given up.")


@pytest.mark.nightly
@pytest.mark.parametrize(
    ("address", "seen"),
    [
        ("http://127.0.0.1:1", "Connection refused"),
        ("htp://127.0.0.1:5000", "unsupported URI"),
        ("http://no-such-host.invalid", "gaierror"),
        ("databricks://nowhere", "MLflow at databricks"),
    ],
)
def test_a_server_that_is_not_there_is_a_warning(ended, monkeypatch, address, seen):
    monkeypatch.setenv(sending.VARIABLE, address)
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    (warning,) = sending.send(*ended)
    assert seen in warning
    assert "Cure: look whether MLFLOW_TRACKING_URI is right" in warning


@pytest.mark.nightly
def test_without_the_package_the_warning_says_how_to_install_it(ended, monkeypatch, tmp_path):
    (tmp_path / "mlflow.py").write_text("raise ImportError('not here')")
    library = Path(sending.__file__).parents[3]
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{library}")
    monkeypatch.setenv(sending.VARIABLE, "http://127.0.0.1:1")
    (warning,) = sending.send(*ended)
    assert "`mlflow-skinny` is not installed (not here). Cure: pip install 'churn-mlops[mlflow]'" in warning
