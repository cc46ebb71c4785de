"""The lineage as a reader of a terminal sees it."""

import json
import subprocess
import sys

import pytest
from tests.pipelines.lineage.conftest import VERSION, make_manifest

from churn_mlops.archive.files import write_json
from churn_mlops.errors import ConfigError
from churn_mlops.pipelines.lineage.describing import describe_run_lineage
from churn_mlops.pipelines.lineage.text import lineage_text


def test_the_tree_leads_from_the_data_to_the_predictions_with_digests(runs):
    assert lineage_text(describe_run_lineage(runs, VERSION)).splitlines() == [
        f"{VERSION} (shop)",
        "",
        "data         shop.csv eeeeeeeeeeee, 2025-01-01 to 2026-10-31",
        "  └─ 01_data, 02_features",
        "features     features.parquet 222222222222",
        "  └─ 03_train",
        "model        model.skops 333333333333, boosted",
        "  └─ 05_deploy",
        "predictions  scores.parquet 444444444444",
        "",
        "Stages and what they wrote",
        "└─ 01_data reads config cccccccccccc, data dddddddddddd",
        "   │  tables/rows.parquet 111111111111",
        "   ├─ 02_features reads 01_data",
        "   │  │  features.parquet 222222222222",
        "   │  └─ 03_train reads 02_features",
        "   │     │  model.skops 333333333333",
        "   │     └─ 05_deploy reads 03_train, champion 000000000000",
        "   │           scores.parquet 444444444444",
        "   └─ 035_aside reads 01_data",
        "         chart.svg 555555555555",
    ]


def test_a_list_that_the_champion_has_made_is_told_to_be_the_champions(runs):
    artifacts = runs / VERSION / "artifacts"
    write_json(artifacts / "example.json", {"digest": "0" * 64})
    write_json(artifacts / "promotion.json", {"promoted": False, "champion_before": "20261101-000000-aaaaaa"})
    text = lineage_text(describe_run_lineage(runs, VERSION))
    assert "scores.parquet 444444444444, by the champion 000000000000 of 20261101-000000-aaaaaa" in text


def test_of_a_failed_run_it_leads_as_far_as_that_came(runs):
    manifest = make_manifest(model=None, data=None)
    manifest["stages"][2] |= {"status": "failed", "outputs": {}}
    manifest["stages"][4] |= {"status": "not run"}
    write_json(runs / VERSION / "manifest.json", manifest)
    text = lineage_text(describe_run_lineage(runs, VERSION))
    assert "data         unknown -\n  └─ 01_data, 02_features\nfeatures     features.parquet" in text
    assert "predictions" not in text
    assert "05_deploy" not in text


def test_the_answer_can_be_written_as_json(runs):
    answer = describe_run_lineage(runs, VERSION)
    assert json.loads(json.dumps(answer, allow_nan=False))["way"][1]["sha256"] == "3" * 64
    with pytest.raises(ConfigError, match="no such version"):
        describe_run_lineage(runs, "20200101-000000-000000")


def test_it_needs_nothing_heavy():
    heavy = "{'pandas', 'numpy', 'openlineage', 'jinja2', 'pyarrow'}"
    modules = "churn_mlops.pipelines.lineage.describing, churn_mlops.pipelines.lineage.text"
    program = f"import sys, {modules}; sys.exit(bool({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
