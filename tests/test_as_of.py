"""A run as of a day makes the same bytes whether or not anything later is there to be seen.

The stages' own cells are executed in this process, in order, on the whole data and on data that ends on that day.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from churn_mlops.archive.digest import digest_file
from churn_mlops.config import read_config
from churn_mlops.data import sources
from churn_mlops.data.engine import stored
from churn_mlops.data.simulator import SimulatorSettings, simulate
from churn_mlops.errors import CheckError

ROOT = Path(__file__).parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("0*.ipynb"), key=lambda path: path.stem.split("_")[0])
pytestmark = pytest.mark.slow

MONEY = "[money]\nvalue_kept = 100\noffer_cost = 1\nsuccess_rate = 0.5\n"
SHOP = (
    '[dataset]\nname = "shop"\nsource = "simulator"\nid = "customer_id"\ntarget = "churned"\n'
    'snapshot_date = "snapshot_date"\n' + MONEY + "[simulator]\ncustomers = 3_000\nmonths = 20\nseed = 3\n"
)
MONTHS = (
    '[dataset]\nname = "months"\nsource = "months.csv"\nid = "id"\ntarget = "gone"\nsnapshot_date = "day"\n' + MONEY
)
LOG = (
    '[dataset]\nname = "log"\nsource = "log.csv"\nid = "id"\nhorizon_days = 30\n' + MONEY + '[events]\ntime = "at"\n'
    'amount = "paid"\nfirst = "2024-02-01"\nwindows = [7, 30]\nactive_days = 60\n'
)


def run_stages(folder: Path, config: Path, as_of: str, stages: int = 7) -> dict[str, str]:
    """Execute all stages; the digest of everything that they made."""
    values = {"config": str(config), "run_dir": str(folder / "run"), "runs_dir": str(folder / "runs"), "as_of": as_of}
    values |= {"history_months": 6, "folds": 2, "replicates": 20, "trials": 2, "test_snapshots": 2}
    for notebook in NOTEBOOKS[:stages]:
        space = {}
        for cell in json.loads(notebook.read_text())["cells"]:
            if cell["cell_type"] == "code":
                exec(compile("".join(cell["source"]), notebook.name, "exec"), space)
            if "parameters" in cell["metadata"].get("tags", []):
                space.update({name: value for name, value in values.items() if name in space})
    made = folder / "run"
    return {path.relative_to(made).as_posix(): digest_file(path) for path in made.rglob("*") if path.is_file()}


def assert_same(whole: dict[str, str], cut: dict[str, str]) -> None:
    assert {"scores.csv", "model.skops", "retraining.json", "data_version.json"} <= set(whole)
    assert whole.keys() == cut.keys()
    assert {name for name in whole if whole[name] != cut[name]} == set()


def written(folder: Path, definition: str, frame) -> Path:
    """A definition and its CSV, in a folder of their own."""
    folder.mkdir()
    name = definition.split('"')[1]
    frame.to_csv(folder / f"{name}.csv", index=False)
    (folder / f"{name}.toml").write_text(definition)
    return folder / f"{name}.toml"


def months():
    """A row a customer and month; the label of every month but the last is known."""
    rng = np.random.default_rng(4)
    rows = []
    for number in range(700):
        use = rng.normal()
        for day in pd.date_range("2024-01-01", periods=12, freq="MS"):
            use += rng.normal(0, 0.4)
            left = rng.random() < 1 / (1 + np.exp(2.2 + 1.5 * use))
            plan, gone = rng.choice(["a", "b"]), "yes" if left else "no"
            rows.append((f"c{number:03}", f"{day:%Y-%m-%d}", round(use, 4), plan, gone))
            if left:
                break
    frame = pd.DataFrame(rows, columns=["id", "day", "use", "plan", "gone"])
    return frame.sort_values(["day", "id"]).reset_index(drop=True)


def log():
    rng = np.random.default_rng(4)
    rate = np.exp(rng.normal(-2.2, 0.8, 500))
    days = np.arange("2024-01-01", "2024-08-01", dtype="datetime64[h]")[::24]
    stops = rng.integers(30, 400, 500)
    came = rng.random((len(days), 500)) < rate * (np.arange(len(days))[:, None] < stops)
    day, who = np.nonzero(came)
    at = days[day].astype("datetime64[s]") + rng.integers(0, 86_400, len(day)).astype("timedelta64[s]")
    frame = pd.DataFrame({"id": [f"c{n:03}" for n in who], "at": at, "paid": rng.integers(1, 99, len(day)) / 4})
    return frame.sort_values(["at", "id"]).reset_index(drop=True)


@pytest.mark.parametrize("as_of", [pytest.param("2024-10-01", marks=pytest.mark.nightly), "2024-09-17"])
def test_snapshots_that_are_there_already_are_hidden_from_every_stage(tmp_path, as_of):
    frame = months()
    closed = pd.to_datetime(frame["day"]) + pd.Timedelta(days=30) <= pd.Timestamp(as_of)
    then = frame.assign(gone=frame["gone"].where(closed))[frame["day"] <= as_of]
    assert len(then) < len(frame)
    whole, cut = written(tmp_path / "whole", MONTHS, frame), written(tmp_path / "cut", MONTHS, then)
    assert_same(run_stages(tmp_path / "a", whole, as_of), run_stages(tmp_path / "b", cut, as_of))


def test_events_that_are_there_already_are_hidden_from_every_stage(tmp_path):
    frame, as_of = log(), "2024-07-01"
    then = frame[frame["at"] <= as_of]
    assert len(then) < len(frame)
    whole, cut = written(tmp_path / "whole", LOG, frame), written(tmp_path / "cut", LOG, then)
    assert_same(run_stages(tmp_path / "a", whole, as_of), run_stages(tmp_path / "b", cut, as_of))


def test_a_column_that_was_written_afterwards_stops_the_second_stage_unless_it_is_allowed(tmp_path):
    frame = months()
    frame["reason"] = np.where((frame["gone"] == "yes") & (frame["use"] < 0), "price", "")
    config = written(tmp_path / "leak", MONTHS, frame)
    with pytest.raises(CheckError, match=r"`reason` is filled for .* and 0.0% of those who stayed"):
        run_stages(tmp_path / "a", config, "", stages=2)
    config.write_text(MONTHS.replace('target = "gone"', 'target = "gone"\nallow = ["reason"]'))
    assert "features.parquet" in run_stages(tmp_path / "b", config, "", stages=2)


def shop_of(day: pd.Timestamp, tables: dict) -> dict:
    """The business's tables as they stood on a day, each rule of it written out once more."""
    ends = {
        "customers": "signup_date",
        "prices": "month",
        "contracts": "start",
        "payments": "due",
        "usage": "known_on",
        "contacts": "date",
        "cancellations": "cancelled_on",
    }
    then = {name: tables[name][tables[name][column] <= day] for name, column in ends.items()}
    paid_on = then["payments"]["paid_on"]
    then["payments"] = then["payments"].assign(paid_on=paid_on.where(paid_on <= day))
    then["truth"] = tables["truth"][tables["truth"]["snapshot_date"] + pd.Timedelta(days=30) <= day]
    return {name: then.get(name, table).reset_index(drop=True) for name, table in tables.items()}


# On the 5th some payments of the 3rd are still to come.
@pytest.mark.parametrize("as_of", [pytest.param("2025-04-01", marks=pytest.mark.nightly), "2025-03-05"])
def test_what_the_simulated_business_did_later_is_hidden_from_every_stage(tmp_path, monkeypatch, as_of):
    config = tmp_path / "shop.toml"
    config.write_text(SHOP)
    whole = run_stages(tmp_path / "a", config, as_of)
    tables = shop_of(
        pd.Timestamp(as_of), simulate(SimulatorSettings.from_dict(read_config(config).definition.simulator))
    )
    opened = sources.Source({name: stored(frame) for name, frame in tables.items()})
    monkeypatch.setattr(sources, "open_source", lambda definition, location: opened)
    assert_same(whole, run_stages(tmp_path / "b", config, as_of))
