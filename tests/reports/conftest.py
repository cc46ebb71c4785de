from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from nbformat import v4

from churn_mlops.reports import render_archive, render_run, render_stage

STAGES = ["01_data", "02_features", "03_train", "04_evaluate"]
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="400pt" height="200pt" viewBox="0 0 400 200">'
    '<rect width="400" height="200" fill="white"/><path d="M10 190 200 20 390 90" stroke="navy" fill="none"/></svg>'
)
TABLE = """<div><style scoped>.dataframe tbody tr th {{ vertical-align: top; }}</style>
<table border="1" class="dataframe"><thead><tr style="text-align: right;"><th></th>{heads}</tr></thead>
<tbody><tr><th>0</th>{cells}</tr></tbody></table></div>"""
WIDE = TABLE.format(
    heads="".join(f"<th>column_{i}</th>" for i in range(30)), cells="".join(f"<td>{i}.5</td>" for i in range(30))
)
PARAMETERS = """run_dir: str = "runs/notebook"  # folder that the stages of a run share
folds: int = 5  # parts of the data, each predicted by the others
limit: int | None = None  # rows at most; text with a second = in it"""


def code(source, *outputs, ran=True, tags=()):
    cell = v4.new_code_cell(source, outputs=list(outputs), execution_count=1 if ran else None)
    cell.metadata.update(tags=list(tags), papermill={"duration": 1.25, "status": "completed"})
    return cell


def shown(data, name=None):
    metadata = {"scrapbook": {"name": name, "data": False, "display": True}} if name else {}
    return v4.new_output("display_data", data=data, metadata=metadata)


def printed(text, name="stdout"):
    return v4.new_output("stream", name=name, text=text)


def make_notebook(*cells):
    notebook = v4.new_notebook(cells=list(cells))
    notebook.metadata["papermill"] = {"duration": 12.5}
    return notebook


def train_notebook(failing=False):
    error = v4.new_output(
        "error",
        ename="DataError",
        evalue="labels.parquet: one class only. Cure: lengthen the horizon.",
        traceback=["\x1b[31mDataError\x1b[39m Traceback (most recent call last)", "----> 1 compare(models)"],
    )
    return make_notebook(
        v4.new_markdown_cell("# 03 Train\n\nWhich model?\n\n| | |\n|-|-|\n| Next | [04](04_evaluate.ipynb) |"),
        code(PARAMETERS, tags=["parameters"]),
        code("# Parameters\nfolds = 4\n", tags=["injected-parameters"]),
        v4.new_markdown_cell("## What we learn from\n\nSee [a guide](https://example.org) and [code](../lib/x.py)."),
        code("features.head()", shown({"text/html": WIDE, "text/plain": "..."})),
        code("print(1)", printed("\x1b[32m10%\r100%\x1b[0m done\n"), printed("a warning\n", "stderr")),
        v4.new_markdown_cell("## Calibration"),
        code("compare(models)", *([error] if failing else [])),
        v4.new_markdown_cell("## What we learn from"),
        code(
            "glue_figure('reliability', axes)",
            *([] if failing else [shown({"image/svg+xml": SVG}, name="reliability")]),
            ran=not failing,
        ),
        code(
            "glue_metrics(metrics)",
            *([] if failing else [shown({"application/scrapbook.scrap.json+json": {"name": "a"}}, name="a")]),
            ran=not failing,
        ),
    )


METRICS = {
    "schema": 1, "roc_auc": 0.83454, "roc_auc_low": 0.823, "roc_auc_high": 0.846, "naive_roc_auc": 0.5,
    "champion_roc_auc": 0.8314, "best_possible_roc_auc": 0.8462, "average_precision": 0.2143, "brier": 0.0398,
    "lift_at_10": 4.1234, "profit": 41280.4, "profit_low": 37480.0, "profit_high": 45080.0, "naive_profit": 12300.0,
}  # fmt: skip


def make_manifest(version="20261123-224600-3f2a91", **changes):
    stages = [
        {"name": name, "title": name[3:], "status": "succeeded", "seconds": 4.1, "cells": 7, "cells_run": 7}
        for name in STAGES
    ]
    manifest = {
        "schema": 1, "version": version, "status": "succeeded", "dataset": "simulator",
        "started": "2026-11-23T22:46:00Z", "finished": "2026-11-23T22:46:41Z", "seconds": 41.2,
        "verdict": "Succeeded: became champion", "stages": stages, "parameters": {"03_train": {"folds": 4}},
        "data": {"source": "simulator", "version": "d" * 64, "newest": "2026-06-30", "rows": 412345,
                 "rows_quarantined": 37},
        "code": {"git_commit": "c" * 40, "git_dirty": True, "library": "e" * 64, "lock": None,
                 "notebooks": {"03_train": "f" * 64}},
        "environment": {"python": "3.11.7", "platform": "Linux", "packages": {"pandas": "3.1.1"}},
        "model": {"digest": "a" * 64, "name": "boosted", "threshold": 0.0834},
        "gates": [{"name": "calibrated", "passed": True, "value": 0.0121, "threshold": 0.03, "message": "fine",
                   "evidence": "pages/03_train.html#Calibration"}],
        "promotion": {"promoted": True, "reason": "All gates passed.", "champion_before": "20261109-101500-aa11bb"},
        "alerts": [{"name": "drift of price", "severity": "high", "message": "PSI 0.31", "cure": "look"}],
        "retraining": {"needed": False, "reasons": []}, "error": None,
        "files": {"artifacts/model.skops": {"sha256": "a" * 64, "bytes": 1234}},
    }  # fmt: skip
    return {**manifest, **changes}


def not_promoted():
    return make_manifest(
        "20261124-080000-77aa10",
        verdict="Succeeded: not promoted",
        gates=[{"name": "better", "passed": False, "value": 0.84494, "threshold": 0.845, "message": "too low"}],
        promotion={"promoted": False, "reason": "1 gate failed.", "champion_before": None},
        alerts=[],
        retraining={"needed": True, "reasons": ["labels are 92 days old"]},
    )


def failed():
    gone = dict.fromkeys(("model", "gates", "promotion", "alerts", "retraining"))
    manifest = make_manifest(
        "20261125-080000-c0ffee",
        status="failed",
        verdict="Failed in 03 Train",
        error={
            "stage": "03_train", "cell": 5, "kind": "DataError", "exit_code": 3, "traceback": "\x1b[31mline 1",
            "message": "labels.parquet: one class only. Cure: lengthen the horizon.",
        },
        **gone,
    )  # fmt: skip
    manifest["stages"][2]["status"] = "failed"
    manifest["stages"][3].update(status="not run", seconds=None, cells_run=0)
    return manifest


def write_run(runs: Path, manifest, metrics=METRICS, notebook=None):
    """A run's folder as the runner leaves it, with one executed notebook, and its pages."""
    run = runs / manifest["version"]
    for name in ("notebooks", "pages", "artifacts"):
        (run / name).mkdir(parents=True)
    (run / "artifacts" / "scores.csv").write_text("id\n")
    (run / "artifacts" / "definition.json").write_text('{"money": {"currency": "GBP"}}')
    error = manifest.get("error")
    notebook = notebook or train_notebook(failing=bool(error))
    nbformat.write(notebook, run / "notebooks" / "03_train.ipynb")
    page = run / "pages" / "03_train.html"
    render_stage(notebook, page, title="Train", stages=["03_train"], version=manifest["version"], failed=error)
    render_run(run, manifest, metrics)
    return run


@pytest.fixture(scope="session")
def runs(tmp_path_factory):
    """An archive with a promoted, a not promoted and a failed run, and its pages."""
    folder = tmp_path_factory.mktemp("archive") / "runs"
    made = [(make_manifest(), METRICS), (not_promoted(), METRICS), (failed(), {"schema": 1})]
    for manifest, metrics in made:
        write_run(folder, manifest, metrics)
    entries = [{"manifest": m, "metrics": metrics, "champion": i == 0} for i, (m, metrics) in enumerate(made)]
    render_archive(folder, entries)
    return folder


@pytest.fixture(scope="session")
def make():
    """The builders above, for tests that need a notebook or a manifest of their own."""
    return SimpleNamespace(
        code=code,
        shown=shown,
        printed=printed,
        markdown=v4.new_markdown_cell,
        notebook=make_notebook,
        train=train_notebook,
        manifest=make_manifest,
        not_promoted=not_promoted,
        failed=failed,
        metrics=METRICS,
        run=write_run,
        live=live,
    )


class _Live(HTMLParser):
    """Notes whatever could run or load."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        if tag in ("script", "iframe", "object", "embed", "base", "form", "input"):
            self.found.append(tag)
        for name, value in attrs:
            loads = name in ("src", "srcset", "data", "background", "poster")
            outside = loads and not (value or "").startswith("data:image/")
            if name.startswith("on") or outside or "javascript:" in (value or "")[:20]:
                self.found.append(f"{tag} {name}={value}")


def live(html):
    """The tags and attributes of a page that could run or load something."""
    parser = _Live()
    parser.feed(html)
    return parser.found


@pytest.fixture
def stage_page(tmp_path):
    """Renders a notebook as a stage's page and returns its HTML."""

    def render(notebook, **options):
        out = tmp_path / "pages" / "03_train.html"
        options = {"title": "Train", "stages": STAGES, "version": "20261123-224600-3f2a91", **options}
        render_stage(notebook, out, **options)
        return out.read_text(encoding="utf-8")

    return render
