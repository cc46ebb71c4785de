import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

from churn_mlops.errors import DataError
from churn_mlops.features.signature import make_signature
from churn_mlops.models import (
    Blend,
    CalibratedModel,
    UntrustedModel,
    load_model,
    make_families,
    model_digest,
    save_model,
)

NAMES = ["naive", "linear", "trees", "boosted", "lightgbm", "blend"]
PROGRAM = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from test_persistence import NAMES, fitted
from churn_mlops.models import save_model
junk = [object() for _ in range(int(sys.argv[3]))]
for name in NAMES:
    save_model(fitted(name), Path(sys.argv[2]) / f"{name}.skops")
"""


def table(rows=400):
    rng = np.random.default_rng(0)
    X = pd.DataFrame(
        {
            "id": range(rows),
            "spend": np.where(rng.random(rows) < 0.1, np.nan, rng.normal(size=rows)),
            "plan": pd.Series(rng.choice(["basic", "plus", "pro"], rows), dtype="str"),
            "town": pd.Series([f"town {n}" for n in rng.integers(0, 90, rows)], dtype="str"),
        }
    )
    return X, (rng.random(rows) < 0.2 + 0.4 * (X["plan"] == "pro")).astype(int)


def fitted(name):
    X, y = table()
    families = make_families(make_signature(X, "id"), 3, rows=len(X), events=int(y.sum()))
    few = {"iterations": 5}
    made = {key: family.make(few if family.space and key != "linear" else {}) for key, family in families.items()}
    made["lightgbm"] = families["lightgbm"].make(few | {"pairs": 3})
    members = [(key, made[key]) for key in ("linear", "trees", "boosted", "lightgbm")]
    candidate = Blend(members, [0.1, 0.2, 0.3, 0.4]) if name == "blend" else made[name]
    return CalibratedModel(candidate, 0.9, 0.1).fit(X, y)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_loaded_model_predicts_the_same_to_the_last_bit(tmp_path, name):
    model, path = fitted(name), tmp_path / "model.skops"
    digest = save_model(model, path)
    X, _ = table()
    np.testing.assert_array_equal(load_model(path).predict_proba(X), model.predict_proba(X))
    assert digest == model_digest(path)
    assert [p.name for p in tmp_path.iterdir()] == ["model.skops"]


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_model_saved_loaded_and_saved_again_is_the_same_file(tmp_path, name):
    once, again = tmp_path / "once.skops", tmp_path / "again.skops"
    save_model(fitted(name), once)
    save_model(load_model(once), again)
    assert once.read_bytes() == again.read_bytes()


@pytest.mark.slow
def test_the_same_model_made_in_another_process_is_the_same_file(tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    env = {**os.environ, "PYTHONHASHSEED": "7", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    arguments = [sys.executable, "-c", PROGRAM, str(Path(__file__).parent), str(other), "1000"]
    subprocess.run(arguments, env=env, check=True)
    for name in NAMES:
        save_model(fitted(name), tmp_path / f"{name}.skops")
        assert (tmp_path / f"{name}.skops").read_bytes() == (other / f"{name}.skops").read_bytes()


def test_nothing_in_the_file_is_a_date_or_an_address_in_memory(tmp_path):
    save_model(fitted("boosted"), path := tmp_path / "model.skops")
    with zipfile.ZipFile(path) as file:
        assert {entry.date_time for entry in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        numbers = [name.split(".")[0] for name in file.namelist() if name != "schema.json"]
    assert numbers == [str(i + 1) for i in range(len(numbers))]


def test_a_model_with_a_type_not_on_the_list_is_not_saved(tmp_path):
    X = np.arange(8).reshape(4, 2)
    with pytest.raises(UntrustedModel, match=r"holds types that are not trusted: .*Unlisted"):
        save_model(Unlisted().fit(X, [0, 1, 0, 1]), tmp_path / "model.skops")
    assert not list(tmp_path.iterdir())


class Unlisted(KNeighborsClassifier):
    """A type that nobody has put on the list."""


def test_a_file_with_a_type_not_on_the_list_is_not_loaded(tmp_path):
    from skops.io import dump

    dump(Unlisted().fit([[0], [1]], [0, 1]), path := tmp_path / "model.skops")
    with pytest.raises(UntrustedModel, match="Unlisted"):
        load_model(path)


def test_what_skops_trusts_by_itself_needs_no_entry(tmp_path):
    model = LogisticRegression().fit([[0], [1]], [0, 1])
    save_model(model, path := tmp_path / "model.skops")
    assert load_model(path).predict([[1]]).tolist() == [1]


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04 torn"])
def test_a_file_that_is_no_model_says_so(tmp_path, content):
    (path := tmp_path / "model.skops").write_bytes(content)
    with pytest.raises(DataError, match="not a complete model file"):
        load_model(path)


def test_a_torn_model_file_says_so(tmp_path):
    save_model(fitted("boosted"), path := tmp_path / "model.skops")
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(DataError, match="not a complete model file"):
        load_model(path)


def test_a_missing_file_names_the_cure(tmp_path):
    with pytest.raises(DataError, match="no such model file"):
        load_model(tmp_path / "absent.skops")
