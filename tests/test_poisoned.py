"""Whole runs on new data that is poisoned: they end well, and nothing is promoted; a person may know better."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.monitoring.quality.poison import spoilt
from tests.monitoring.quality.test_quality import business

ROOT = Path(__file__).parent.parent
pytestmark = pytest.mark.kernel
SHOP = """
[dataset]
name = "shop"
source = "shop.csv"
id = "customer_id"
target = "churned"
snapshot_date = "snapshot_date"
drop = ["month_of_year"]
[money]
value_kept = 300
offer_cost = 4
success_rate = 0.3
[train]
trials = 4
"""
MONTHS, UNIT = "learned from labels that can be ranked", "learned from columns in one unit"


def run(folder, made, *options):
    """The manifest of a run on these features and labels."""
    features, labels = made
    features.assign(churned=labels["churned"].to_numpy()).to_csv(folder / "shop.csv", index=False)
    (folder / "shop.toml").write_text(SHOP)
    where = ["--config", folder / "shop.toml", "--runs", folder / "runs", "--json", *options]
    done = subprocess.run(
        [sys.executable, "pipeline.py", *where], cwd=ROOT, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads((Path(json.loads(done.stdout)["folder"]) / "manifest.json").read_text())


def failed(manifest):
    return {gate["name"]: gate for gate in manifest["gates"] if not gate["passed"]}


def test_a_run_on_prices_in_cents_ends_well_and_promotes_nothing(tmp_path):
    manifest = run(tmp_path, spoilt("price in cents", *business(1, 3_000)))
    assert (manifest["status"], manifest["promotion"]["promoted"]) == ("succeeded", False)
    gate = failed(manifest)[UNIT]
    assert "In 2026-03 `price` is 100 times what it was, in the same shape" in gate["message"]
    assert "a factor of 1.5 is allowed. Look for another unit" in gate["message"]
    assert gate["evidence"] == "pages/02_features.html#Are-the-months-sound?"


@pytest.mark.nightly
def test_clean_data_are_promoted_and_each_kind_of_poison_after_them_is_not(tmp_path):
    clean = business(1, 4_000)
    first = run(tmp_path, clean)
    assert failed(first) == {}
    assert first["promotion"]["promoted"]
    for batch in ("30% of labels flipped, 1 months", "all copied", "10% planted, who stay", "60% of leavers lost"):
        manifest = run(tmp_path, spoilt(batch, *clean))
        assert not manifest["promotion"]["promoted"], batch
        assert any(name.startswith("learned from") for name in failed(manifest)), batch
    dearer = spoilt("price doubled", *clean)
    assert list(failed(run(tmp_path, dearer))) == [UNIT]
    assert UNIT not in failed(run(tmp_path, dearer, "-p", "features.known=price"))


@pytest.mark.nightly
def test_the_window_is_chosen_in_a_run_and_told(tmp_path):
    manifest = run(tmp_path, business(1, 4_000), "-p", "features.window=chosen")
    metrics = json.loads((tmp_path / "runs" / manifest["version"] / "metrics.json").read_text())
    told = json.dumps(metrics)
    assert "window_log_loss_6" in told
    assert "train_snapshots" in told
