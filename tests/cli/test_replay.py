"""`replay` on the command line: what it leaves and prints, and how it refuses."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from tests.pipelines.replay.conftest import ROOT, club_table

from churn_mlops.cli import main
from churn_mlops.pipelines.stage import Stage

STAGES = tuple(Stage(name) for name in ("02_features", "03_train", "045_judge", "06_monitor"))
CLUB = """
[dataset]
name = "club"
source = "club.csv"
id = "id"
target = "gone"
snapshot_date = "day"
[money]
value_kept = 100
offer_cost = 5
success_rate = 0.5
[features]
test_snapshots = 2
[judge]
max_calibration_error = 0.1
"""
POLICY = """
[replay]
from = "2024-08-01"
to = "2024-09-01"
trials = 2
replicates = 20
[policies.mine]
every_days = 28
"""


@pytest.fixture
def club(tmp_path):
    """A project with the notebooks of this one, a definition, its data and a policy file."""
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks", ignore=shutil.ignore_patterns(".*"))
    club_table(9, 400).to_csv(tmp_path / "club.csv", index=False)
    (tmp_path / "club.toml").write_text(CLUB)
    (tmp_path / "policy.toml").write_text(POLICY)
    return tmp_path


@pytest.fixture
def replay(club, capsys, monkeypatch):
    monkeypatch.chdir(club)

    def replay(*arguments, config="club.toml"):
        code = 0
        try:
            main(STAGES, club, ["replay", "--config", config, *arguments])
        except SystemExit as end:
            code = end.code or 0
        return code, *capsys.readouterr()

    return replay


@pytest.mark.slow
def test_it_leaves_a_folder_with_every_policy_and_what_each_customer_brought(replay, club):
    code, out, err = replay("--policy", "policy.toml", "--json")
    assert code == 0, err
    answer = json.loads(out)
    folder = Path(answer["folder"])
    assert folder.parent == club / "runs" / "replays"
    told = json.loads((folder / "replay.json").read_text())
    assert (told["dataset"], told["from"], told["to"]) == ("club", "2024-08-01", "2024-09-01")
    assert list(answer["policies"]) == ["never", "monthly", "quarterly", "drift", "estimated loss", "own", "mine"]
    assert told["policies"]["mine"]["toml"].startswith("[retrain]\nevery_days = 28\n")
    assert "2024-08-01 trained: " in err
    gains = pd.read_parquet(folder / "gains.parquet")
    assert len(gains) == 800
    assert gains["mine"].sum() == pytest.approx(sum(month["profit"] for month in told["policies"]["mine"]["months"]))
    code, out, err = replay("--policy", "policy.toml")
    assert (code, "trained" in err) == (0, False)
    assert "mine" in out
    assert not (club / "runs" / "registry").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "code", "problem"),
    [
        (["--policy", "polcy.toml"], 2, "polcy.toml: no such config file. In that folder: club.toml, policy.toml."),
        (["--from", "July"], 2, "--from July: not a day. Cure: one like 2026-03-31."),
        (["--from", "2024-09-01", "--to", "2024-08-01"], 2, "the first month comes after the last. Cure: swap them."),
        (
            ["--from", "2030-01-01"],
            2,
            "lies between 2030-01-01 and 2024-09-01; they go from 2024-01-01",
        ),
        (["--to", "2024-02-01"], 2, "no month from 2024-01-01 to 2024-02-01 on which a model could be trained"),
        (["--scheduler", "here"], 2, "--scheduler here: not the address of a Dask scheduler."),
        (["--scheduler", "tcp://127.0.0.1:1"], 10, "cluster tcp://127.0.0.1:1: no connection within 5 s"),
    ],
)
def test_what_cannot_be_done_is_refused_with_the_cure(replay, club, monkeypatch, arguments, code, problem):
    monkeypatch.delenv("CHURN_SCHEDULER", raising=False)
    seen, out, err = replay(*arguments)
    assert (seen, out) == (code, "")
    assert problem in err
    assert not (club / "runs" / "replays").exists()


def test_data_without_time_has_no_past_to_go_through(replay, club):
    (club / "plain.toml").write_text(CLUB.replace('snapshot_date = "day"\n', ""))
    code, _, err = replay(config="plain.toml")
    assert code == 2
    assert "replay: the rows of `club` say nowhere when they were known" in err
    assert "Cure: name the column that does as snapshot_date" in err
