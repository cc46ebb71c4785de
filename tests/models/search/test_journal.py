import os
import time

import numpy as np
import pytest
from tests.models.search.families import LINEAR, TREE, Family, Setting, data, make_linear

from churn_mlops.models.folds import keep_together
from churn_mlops.models.search import COMPLETE, Trial
from churn_mlops.models.search.journal import OLDEST, Journal, search_key

TRIALS = [Trial(0, 0, "linear", {"c": np.float64(0.1), "n": np.int64(3)}, COMPLETE, (0.7, 1 / 3), (0.5, 0.5), 0.1)]


def test_trials_come_back_as_they_were(tmp_path):
    Journal(tmp_path / "kept", "key").write(TRIALS, [1.5])
    assert Journal(tmp_path / "kept", "key").read() == (TRIALS, [1.5])
    assert Journal(tmp_path / "kept", "other").read() == ([], [])


def test_without_a_folder_nothing_is_kept():
    nowhere = Journal(None, "key")
    nowhere.write(TRIALS, [1.5])
    nowhere.forget()
    assert nowhere.read() == ([], [])


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[: len(text) // 2],
        lambda text: text.replace("0.7", "0.9"),
        lambda text: "[]",
        lambda text: "{}",
        lambda text: "",
    ],
    ids=["torn", "edited", "a list", "empty", "nothing"],
)
def test_a_damaged_journal_is_none(tmp_path, damage):
    journal = Journal(tmp_path, "key")
    journal.write(TRIALS, [1.5])
    journal.path.write_text(damage(journal.path.read_text()))
    assert journal.read() == ([], [])


def test_what_others_left_long_ago_goes_as_well(tmp_path):
    for key in ("old", "young", "mine"):
        Journal(tmp_path, key).write(TRIALS, [1.5])
    long_ago = time.time() - OLDEST - 10
    os.utime(tmp_path / "old.json", (long_ago, long_ago))
    Journal(tmp_path, "mine").forget()
    assert [path.name for path in tmp_path.iterdir()] == ["young.json"]


def test_whatever_decides_the_trials_is_in_the_key():
    X, y, folds = data(60)
    wider = Family("linear", make_linear, (Setting("c", 1e-4, 99.0, log=True),), LINEAR.start)
    later = Family("linear", make_linear, LINEAR.space, ({"c": 0.2},))
    flipped = y.copy()
    flipped[0] = 1 - flipped[0]
    same = {"linear": LINEAR}, X, y, folds, 0
    others = [
        ({"linear": LINEAR, "tree": TREE}, X, y, folds, 0),
        ({"linear": wider}, X, y, folds, 0),
        ({"linear": later}, X, y, folds, 0),
        ({"linear": LINEAR}, X.assign(a=X["a"] + 1e-9), y, folds, 0),
        ({"linear": LINEAR}, X, flipped, folds, 0),
        ({"linear": LINEAR}, X, y, folds[:2], 0),
        ({"linear": LINEAR}, X, y, folds, 1),
        ({"linear": LINEAR}, keep_together(X, np.arange(len(X)) // 2), y, folds, 0),
    ]
    keys = [search_key(*arguments) for arguments in (same, *others)]
    assert len(set(keys)) == len(keys)
    assert keys[0] == search_key(*same)
    assert keys[0] == search_key({"linear": LINEAR}, keep_together(X, [f"C{k}" for k in range(len(X))]), y, folds, 0)
