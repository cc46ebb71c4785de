"""`monitor` as a user has it: a model is trained, new data come, and the exit code says whether to worry."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

pytestmark = [pytest.mark.kernel, pytest.mark.nightly]

ROOT = Path(__file__).resolve().parent.parent
DEFINITION = """
[dataset]
name = "shop"
source = "shop.csv"
id = "id"
target = "left"
positive = "yes"
[money]
value_kept = 100
offer_cost = 15
success_rate = 0.4
"""


def people(rows, seed, shift=0.0, unused=0.0, lost=0.0):
    """Customers who leave the more often the less they use; `junk` says nothing of that."""
    rng = np.random.default_rng(seed)
    usage, plan = rng.normal(20 + shift, 5, rows), rng.choice(["a", "b", "c"], rows)
    p = 1 / (1 + np.exp(0.25 * (usage - 15) - (plan == "a")))
    table = pd.DataFrame({"id": [f"{seed}-{n}" for n in range(rows)], "usage": usage.round(2), "plan": plan})
    table["junk"] = rng.normal(unused, 1, rows).round(2)
    table["left"] = np.where(rng.random(rows) < p, "yes", "no")
    table["usage"] = table["usage"].mask(rng.random(rows) < lost)
    return table


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A folder with a definition, its data, an archive with a champion, and three tables of later customers."""
    folder = tmp_path_factory.mktemp("shop")
    (folder / "shop.toml").write_text(DEFINITION)
    people(8000, 1).to_csv(folder / "shop.csv", index=False)
    later = {"same": {}, "moved": {"shift": -6}, "broken": {"lost": 0.8}}
    for seed, (name, change) in enumerate(later.items(), 2):
        people(7500, seed, **change).to_csv(folder / f"{name}.csv", index=False)
    assert "became champion" in asked(folder).stdout
    return folder


def asked(folder, *arguments):
    command = [sys.executable, "pipeline.py", *arguments, "--config", str(folder / "shop.toml"), "--runs"]
    return subprocess.run([*command, str(folder / "runs")], cwd=ROOT, capture_output=True, text=True)


@pytest.mark.parametrize(
    ("data", "code", "first"), [("same", 0, None), ("moved", 12, "inputs moved"), ("broken", 12, "feed broken")]
)
def test_the_exit_code_says_whether_to_worry_and_the_first_alert_what_costs_most(shop, data, code, first):
    before = (shop / "runs" / "registry" / "shop" / "champion.json").read_bytes()
    done = asked(shop, "monitor", "--data", str(shop / f"{data}.csv"), "--json")
    answer = json.loads(done.stdout)
    assert done.returncode == code, done.stderr
    assert next(iter(a["name"] for a in answer["alerts"]), None) == first
    assert all(alert["money"] > 0 for alert in answer["alerts"][:1])
    assert (shop / "runs" / "registry" / "shop" / "champion.json").read_bytes() == before


def test_a_look_at_what_has_not_changed_gives_the_last_one_s_answer(shop):
    data = ("monitor", "--data", str(shop / "moved.csv"), "--json")
    first, again = (asked(shop, *data) for _ in range(2))
    assert (first.returncode, again.returncode) == (12, 12)
    assert json.loads(again.stdout)["version"] == json.loads(first.stdout)["version"]
    assert not json.loads(again.stdout)["new"]


def test_data_that_are_not_there_end_it_before_any_kernel(shop):
    done = asked(shop, "monitor", "--data", str(shop / "none.csv"))
    assert done.returncode == 2
    assert "none.csv: no such file" in done.stderr
