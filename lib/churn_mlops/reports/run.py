"""The page of one run: its verdict, what it is worth, why it was or was not promoted, and how to get at everything."""

import re
from pathlib import Path

from churn_mlops.archive.files import read_json
from churn_mlops.reports import page
from churn_mlops.reports.cells import explain
from churn_mlops.reports.currency import currency
from churn_mlops.reports.figures import run_figures
from churn_mlops.reports.formats import apart, is_number
from churn_mlops.reports.headlines import cards, summary
from churn_mlops.reports.lineage import draw_lineage
from churn_mlops.reports.stages import stage_rows, totals
from churn_mlops.reports.verdicts import error_of_run, finished_stages, next_command, sign, state, verdict

# What people fetch from a run, where the run has made it.
FILES = (
    ("model_card.md", "Model card as Markdown"),
    ("artifacts/scores.csv", "Scored customers, highest risk first"),
    ("artifacts/scores.parquet", "The same as Parquet"),
    ("artifacts/model.skops", "Model"),
    ("artifacts/signature.json", "Signature: what the model reads"),
    ("artifacts/threshold.json", "Decision threshold"),
    ("artifacts/gates.json", "Gates"),
    ("artifacts/slices.parquet", "Results by slice"),
    ("artifacts/importance.parquet", "What the model looks at"),
    ("artifacts/comparison.json", "Comparison with the champion"),
    ("artifacts/money.json", "Money: gains, their intervals, and how wrong the assumptions may be"),
    ("artifacts/quarantine.parquet", "Rows set aside, with reasons"),
    ("artifacts/drift.parquet", "Drift"),
    ("artifacts/performance.parquet", "Realised performance"),
    ("artifacts/definition.json", "Dataset definition"),
    ("config.toml", "Configuration"),
    ("parameters.json", "Parameters"),
    ("metrics.json", "Metrics"),
)
SHADOW = ("rows", "mean", "champion_mean", "mean_difference", "decided_otherwise")  # figures of shadow.json


def render_run(run: Path, manifest: dict, metrics: dict) -> None:
    """Write `index.html` of the run in the folder `run`, where its notebooks, pages and artifacts stand already.

    `manifest` and `metrics` are what manifest.json and metrics.json hold or will hold; of a failed run much may
    be missing from both.
    """
    run, metrics = Path(run), {name: value for name, value in metrics.items() if name != "schema"}
    money = currency(run)
    error, stages = error_of_run(manifest), stage_rows(run, manifest)
    html = page.render(
        "run.html.j2",
        manifest=manifest,
        state=state(manifest),
        sign=sign(manifest),
        verdict=verdict(manifest),
        metrics=metrics,
        currency=money,
        summary=summary(metrics, money),
        cards=cards(metrics, money),
        gates=[_gate(run, gate) for gate in manifest.get("gates") or []],
        error=error and explain(*map(error.get, ("kind", "message", "traceback", "cure"))),
        shadows=shadows(run),
        figures=run_figures(run / "notebooks"),
        stages=stages,
        totals=totals(stages),
        again=next_command(manifest),
        finished=finished_stages(manifest),
        readiness=readiness(run),
        has_card=(run / "model_card.html").is_file(),
        files=[(path, name) for path, name in FILES if (run / path).is_file()],
        lineage=draw_lineage(run, manifest, metrics),
        digests=_digests(manifest),
    )
    page.write(run / "index.html", html)


def readiness(run: Path) -> dict:
    """The score of the run's readiness and what it means; empty where it was not scored."""
    try:
        found = read_json(run / "readiness.json")
        return found if is_number(found["score"]) else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def shadows(run: Path) -> list[dict]:
    """What each shadow said beside the champion, as the run found it in the prediction log; none where none did."""
    try:
        found = read_json(run / "shadow.json")
        return [one for one in found if all(is_number(one.get(name)) for name in SHADOW)]
    except (OSError, ValueError, TypeError, AttributeError):
        return []


def _gate(run: Path, gate: dict) -> dict:
    value, threshold = apart(gate.get("value"), gate.get("threshold"))
    return {**gate, "value": value, "threshold": threshold, "evidence": _evidence(run, gate.get("evidence"))}


def _evidence(run: Path, address) -> dict | None:
    """Where a gate's evidence is shown: the address and its stage; None where the run has no such page."""
    found = re.fullmatch(r"(pages/([\w-]+)\.html)(#\S+)?", str(address or ""))
    return {"address": found[0], "stage": found[2]} if found and (run / found[1]).is_file() else None


def _digests(manifest: dict) -> list[tuple[str, str]]:
    """Everything that pins the run down, by name."""
    code, data, model = (manifest.get(part) or {} for part in ("code", "data", "model"))
    named = [
        ("model", model.get("digest")),
        ("data version", data.get("version")),
        ("library", code.get("library")),
        ("lock", code.get("lock")),
        ("git commit", code.get("git_commit")),
        *((f"notebooks/{name}.ipynb", digest) for name, digest in (code.get("notebooks") or {}).items()),
        *((name, (facts or {}).get("sha256")) for name, facts in (manifest.get("files") or {}).items()),
    ]
    return [(name, digest) for name, digest in named if digest]
