"""Training never looks at the test: 03_train's own cells are executed with spies planted in what they could read."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from churn_mlops.archive.digest import digest_file
from churn_mlops.archive.tables import read_table, write_table
from churn_mlops.features import examples

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "03_train.ipynb"
pytestmark = pytest.mark.slow


class SpySaw(Exception):
    """The spy has seen somebody read what is closed."""


def train(folder: Path) -> None:
    """Execute the cells of 03 on a copy of a run."""
    values = {"run_dir": str(folder), "runs_dir": str(folder / "runs"), "trials": 3, "folds": 2}
    space = {}
    for cell in json.loads(NOTEBOOK.read_text())["cells"]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), space)
        if "parameters" in cell["metadata"].get("tags", []):
            space.update(values)


@pytest.fixture(scope="module")
def honest(trained, tmp_path_factory):
    """A run in which training was watched."""
    folder = shutil.copytree(trained, tmp_path_factory.mktemp("honest") / "run")
    with pytest.MonkeyPatch.context() as patch:
        plant(patch)
        train(folder)
    return folder


def plant(patch) -> None:
    """Rows of the test raise when they are asked for."""
    known = examples.load_examples

    def spy(run_dir, split):
        if split != "train":
            raise SpySaw(split)
        return known(run_dir, split)

    patch.setattr(examples, "load_examples", spy)


def test_training_never_asks_for_the_test_part(honest):
    for name in ("model.skops", "model.json", "baselines.skops", "out_of_fold.parquet", "trials.parquet"):
        assert (honest / name).exists()
    assert len(read_table(honest / "trials.parquet")) == 3


def test_the_spy_would_have_seen_it(honest, monkeypatch):
    plant(monkeypatch)
    reading = "from churn_mlops.features.examples import load_examples\nload_examples(run_dir, 'test')"
    with pytest.raises(SpySaw):
        exec(reading, {"run_dir": str(honest)})


def test_whatever_stands_in_the_test_rows_the_model_is_the_same_to_the_bit(trained, honest, tmp_path):
    folder = shutil.copytree(trained, tmp_path / "run")
    labels, features = read_table(folder / "labels.parquet"), read_table(folder / "features.parquet")
    test = (labels["split"] == "test").to_numpy()
    assert 100 < test.sum() < len(test)
    rng = np.random.default_rng(0)
    labels["churned"] = labels["churned"].mask(test, 1 - labels["churned"])
    features["spend"] = features["spend"].mask(test, pd.Series(rng.normal(1e6, 1e6, len(test))))
    features["plan"] = features["plan"].mask(test, "garbage")
    write_table(folder / "labels.parquet", labels)
    write_table(folder / "features.parquet", features)
    train(folder)
    for name in ("model.skops", "model.json", "baselines.skops", "out_of_fold.parquet", "stability.json"):
        assert digest_file(folder / name) == digest_file(honest / name), name
    kept, same = (read_table(run / "trials.parquet") for run in (honest, folder))
    pd.testing.assert_frame_equal(kept, same)
