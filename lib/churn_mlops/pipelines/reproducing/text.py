"""What came of making a version again, for a reader."""

from churn_mlops.pipelines.differences.text import input_sections, listed
from churn_mlops.pipelines.reproducing.comparing import DIFFERENT, FAILED, IDENTICAL, PARTIAL

_IN_METRICS = "Different: all artifacts are the same, and metrics are not"


def reproduction_text(found: dict) -> str:
    """The verdict first, then what was compared, then where it parts and by which inputs."""
    lines = [_headline(found), ""]
    lines += [f"  Model    {_model(found['model'])}"] if found["model"]["a"] else []
    lines += [f"  Metrics  {found['metrics_equal']} equal, {len(found['metrics'])} different"]
    lines += [f"  Scores   {_scores(found['scores'])}"] if found["scores"] else []
    outputs = ", ".join(entry["name"] for entry in found["outputs"])
    lines += [f"  Outputs  of {found['stage']}: {outputs}"] if outputs else []
    if found["error"]:
        lines += ["", f"error: {found['error']['message']}"]
    sections = listed(input_sections(found["inputs"]))
    lines += ["", *sections] if sections else []
    if found["stage"]:
        lines += ["", found["attribution"]]
    lines += ["", f"It stands in {found['folder']}."] if found["folder"] else []
    lines += ["", f"Not on record: {found['unrecorded']}"] if found["unrecorded"] else []
    return "\n".join(lines)


def _headline(found: dict) -> str:
    stages, where = len(found["stages"]), f"{found['environment']} environment, {found['seconds']:.0f} s"
    return {
        IDENTICAL: f"Identical: all that {stages} stages have made is the same to the bit ({where}).",
        PARTIAL: f"Identical up to {found['stages'][-1]} ({where}); the rest was not run: {found['left_out']}.",
        DIFFERENT: f"Different, from {found['stage']} on ({where})." if found["stage"] else f"{_IN_METRICS} ({where}).",
        FAILED: f"Failed in {(found['error'] or {}).get('stage') or found['stage']} ({where}).",
    }[found["verdict"]]


def _model(model: dict) -> str:
    a, b = ((digest or "none")[:12] for digest in (model["a"], model["b"]))
    return f"{a}, the same" if model["a"] == model["b"] else f"{a} -> {b}"


def _scores(scores: dict) -> str:
    if not scores["different"]:
        return f"{scores['customers']:,} customers, all equal"
    largest = scores["largest_difference"]
    by = f", by up to {largest:.2g}" if largest is not None else ""
    return f"{scores['different']:,} of {scores['customers']:,} customers differ{by}"
