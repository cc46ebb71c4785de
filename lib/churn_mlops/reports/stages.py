"""The stages of a run as its page lists them: which ran and which were reused, why, and how long each took."""

import re
from pathlib import Path

from churn_mlops.archive.versions import BUILDING
from churn_mlops.reports.formats import duration, is_number, segment, stage_title
from churn_mlops.reports.verdicts import error_of_run, state

_SIGNS = {
    "succeeded": ("good", "✓ succeeded"),
    "reused": ("accent", "↺ reused"),
    "failed": ("bad", "✗ failed"),
}

# What the runner writes of a reason, and what somebody understands who does not know the runner.
_WORDS = (
    (r"^it has no result yet$", "There was no earlier result to reuse"),
    (r"^its last result is not to be had$", "Its earlier result is no longer in the archive"),
    (r"^its result from (\S+) is damaged$", r"Its result from run \1 is damaged"),
    (r"^(--[\w-]+)$", r"Asked for with `\1`"),
    (r"\bits code cells\b", "the notebook"),
    (r"\bparameter `", "the setting `"),
    (r"\bthe today\b", "the date"),
    (r"\bthe making of keys\b", "how results are recognised"),
    (r"^(.+) changed$", r"Changed since its last result: \1"),
)


def stage_rows(run: Path, manifest: dict) -> list[dict]:
    """The stages, each with sign, reason, page where there is one, and a bar's length in percent of the longest."""
    stages = manifest.get("stages") or []
    longest = max((s["seconds"] for s in stages if is_number(s.get("seconds"))), default=0) or 1
    return [
        {
            **stage,
            "sign": _SIGNS.get(stage.get("status"), ("soft", stage.get("status"))),
            "page": _page(run, stage["name"]),
            "why": _why(stage, manifest),
            "source": _source(run, stage),
            "time": _time(stage),
            "length": round(100 * stage["seconds"] / longest, 1) if is_number(stage.get("seconds")) else 0,
        }
        for stage in stages
    ]


def totals(stages: list[dict]) -> str:
    """How many stages ran and how many were reused, with the time that this has saved; empty where none was reused."""
    reused = [stage for stage in stages if stage.get("status") == "reused"]
    ran = sum(stage.get("status") in ("succeeded", "failed") for stage in stages)
    if not reused:
        return ""
    saved = sum(stage["seconds"] for stage in reused if is_number(stage.get("seconds")))
    time = f", which saved {duration(saved)}" if saved else ""
    return f"{ran or 'None'} of {len(stages)} stages ran in this run; {len(reused)} kept an earlier result{time}."


def in_words(reason) -> str:
    """A reason of the runner's, `ran: parameter `seed` changed`, in words."""
    text = str(reason or "").removeprefix("ran: ")
    for shape, words in _WORDS:
        text = re.sub(shape, words, text)
    return text


def _why(stage: dict, manifest: dict) -> str:
    if stage.get("status") == "reused":
        return "Nothing that it depends on has changed"
    if stage.get("status") == "not run":
        return why_not_run(manifest)
    return in_words(stage.get("reason"))


def why_not_run(manifest: dict) -> str:
    """Why the stages that did not run did not."""
    stage = error_of_run(manifest).get("stage")
    if not stage:
        return "Not asked for in this run"
    ended = "was interrupted" if state(manifest) == "interrupted" else "failed"
    return f"{stage_title(stage)} {ended} before it could start"


def _source(run: Path, stage: dict) -> dict | None:
    """The run that executed a reused stage, with its address where it is still there."""
    version = stage.get("reused_from")
    if not version or stage.get("status") != "reused":
        return None
    # A run's page is made before its folder is moved from .building to its place beside the other runs.
    runs = run.parent.parent if run.parent.name == BUILDING else run.parent
    name = segment(version)
    there = name == version and (runs / name / "index.html").is_file()
    return {"version": version, "href": f"../{name}/index.html" if there else None}


def _page(run: Path, name) -> str | None:
    return f"pages/{segment(name)}.html" if (run / "pages" / f"{name}.html").is_file() else None


def _time(stage: dict) -> str:
    """How long the stage took; in brackets where that was in another run."""
    if stage.get("status") == "not run":
        return "–"
    time = duration(stage.get("seconds"))
    return f"({time})" if stage.get("status") == "reused" else time
