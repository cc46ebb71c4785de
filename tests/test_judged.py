"""A whole run judges a model by groups that it does not see, and the config says how much is too much."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

ROOT = Path(__file__).parent.parent
pytestmark = [pytest.mark.kernel, pytest.mark.nightly]
SHOP = """
[dataset]
name = "shop"
source = "shop.csv"
id = "id"
target = "left"
positive = "yes"
drop = ["gender"]
slices = ["plan"]
[columns]
gender = {sensitive = true}
[money]
value_kept = 100
offer_cost = 10
success_rate = 0.3
"""


def run(folder, limits=""):
    (folder / "shop.toml").write_text(SHOP + limits)
    command = [sys.executable, "pipeline.py", "--config", folder / "shop.toml", "--runs", folder / "runs", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-3000:]
    made = Path(json.loads(done.stdout)["folder"])
    return made, json.loads((made / "manifest.json").read_text())


def test_a_group_passed_over_by_what_stands_for_it_stops_the_promotion_until_the_config_allows_it(tmp_path):
    rng, rows = np.random.default_rng(0), 3_000
    gender = rng.choice(["f", "m"], rows)
    premium = rng.random(rows) < np.where(gender == "m", 0.9, 0.1)
    left = rng.random(rows) < np.where(premium, 0.6, 0.12)
    table = {"gender": gender, "plan": np.where(premium, "premium", "basic"), "spend": rng.normal(size=rows).round(3)}
    shop = pd.DataFrame({"id": [f"c{n}" for n in range(rows)], **table, "left": np.where(left, "yes", "no")})
    shop.to_csv(tmp_path / "shop.csv", index=False)
    made, manifest = run(tmp_path)
    assert [gate["name"] for gate in manifest["gates"] if not gate["passed"]] == ["treats groups alike"]
    assert not manifest["promotion"]["promoted"]
    assert "`gender` = " in manifest["promotion"]["reason"]
    assert "gender" not in (made / "artifacts" / "signature.json").read_text()
    assert set(pd.read_parquet(made / "artifacts" / "groups.parquet")["group"]) == {"f", "m"}
    assert set(pd.read_parquet(made / "artifacts" / "slices.parquet")["slice"]) >= {"premium", "basic"}
    made, manifest = run(tmp_path, "[judge]\nmax_group_gap = 0.9\n")
    assert manifest["promotion"]["promoted"]
    assert [stage["status"] for stage in manifest["stages"][:5]] == ["reused"] * 4 + ["succeeded"]
