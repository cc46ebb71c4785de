"""Hooks: commands of the dataset definition that are told of a run when it has ended, and cannot change its result.

They get no shell, the project's folder to work in, and the run's facts as JSON on standard input. What they print goes
to standard error.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from churn_mlops.config import Hooks
from churn_mlops.monitoring.alerting.alert import OPEN
from churn_mlops.pipelines.project import Project
from churn_mlops.registry.audit.log import scan
from churn_mlops.registry.pointer import registry_folder
from churn_mlops.registry.registering import ALERT

SECONDS = 30  # that a hook may take
_FROM_MANIFEST = ("version", "dataset", "status", "verdict", "error", "alerts", "promotion")


def run_hooks(hooks: Hooks, project: Project, result, seconds: float = SECONDS) -> list[str]:
    """Run the hooks that a result (of the runner) calls for; returns a warning for each that failed."""
    events = [("success", hooks.on_success) if result.exit_code == 0 else ("failure", hooks.on_failure)]
    told = [_run(event, command, project, facts_of(event, result), seconds) for event, command in events if command]
    opened = opened_by(project.runs, result.manifest["dataset"], result.version) if hooks.on_alert else []
    if opened:
        told.append(_run("alert", hooks.on_alert, project, facts_of("alert", result) | {"alerts": opened}, seconds))
    return [warning for warning in told if warning]


def opened_by(runs: Path, dataset: str, version: str) -> list[dict]:
    """The alerts that a run has opened, or opened again: what is on record of each. A finding alone is none yet."""
    records = scan(registry_folder(runs, dataset)).records
    changes = (record.facts for record in records if record.kind == ALERT)
    return [facts for facts in changes if facts.get("state") == OPEN and facts.get("version") == version]


def facts_of(event: str, result) -> dict:
    """What a hook is told: the event, what the manifest says of the result, the metrics, and where to look."""
    return {
        "event": event,
        **{name: result.manifest[name] for name in _FROM_MANIFEST},
        "metrics": result.metrics,
        "folder": str(result.folder.absolute()),
        "page": str(result.folder.absolute() / "index.html"),
    }


def _run(event: str, command: tuple[str, ...], project: Project, facts: dict, seconds: float) -> str | None:
    """Run one hook and show what it prints; the warning, if it did not do well."""
    # Files and not pipes: a hook that does not read cannot break them, and one that leaves a process behind that
    # holds them open is not waited for.
    with tempfile.TemporaryFile() as told, tempfile.TemporaryFile() as printed:
        told.write(json.dumps(facts).encode())
        told.seek(0)
        warning = _wait(command, project, told, printed, seconds)
        printed.seek(0)
        for line in printed.read().decode(errors="replace").splitlines():
            print(f"[on_{event}] {line}", file=sys.stderr)
    return warning and f"hook on_{event} (`{command[0]}`): {warning}. The run stays as it is."


def _wait(command: tuple[str, ...], project: Project, told, printed, seconds: float) -> str | None:
    try:
        process = subprocess.Popen(
            command, cwd=project.root, stdin=told, stdout=printed, stderr=subprocess.STDOUT, start_new_session=True
        )
    except (OSError, ValueError) as error:
        return f"cannot be started: {error.strerror if isinstance(error, OSError) else error}"
    try:
        code = process.wait(seconds)
    except subprocess.TimeoutExpired:
        return f"not done within {seconds:g} s and ended"
    finally:
        if process.poll() is None:  # out of time, or the run was interrupted
            end_with_its_own(process)
    return f"exit code {code}" if code else None


def end_with_its_own(process: subprocess.Popen) -> None:
    """End a process, on POSIX with all that it started."""
    with contextlib.suppress(OSError):
        os.killpg(process.pid, signal.SIGKILL) if os.name == "posix" else process.kill()
    process.wait()
