"""Two versions held against each other, one of which was to be the other again: where they part, and by which input."""

from pathlib import Path

from churn_mlops.archive.digest import digest_file
from churn_mlops.pipelines.differences.archived import Archived
from churn_mlops.pipelines.differences.attribution import attribute
from churn_mlops.pipelines.differences.difference import compare
from churn_mlops.pipelines.differences.values import changed_values
from churn_mlops.pipelines.reproducing.order import Order

IDENTICAL, DIFFERENT, PARTIAL, FAILED = "identical", "different", "partial", "failed"
SCORES, MODEL = "scores.parquet", "model.skops"
_INPUTS = ("definition", "cells", "parameters", "data", "moment", "modules", "packages", "environment")


def compare_again(order: Order, again: Archived) -> dict:
    """The verdict as plain values; `stage` is the first whose output differs, `inputs` are those of it that differ."""
    run, found = order.run, compare(order.run, again)
    stage = first_difference(order, again)
    inputs = _inputs(found, stage, order, again)
    outputs = _outputs(run, again, stage) if stage else []
    metrics = _metrics(found["metrics"], again, order)
    return {
        "verdict": _verdict(order, again, stage, metrics),
        "stage": stage,
        "stages": list(order.stages),
        "left_out": order.gone,
        "error": again.facts("error") or None,
        "outputs": outputs,
        "inputs": inputs,
        "attribution": _attribution(inputs, outputs, again),
        "model": {"a": run.artifacts.get(MODEL), "b": again.artifacts.get(MODEL)},
        "metrics": metrics,
        "metrics_equal": found["metrics_equal"],
        "scores": compare_scores(run, again) if _made(order, SCORES) else None,
    }


def first_difference(order: Order, again: Archived) -> str | None:
    """The first stage that did not come to its end again, or whose outputs are not the same to the bit."""
    for name in order.stages:
        ended = again.stages.get(name, {}).get("status") in ("succeeded", "reused")
        if not ended or again.stages[name]["outputs"] != order.run.stages[name]["outputs"]:
            return name
    return None


def _verdict(order: Order, again: Archived, stage: str | None, metrics: list) -> str:
    if again.manifest["status"] != "succeeded":
        return FAILED
    if stage or metrics:
        return DIFFERENT
    return PARTIAL if order.gone else IDENTICAL


def _made(order: Order, artifact: str) -> bool:
    return any(artifact in order.run.stages[name]["outputs"] for name in order.stages)


def _outputs(run: Archived, again: Archived, stage: str) -> list[dict]:
    return changed_values(run.stages[stage]["outputs"], again.stages.get(stage, {}).get("outputs") or {})


def _metrics(changed: list[dict], again: Archived, order: Order) -> list[dict]:
    """The metrics that differ; where stages are left out, theirs are not there."""
    return [entry for entry in changed if not order.gone or entry["b"] is not None]


def _inputs(found: dict, stage: str | None, order: Order, again: Archived) -> dict:
    """What differs in the inputs of the stage, or of any where none is told; outputs of stages before it are the same.

    The place of the data is always another: it was read from the archive, and its tables are compared.
    """
    names = {stage} if stage else set(order.stages)

    def concerns(entry: dict) -> bool:
        own = {entry["stage"]} if "stage" in entry else set(entry.get("stages") or names)
        return bool(own & names)

    kept = {section: [entry for entry in found[section] if concerns(entry)] for section in _INPUTS}
    kept["parameters"] = [entry for name in sorted(names) for entry in _parameters(order.run, again, name)]
    kept["data"] = [entry for entry in kept["data"] if entry["name"] != "data"]
    if stage != order.stages[0]:
        kept["data"] = [entry for entry in kept["data"] if entry["file"]]
    return kept


def _parameters(run: Archived, again: Archived, stage: str) -> list[dict]:
    """Values that the stage had, as the manifests record them: what it was given may have been changed since."""
    had = [one.inputs(stage, "parameters") or {} for one in (run, again)]
    return [{"stage": stage, **entry} for entry in changed_values(*had)]


def _attribution(inputs: dict, outputs: list[dict], again: Archived) -> str:
    """The sentence of `diff` for these inputs alone."""
    status = {"a": {"status": "succeeded"}, "b": {"status": again.manifest["status"]}}
    return attribute({**inputs, **status, "artifacts": outputs, "metrics": [], "code": [], "definition_lines": []})


def compare_scores(run: Archived, again: Archived) -> dict:
    """Customers whose probability, or presence, differs, and by how much at most; equal files are not read.

    Scores without a column `probability`, of a stage of somebody's own, can only be equal as a whole.
    """
    a, b = (_path(one) for one in (run, again))
    if not b.is_file():
        return {"customers": _rows(a), "different": _rows(a), "largest_difference": None}
    if digest_file(a) == digest_file(b):
        return {"customers": _rows(a), "different": 0, "largest_difference": 0.0}
    return _held_against(a, b)


def _path(run: Archived) -> Path:
    return run.runs / run.version / "artifacts" / SCORES


def _rows(path: Path) -> int:
    import pyarrow.parquet as pq

    return pq.read_metadata(path).num_rows


def _held_against(a: Path, b: Path) -> dict:
    """The scores of both by customer: the first column names them."""
    from churn_mlops.archive.tables import read_table

    one, other = (read_table(path) for path in (a, b))
    key = one.columns[0]
    if not {key, "probability"} <= {*one.columns} & {*other.columns}:
        return {"customers": len(one), "different": len(one), "largest_difference": None}
    both = one.merge(other, on=key, how="outer", suffixes=("_a", "_b"), indicator=True)
    apart = (both["probability_a"] - both["probability_b"]).abs()
    different = (both["_merge"] != "both") | (apart != 0)
    return {
        "customers": len(one),
        "different": int(different.sum()),
        "largest_difference": None if apart.isna().all() else float(apart.max()),
    }
