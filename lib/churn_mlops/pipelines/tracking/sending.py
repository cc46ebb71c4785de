"""Runs, and how models stand, told to the MLflow server that MLFLOW_TRACKING_URI names; here nothing depends on it.

In a process of its own: what the client loads and sets stays there, and one that takes too long is ended.
"""

import json
import os
import subprocess
import sys
import tempfile

from churn_mlops.pipelines.hiding import Hiding
from churn_mlops.pipelines.hooks import end_with_its_own
from churn_mlops.pipelines.project import Project

VARIABLE = "MLFLOW_TRACKING_URI"
SECONDS = 60  # that all of it may take
_UNLESS_SET = {"MLFLOW_HTTP_REQUEST_TIMEOUT": "10", "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2"}
_ALWAYS = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "PYTHONUTF8": "1",  # the client prints what other encodings do not have
}
_INSTALL = "pip install 'churn-mlops[mlflow]'"
_LAGS = "the next run or promotion brings it up to date"
_LOOK = f"look whether {VARIABLE} is right, the server runs, and its user may write"


def send(project: Project, result, seconds: float = SECONDS) -> list[str]:
    """Tell the server of a result (of the runner), and how models stand since; returns the warning, if there is one."""
    return _tell(project, ["run", str(result.folder.absolute())], seconds, "The run stays as it is.")


def send_models(project: Project, dataset: str, seconds: float = SECONDS) -> list[str]:
    """Tell the server how the models of a dataset stand: states and aliases; returns the warning, if there is one."""
    return _tell(project, ["models", str(project.runs.absolute()), dataset], seconds, "Here it stands as it was said.")


def _tell(project: Project, what: list[str], seconds: float, consolation: str) -> list[str]:
    address = os.environ.get(VARIABLE, "").strip()
    if not address:
        return []
    problem = _problem(_ask(project, what, seconds), seconds)
    if not problem:
        return []
    seen, cure = problem
    warning = f"MLflow at {address}: {seen}. Cure: {cure}. {consolation}"
    return [Hiding(project.root, {}).text(warning)]


def _ask(project: Project, what: list[str], seconds: float) -> dict:
    """What the process came to: what it printed, or `late`, or `died`."""
    command = [sys.executable, "-P", "-m", "churn_mlops.pipelines.tracking", *what, str(seconds)]
    environment = _UNLESS_SET | os.environ | _ALWAYS
    with tempfile.TemporaryFile() as printed, tempfile.TemporaryFile() as told:
        process = subprocess.Popen(
            command,
            cwd=project.root,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=told,
            start_new_session=True,
        )
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            return {"late": True}
        finally:
            if process.poll() is None:  # out of time, or the run was interrupted
                end_with_its_own(process)
        return _answer(_last_line(printed)) or {"died": _last_line(told) or f"exit code {process.returncode}"}


def _problem(answer: dict, seconds: float) -> tuple[str, str] | None:
    """What went wrong and the cure."""
    if "missing" in answer:
        return f"the package `mlflow-skinny` is not installed ({answer['missing']})", _INSTALL
    if "late" in answer:
        return f"not done within {seconds:g} s and given up", _LOOK
    if "died" in answer or "error" in answer:
        return _short(answer.get("error") or answer["died"]), _LOOK
    if answer.get("models"):
        return f"its model registry lags behind: {_short(answer['models'][0])}", _LAGS
    if answer.get("refused"):
        return f"it would not take {', '.join(answer['refused'][:5])}", "see the run's page for what they are"
    if answer.get("trials", 0) < answer.get("of", 0):
        seen = f"only {answer['trials']} of {answer['of']} trials were sent in the time there is"
        return seen, "see results/trials.parquet there, which has all of them"
    return None


def _answer(line: str) -> dict | None:
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _last_line(file) -> str:
    file.seek(0)
    lines = file.read().decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else ""


def _short(text: str) -> str:
    """The first line of a message, which may be a page of HTML, without its full stop."""
    lines = text.strip().splitlines() or ["no reason given"]
    return lines[0][:300].rstrip(". ")
