"""The folder of a run with every piece of evidence there is, small and made by hand, as the stages write it."""

import json
from pathlib import Path

VERSION, BEFORE = "20261123-224600-3f2a91", "20261109-101500-aa11bb"
DIGEST = "a" * 64
STAGES = ("01_data", "02_features", "03_train", "04_evaluate", "045_judge", "05_deploy", "06_monitor")
CALLS = {
    "01_data": "check_dataset(wanted, definition)",
    "02_features": "time_travel.check(again)\nleaks.check_leaks(alone)",
    "05_deploy": "scoring.compare_with_evaluation(run_dir, challenger)",
}
CONFIG = """[dataset]
name = "people"
drop = [                            # columns that no model sees
    "phone",                        # names the customer
    'left on',  # is known once the customer has left
    "shoe_size",
]

[hooks]
on_failure = ["call"]
on_alert = ["call"]
"""
MEASURES = {
    "roc_auc": 0.84, "average_precision": 0.41, "log_loss": 0.21, "brier": 0.06, "calibration_error": 0.011,
    "lift_at_5": 6.1, "lift_at_10": 5.2, "lift_at_20": 3.4, "recall_at_5": 0.3, "recall_at_10": 0.52,
    "recall_at_20": 0.68, "profit": 1200.0, "profit_per_1000": 300.0,
}  # fmt: skip


def write_complete(folder: Path, bad: str = "") -> tuple[dict, dict]:
    """Write the run into `folder`, a champion of before beside it; returns manifest and metrics.

    `bad` is added to every text that comes from the data or from a definition.
    """
    folder = Path(folder)
    for name, value in {**_json(bad), **_notebooks(bad)}.items():
        _write(folder / name, json.dumps(value))
    for name, rows in _tables(bad).items():
        _write_rows(folder / name, rows)
    _write(folder / "config.toml", CONFIG)
    _write(folder.parent / BEFORE / "artifacts" / "model.skops", "")
    return json.loads((folder / "manifest.json").read_text()), json.loads((folder / "metrics.json").read_text())


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _write_rows(path: Path, rows: list[dict]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows), path)


def _with_intervals(values: dict) -> dict:
    return {f"{name}{end}": value * by for name, value in values.items() for end, by in _ENDS.items()}


_ENDS = {"": 1.0, "_low": 0.9, "_high": 1.1}


def _rivals() -> dict:
    shares = {"naive_": 0.5, "linear_": 0.97, "champion_": 0.99, "best_possible_": 1.05}
    values = {f"{who}{name}": value * by for who, by in shares.items() for name, value in MEASURES.items()}
    return values | _with_intervals({n: value for n, value in values.items() if n.startswith("linear_")})


def _json(bad: str) -> dict:
    gates = [
        ("is calibrated", 0.011, 0.05, "pages/04_evaluate.html#Calibration"),
        ("collapses in no slice", 0.9, 0.5, "pages/045_judge.html#Where-is-it-weaker?"),
        ("treats groups alike", 0.01, 0.1, f"javascript:{bad}"),
        ("ranks alike with other seeds", 0.001, 0.01, ""),
        ("answers in time", 0.004, 0.1, ""),
        ("is small enough", 1.0, 100.0, ""),
    ]
    tables = {f"people{bad}": {"rows": 400}, "calls": {"rows": 30}}
    columns = [
        {"name": f"price{bad}", "kind": "number", "unit": f"EUR{bad}", "low": 1.0, "high": 9.0, "missing": 0.6},
        {"name": f"plan{bad}", "kind": "category", "categories": [f"basic{bad}", "plus"], "missing": 0.0, "unit": ""},
        {"name": "joined", "kind": "number", "low": 0, "high": 31, "since": "2026-01-01", "missing": 0.0, "unit": ""},
    ]
    spread = {f"{name}_difference{end}": v * by / 50 for name, v in MEASURES.items() for end, by in _ENDS.items()}
    gains = [
        {"decision": f"contact {whom}", "profit": 0.0, "gain": 1200.0, "low": 900.0, "high": 1500.0, "verdict": "more"}
        for whom in (f"nobody{bad}", "everybody")
    ]
    bounds = {"pays_low": 0.4, "pays_high": None, "sure_low": 0.6, "sure_high": 3.0, "alike_low": None}
    definition = {
        "dataset": {
            "name": f"people{bad}", "id": "phone", "target": f"left{bad}", "positive": f"yes{bad}", "prior": 0.0,
            "snapshot_date": "day", "horizon_days": 30, "drop": ["phone", "left on", "shoe_size"],
        },
        "columns": {f"sex{bad}": {"sensitive": True}},
        "money": {"value_kept": 100, "offer_cost": 5, "success_rate": 0.25, "currency": "GBP"},
    }  # fmt: skip
    artifacts = {
        "definition": definition,
        "data_version": {"source": f"people.csv{bad}", "version": "d" * 64, "rows": 400, "rows_read": 404,
                         "rows_quarantined": 4, "oldest": "2025-01-01", "newest": "2026-10-31", "tables": tables},
        "signature": {"id": "phone", "snapshot_date": "day", "columns": columns},
        "model": {"name": f"lightgbm{bad}", "digest": DIGEST, "threshold": 0.2, "churn_rate": 0.1,
                  "reason": f"It is best.{bad}", "decides_by": "probability", "trials": 14, "trial_rows": 300,
                  "members": {f"lightgbm{bad}": 1.0}, "settings": {f"lightgbm{bad}": {f"leaves{bad}": 11}}},
        "evaluation": _with_intervals(MEASURES),
        "comparison": {"verdict": f"better{bad}", "reason": f"by far{bad}", "metrics": spread},
        "money": {"gains": gains, "sensitivity": [{"assumption": "value_kept", "assumed": 100, **bounds}]},
        "gates": [{"name": name, "passed": True, "value": value, "threshold": limit, "message": f"Fine.{bad}",
                   "evidence": shown} for name, value, limit, shown in gates],
        "stability": {"seeds": [0, 1, 2], "roc_auc": [0.84, 0.841, 0.839], "sd": 0.001,
                      "share_of_decisions_changed": 0.004},
        "promotion": {"promoted": False, "reason": f"Not now.{bad}", "champion_before": BEFORE,
                      "expected_generation": 3},
        "alerts": [],
        "retraining": {"needed": False, "reasons": []},
        "example": {"digest": DIGEST, "probability": 0.3, "request": {f"price{bad}": 3.0}},
    }  # fmt: skip
    stages = [{"name": name, "status": "succeeded", "cells": 9, "cells_run": 9, "seconds": 1.0} for name in STAGES]
    manifest = {
        "schema": 1, "version": VERSION, "dataset": f"people{bad}", "status": "succeeded", "error": None,
        "started": "2026-11-23T22:46:00Z", "finished": "2026-11-23T22:46:41Z", "seconds": 41.0, "stages": stages,
        "verdict": "Succeeded: the champion stays as it was", "as_of": "", "experiment": False,
        "parameters": {"01_data": {"config": "../configs/people.toml", "data": f"people.csv{bad}"}},
        "code": {"git_commit": "c" * 40, "git_dirty": False, "library": "e" * 64, "lock": "f" * 64},
        "environment": {"python": "3.11.7", "platform": "Linux", "packages": {f"pandas{bad}": "3.1.1"}},
        "data": {"version": "d" * 64}, "gates": artifacts["gates"], "promotion": artifacts["promotion"],
        "model": artifacts["model"],
    }  # fmt: skip
    counts = {"test_rows": 100, "test_churn_rate": 0.1, "contacted_rows": 20, "scored_rows": 50, "cv_roc_auc": 0.83,
              "cv_roc_auc_se": 0.004, "expected_profit": 99.5, "schema": 1}  # fmt: skip
    metrics = {**_with_intervals(MEASURES), **_rivals(), **counts}
    named = {f"artifacts/{name}.json": value for name, value in artifacts.items()}
    return {"manifest.json": manifest, "metrics.json": metrics, **named}


def _notebooks(bad: str) -> dict:
    return {
        f"notebooks/{stage}.ipynb": {
            "cells": [{"cell_type": "code", "source": [source + bad], "execution_count": 3, "outputs": []}]
        }
        for stage, source in CALLS.items()
    }


def _tables(bad: str) -> dict:
    from datetime import datetime

    columns = (f"price{bad}", f"plan{bad}", "joined")
    keys = {"phone": "1", "day": datetime(2026, 10, 1)}
    area = {"roc_auc": 0.8, "roc_auc_low": 0.7, "roc_auc_high": 0.9}
    rates = {f"{rate}{end}": 0.1 for rate in ("selection_rate", "true_positive_rate", "false_positive_rate")
             for end in ("", "_gap")}  # fmt: skip
    tables = {
        "quarantine": [{"table": "people", "row": 3, "reasons": f"odd{bad}", "values": ""}],
        "features": [{**keys, "price": 1.0}],
        "active": [{**keys, "price": 2.0}],
        "labels": [{"split": part, "churned": i % 2, "day": datetime(2026, 1 + i, 1)}
                   for part in ("train", "test", "unused") for i in range(4)],
        "test_scores": [{"customer": f"c{i}{bad}", "churned": i % 2, "probability": i / 10} for i in range(10)],
        "trials": [{"number": i, "family": f"lightgbm{bad}", "settings": json.dumps({f"leaves{bad}": i}),
                    "state": "complete" if i < 12 else "pruned", "roc_auc": 0.8 + i / 1000, "seconds": 1.0}
                   for i in range(14)],
        "slices": [{"column": f"plan{bad}", "slice": f"basic{bad}", "rows": 40, **area, "mean_probability": 0.1,
                    "churn_rate": 0.1, "flag": ""}],
        "groups": [{"column": f"sex{bad}", "group": f"f{bad}", "rows": 40, **rates}],
        "importance": [{"column": name, "importance": 0.01, "importance_low": 0.005, "importance_high": 0.015}
                       for name in columns],
        "effects": [{"column": name, "band": band, "effect": i - 0.5}
                    for name in columns for i, band in enumerate((f"low{bad}", f"high{bad}"))],
        "out_of_fold": [{f"lightgbm{bad}": 0.1}],
        "scores": [{"probability": i / 10, "reason_1": f"plan is basic{bad}", "contribution_1": 0.4} for i in range(5)],
        "drift": [{"column": name, "verdict": "stable", "out_of_range_share": 0.02, "new_categories": f"pro{bad}"}
                  for name in columns],
        "performance": [{"month": f"2026-{month:02}", "roc_auc": 0.8} for month in (8, 9, 10)],
    }  # fmt: skip
    return {f"artifacts/{name}.parquet": rows for name, rows in tables.items()}
