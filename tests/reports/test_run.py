import json
import re
import shutil
from html import unescape

import pytest

from churn_mlops.reports import render_run
from churn_mlops.reports.card import render_card
from churn_mlops.reports.facts import Facts
from churn_mlops.reports.readiness import render_readiness


def text_of(path):
    html = path.read_text(encoding="utf-8")
    body = re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body)))


@pytest.fixture(scope="module")
def promoted(runs):
    return text_of(runs / "20261123-224600-3f2a91" / "index.html")


@pytest.mark.slow
@pytest.mark.parametrize(
    "said",
    [
        "Succeeded: became champion",
        "ranks the leaver as riskier in 83 of 100 pairs",
        "Expected profit £41,280 £37,480 to £45,080",
        "against £12,300 for the naive baseline",
        "ROC AUC 0.835 0.823 to 0.846",
        "naive baseline 0.500",
        "champion 0.831",
        "best possible 0.846",
        "Lift at 10% 4.12×",
        "calibrated ✓ passed 0.0121 0.0300 fine",
        "This model is now champion All gates passed. Champion before: 20261109-101500-aa11bb",
        "high alert drift of price PSI 0.31 What to do look",
        "No retraining needed.",
        "03 Train ✓ succeeded 4.1 s 7 of 7",
        "Rows kept 412,345 Rows set aside 37 Newest date 30 Jun 2026",
        "cccccccccccc with uncommitted changes",
        "Python 3.11.7",
        "Predicted risk against the share who left",
        "Scored customers, highest risk first",
    ],
)
def test_the_page_of_a_run_says_what_counts(promoted, said):
    assert said in promoted


def test_only_what_is_there_is_linked(runs):
    html = (runs / "20261123-224600-3f2a91" / "index.html").read_text(encoding="utf-8")
    assert '<a href="artifacts/scores.csv">' in html
    assert "artifacts/model.skops</a>" not in html
    assert '<a href="pages/03_train.html">03 Train</a>' in html
    assert 'href="pages/01_data.html"' not in html


@pytest.mark.parametrize(
    ("evidence", "linked"),
    [
        ("pages/03_train.html#Calibration", True),
        ("pages/03_train.html", True),
        ("pages/01_data.html#Checks", False),  # this run has no such page
        ("javascript:alert(1)", False),
        ("../03_train.html", False),
        (None, False),
    ],
)
def test_a_gate_leads_to_its_evidence_where_the_run_has_that_page(make, runs, tmp_path, evidence, linked):
    run = shutil.copytree(runs / "20261123-224600-3f2a91", tmp_path / "run")
    manifest = make.manifest()
    manifest["gates"][0]["evidence"] = evidence
    render_run(run, manifest, {})
    html = (run / "index.html").read_text(encoding="utf-8")
    assert (f'fine <a href="{evidence}">03 Train</a>' in html) is linked
    assert linked or "fine</td>" in html


def test_the_page_leads_to_the_model_card_and_to_the_readiness_of_the_run(make, tmp_path):
    facts = Facts(tmp_path, make.manifest(), make.metrics)
    render_card(facts, render_readiness(facts))
    render_run(tmp_path, make.manifest(), make.metrics)
    html = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert '<a href="model_card.html">Model card</a>' in html
    assert '<a href="readiness.html">Readiness 0 of 7</a>' in html
    assert '<a href="model_card.md">' in html


@pytest.mark.parametrize("readiness", [None, "", "[]", '{"score": "high"}'])
def test_a_run_without_them_leads_nowhere(make, tmp_path, readiness):
    if readiness is not None:
        (tmp_path / "readiness.json").write_text(readiness)
    render_run(tmp_path, make.manifest(), make.metrics)
    html = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "model_card" not in html
    assert "readiness.html" not in html


def test_a_run_without_promotion_says_why_and_shows_the_digits_that_decided(runs):
    text = text_of(runs / "20261124-080000-77aa10" / "index.html")
    assert "Not promoted: the champion stays as it was 1 gate failed. Champion before: none" in text
    assert "better ✗ failed 0.8449 0.8450 too low" in text
    assert "Retraining is due. labels are 92 days old" in text
    assert "No alert is open." in text


def test_a_failed_run_names_stage_cell_cause_and_cure(runs):
    path = runs / "20261125-080000-c0ffee" / "index.html"
    text = text_of(path)
    assert "DataError in 03 Train, code cell 5 of 7 labels.parquet: one class only." in text
    assert "What to do Lengthen the horizon. Or look closer:" in text
    assert "python pipeline.py debug 20261125-080000-c0ffee Run again: python pipeline.py" in text
    assert "01 Data and 02 Features are done: the next run takes their results from here" in text
    assert "04 Evaluate not run 03 Train failed before it could start" in text
    assert "Exit code 3" in text
    html = path.read_text(encoding="utf-8")
    assert '<a href="pages/03_train.html#cell-5">' in html
    assert '<details class="fold"><summary>Traceback</summary>' in html


def test_an_interrupted_run_blames_nothing_and_says_how_to_go_on(make, tmp_path):
    manifest = make.failed()
    manifest["error"].update(kind="Interrupted", exit_code=130, message="stage 03_train: interrupted (Ctrl-C).")
    render_run(tmp_path, manifest, {})
    text = text_of(tmp_path / "index.html")
    assert "■ interrupted" in text
    assert "Interrupted (Ctrl-C) in 03 Train" in text
    assert "Nothing is broken. Run again when it suits: python pipeline.py" in text
    assert "debug" not in text
    assert "04 Evaluate not run 03 Train was interrupted before it could start" in text


def test_a_run_of_some_stages_has_no_empty_parts(make, tmp_path):
    gone = dict.fromkeys(("model", "gates", "promotion", "alerts", "retraining"))
    manifest = make.manifest(verdict="Succeeded up to 02_features; the champion stays as it was", **gone)
    for stage in manifest["stages"][2:]:
        stage.update(status="not run", seconds=0.0, cells=0, cells_run=0)
    render_run(tmp_path, manifest, {})
    html, text = (tmp_path / "index.html").read_text(encoding="utf-8"), text_of(tmp_path / "index.html")
    assert "✓ in part" in text
    assert "Succeeded up to 02 Features; the champion stays as it was" in text
    assert "it has no verdict on the model and no part in what serves" in text
    assert "03 Train not run Not asked for in this run – –" in text
    for part in ("metrics", "gates", "figures", "promotion", "monitoring"):
        assert f'id="{part}"' not in html
        assert f'href="#{part}"' not in html


def test_a_run_that_made_almost_nothing_still_has_a_page(tmp_path):
    manifest = {"version": "20260101-000000-000000", "status": "failed", "error": {"message": "no disk"}}
    render_run(tmp_path, manifest, {})
    assert "no disk" in text_of(tmp_path / "index.html")


@pytest.mark.parametrize("metrics", [{"roc_auc": None}, {"roc_auc": "nan"}, {"profit": float("nan"), "odd": True}])
def test_metrics_that_are_no_numbers_are_shown_as_such(make, tmp_path, metrics):
    render_run(tmp_path, make.manifest(), metrics)
    assert "pairs" not in text_of(tmp_path / "index.html")


def hostile(value, bad):
    """The same structure with every text, key included, followed by a payload."""
    if isinstance(value, dict):
        return {k if k in KEPT else k + bad: hostile(v, bad) for k, v in value.items()} | {
            k: hostile(v, bad) for k, v in value.items()
        }
    if isinstance(value, list):
        return [hostile(v, bad) for v in value]
    return value + bad if isinstance(value, str) else value


KEPT = {"version", "status"}
BAD = "\"'></style></title><script>live()</script><img src=x onerror=live()>\ud800"


@pytest.mark.parametrize("kind", ["manifest", "not_promoted", "failed"])
def test_hostile_text_is_inert_in_every_field_of_a_manifest(make, tmp_path, kind):
    manifest = {**hostile(getattr(make, kind)(), BAD), "version": "20260101-000000-000000"}
    metrics = {**make.metrics, f"metric{BAD}": 1, "lift_at_10": BAD, "naive_roc_auc": BAD}
    (tmp_path / "artifacts").mkdir()
    (tmp_path / "artifacts" / "definition.json").write_text('{"money": {"currency": "<script>"}}')
    render_run(tmp_path, manifest, metrics)
    html = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "&lt;script&gt;live()" in html
    assert "<script" not in html
    assert make.live(html) == []
    assert html.count("</style>") == html.count("</title>") == 1


def test_a_notebook_that_cannot_be_read_costs_its_figures_only(make, tmp_path):
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "03_train.ipynb").write_text('{"cells": [')
    render_run(tmp_path, make.failed(), {})
    assert "Failed in 03 Train" in text_of(tmp_path / "index.html")


def test_the_shadow_stands_beside_the_champion_where_one_was_asked(make, tmp_path):
    render_run(tmp_path, make.manifest(), make.metrics)
    assert "shadow" not in (tmp_path / "index.html").read_text(encoding="utf-8").lower()
    told = {"version": "<b>v2", "rows": 1200, "mean": 0.21, "champion_mean": 0.12}
    told |= {"mean_difference": 0.09, "decided_otherwise": 0.5}
    (tmp_path / "shadow.json").write_text(json.dumps([told, {"version": "torn"}]))
    render_run(tmp_path, make.manifest(), make.metrics)
    assert "<b>v2" in text_of(tmp_path / "index.html")
    assert "1,200 21.0% 12.0% 9.0% 50.0%" in text_of(tmp_path / "index.html")
    assert "torn" not in text_of(tmp_path / "index.html")
