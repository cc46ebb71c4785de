"""What became of a run, in a word with a sign and in a sentence, and the command that goes on from there."""

import posixpath
import shlex

from churn_mlops.data.sources.places import moved
from churn_mlops.reports.formats import stage_title

STOPPED = (130, 143)  # exit codes of a run that somebody has ended: nothing in it is at fault
_DEFAULT = "configs/simulator.toml"  # what a run without --config reads

# Failures that the runner has found, which have no name of their own in Python; any other kind is an exception's name.
KINDS = {
    "Interrupted": "Interrupted (Ctrl-C)",
    "Terminated": "Ended from outside",
    "KernelDied": "The notebook's process died",
    "Timeout": "Out of time",
    "OutOfMemory": "Out of memory",
    "Incomplete": "The notebook did not run to its end",
    "MissingOutput": "An output is missing",
    "SecretWritten": "A secret was about to be archived",
}
SIGNS = {
    "succeeded": ("good", "✓ succeeded"),
    "in part": ("good", "✓ in part"),
    "interrupted": ("warn", "■ interrupted"),
    "failed": ("bad", "✗ failed"),
}


def error_of_run(manifest: dict) -> dict:
    """The manifest's `error`; empty where there is none."""
    error = manifest.get("error")
    return error if isinstance(error, dict) else {}


def state(manifest: dict) -> str:
    """`failed`, `interrupted` by somebody, `in part` where fewer stages were asked for, or `succeeded`."""
    if error_of_run(manifest).get("exit_code") in STOPPED:
        return "interrupted"
    if manifest.get("status") == "failed":
        return "failed"
    return "in part" if any(s.get("status") == "not run" for s in manifest.get("stages") or []) else "succeeded"


def sign(manifest: dict) -> tuple[str, str]:
    """The state as a badge: its colour and its text."""
    return SIGNS[state(manifest)]


def verdict(manifest: dict) -> str:
    """The verdict, with stages named as people speak of them."""
    text = str(manifest.get("verdict") or manifest.get("status") or "")
    for stage in manifest.get("stages") or []:
        text = text.replace(str(stage["name"]), stage_title(stage["name"]))
    return text


def next_command(manifest: dict) -> str:
    """The command that runs the pipeline again on the same dataset."""
    given = [values for values in (manifest.get("parameters") or {}).values() if isinstance(values, dict)]
    config, data = (_first(given, name) for name in ("config", "data"))
    options = ["--config", config] if config and config != _DEFAULT else []
    options += ["--data", data] if data else []
    options += ["--as-of", manifest["as_of"]] if manifest.get("as_of") else []
    return shlex.join(["python", "pipeline.py", *options])


def _first(given: list[dict], name: str) -> str:
    """A path that stages are given, from the project's folder; they have it from their own, `notebooks/`."""
    path = str(next((values[name] for values in given if values.get(name)), ""))
    return moved(path, lambda path: posixpath.normpath(posixpath.join("notebooks", path))) if path else ""


def finished_stages(manifest: dict) -> list[str]:
    """The titles of the stages that a next run need not do again."""
    stages = manifest.get("stages") or []
    return [stage_title(s["name"]) for s in stages if s.get("status") in ("succeeded", "reused")]
