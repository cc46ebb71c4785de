"""What differs between two archived runs, section by section, from what was put in to what came out.

Light: nothing here may import pandas. A value that one run does not have is None.
"""

import tomllib
from difflib import unified_diff
from pathlib import Path

from churn_mlops.archive.parsing import understood
from churn_mlops.pipelines.differences.archived import Archived, in_both, parameters_of
from churn_mlops.pipelines.differences.attribution import attribute
from churn_mlops.pipelines.differences.cells import changed_cells
from churn_mlops.pipelines.differences.inputs import (
    changed_files,
    changed_modules,
    changed_moment,
    changed_packages,
    is_same_file,
)
from churn_mlops.pipelines.differences.metrics import changed_metrics, points
from churn_mlops.pipelines.differences.values import change, changed_values, count_equal
from churn_mlops.pipelines.stage import Stage


def difference(runs: Path, a: str, b: str, stages: tuple[Stage, ...] = ()) -> dict:
    """Compare version `a` with version `b`; `stages` tell which stage writes which artifact.

    Every section is a list and empty where nothing differs, so that the difference of a run from itself is empty.
    """
    with understood(f"{runs}, {a} and {b}", "expected versions as a run leaves them"):
        return compare(Archived(runs, a), Archived(runs, b), stages)


def compare(old: Archived, new: Archived, stages: tuple[Stage, ...] = ()) -> dict:
    """The same for runs that may stand in two archives."""
    found = {
        "a": _verdict(old),
        "b": _verdict(new),
        "definition": _definition(old, new),
        "definition_lines": _lines(old.config, new.config),
        "cells": _cells(old, new),
        "parameters": _parameters(old, new),
        "data": _data(old, new) + changed_files(old, new),
        "moment": changed_moment(old, new),
        "modules": changed_modules(old, new),
        "code": _facts(old, new, "code", "git_commit", "git_dirty", "library", "lock"),
        "packages": changed_packages(old, new),
        "environment": _facts(old, new, "environment", "python", "platform"),
        "artifacts": _artifacts(old, new, stages),
        "artifacts_equal": count_equal(old.artifacts, new.artifacts),
        "metrics": changed_metrics(old.metrics, new.metrics),
        "metrics_equal": count_equal(points(old.metrics), points(new.metrics)),
    }
    return {**found, "attribution": attribute(found)}


def _verdict(run: Archived) -> dict:
    told = {key: run.manifest.get(key) for key in ("dataset", "status", "verdict")}
    return {"version": run.version, **told, "error": run.facts("error").get("message")}


def _facts(old: Archived, new: Archived, table: str, *keys: str) -> list[dict]:
    return changed_values(*({key: run.facts(table).get(key) for key in keys} for run in (old, new)))


def _readers(old: Archived, new: Archived) -> list[str]:
    """The stages that are given the definition: it and the data are theirs to read."""
    return [name for name in in_both(old, new) if "config" in old.given.get(name, {}) | new.given.get(name, {})]


def _lines(a: str, b: str) -> list[str]:
    changed = unified_diff(a.splitlines(), b.splitlines(), n=0, lineterm="")
    return [line for line in list(changed)[2:] if not line.startswith("@@")]


def _definition(old: Archived, new: Archived) -> list[dict]:
    """Values of the definition; a section that sets parameters of a stage is told as parameters."""
    keys = {name.split("_", 1)[-1] for name in {**old.stages, **new.stages}}

    def flat(run):
        tables = [(name, table) for name, table in tomllib.loads(run.config).items() if name not in keys]
        return {f"{name}.{key}": value for name, table in tables for key, value in table.items()}

    return changed_values(flat(old), flat(new), stages=_readers(old, new))


def _cells(old: Archived, new: Archived) -> list[dict]:
    changes = []
    for stage in {**old.stages, **new.stages}:
        a, b = old.notebooks.get(stage), new.notebooks.get(stage)
        if stage not in old.stages or stage not in new.stages:
            changes.append(_whole(stage, f"only in {'B' if stage in new.stages else 'A'}"))
        elif a and b:
            changes += [{"stage": stage, "whole": None, **changed} for changed in changed_cells(a, b)]
        elif old.cells_digest(stage) != new.cells_digest(stage):
            changes.append(_whole(stage, "changed, and not executed in both"))
    return changes


def _whole(stage: str, what: str) -> dict:
    """A notebook that cannot be compared cell by cell."""
    return {"stage": stage, "whole": what, "cell_a": None, "cell_b": None, "parameters": False, "lines": []}


def _parameters(old: Archived, new: Archived) -> list[dict]:
    return [
        {"stage": stage, **entry}
        for stage in in_both(old, new)
        for entry in changed_values(parameters_of(old, new, stage), parameters_of(new, old, stage))
    ]


def _data(old: Archived, new: Archived) -> list[dict]:
    """The version of the data, with its tables.

    `follows`: it is what the definition's simulator makes, or comes from a file that is the same, so that it can differ
    only because something else does.
    """
    a, b = old.facts("data"), new.facts("data")
    if not (a and b):  # a run that failed before says nothing of its data
        return []
    keys = ("source", "version", "newest", "rows", "rows_quarantined")
    told = [{key: facts.get(key) for key in keys} | _tables(facts) for facts in (a, b)]
    source = a.get("source") if a.get("source") == b.get("source") else None
    follows = source == "simulator" or (source is not None and is_same_file(old, new, source))
    return changed_values(*told, stages=_readers(old, new), file=False, follows=follows)


def _tables(data: dict) -> dict:
    return {f"table {name}": table.get("digest") for name, table in (data.get("tables") or {}).items()}


def _artifacts(old: Archived, new: Archived, stages: tuple[Stage, ...]) -> list[dict]:
    entries = changed_values(old.artifacts, new.artifacts)
    return [{**entry, "change": change(entry), "stage": _writer(entry["name"], stages)} for entry in entries]


def _writer(name: str, stages: tuple[Stage, ...]) -> str | None:
    for stage in stages:
        if any(name == path or (path.endswith("/") and name.startswith(path)) for path in stage.writes):
            return stage.name
    return None
