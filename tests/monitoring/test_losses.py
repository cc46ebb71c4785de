"""What is lost of what the champion's evaluation promised: never more than is known beyond the estimate's own error."""

import json
import math

import numpy as np
import pandas as pd
import pytest

from churn_mlops.errors import ChurnError
from churn_mlops.monitoring.losses import FILE, NAMES, load_losses, measure_losses, save_losses

NAN = np.nan
COLUMNS = [
    "month",
    "rows",
    "roc_auc",
    "profit",
    "profit_high",
    "estimated_rows",
    "estimated_roc_auc",
    "estimated_profit",
]
PAST = [("2026-01", 100, 0.80, 100, 140, 100, 0.82, 120), ("2026-02", 100, 0.80, 90, 130, 100, 0.80, 110)]


def table(*coming, past=PAST):
    return pd.DataFrame([*past, *coming], columns=COLUMNS)


def now(roc_auc, profit, rows=100):
    return ("2026-03", NAN, NAN, NAN, NAN, rows, roc_auc, profit)


@pytest.mark.parametrize(
    ("coming", "roc_auc", "profit", "expected"),
    [
        ([now(0.80, 100)], 0.80, 1.0, (0, 0, 0)),
        ([now(0.69, 60)], 0.80, 1.0, (0.2, 1 / 3, 0)),  # 0.4 and 0.11 less, of which 0.2 and 0.01 is the error
        ([now(0.79, 85)], 0.80, 1.0, (0, 0, 0)),  # less than it is off by
        ([now(0.90, 200)], 0.80, 1.0, (0, 0, 0)),
        ([now(0.69, 60, 100), now(0.69, 180, 300)], 0.80, 1.0, (0.2, 1 / 3, 0)),
        ([], 0.80, 1.0, (NAN, NAN, 0)),
        ([now(0.69, 60)], NAN, NAN, (NAN, NAN, NAN)),  # an evaluation of an older release
        ([now(0.69, 60)], 0.80, 2.6, (1 - 0.8 / 2.6, 1 / 3, 0.5)),  # 1.3 at most came true of 2.6
    ],
)
def test_a_loss_is_a_share_of_what_was_promised_beyond_what_is_not_known(coming, roc_auc, profit, expected):
    found = measure_losses(table(*coming), roc_auc, profit)
    assert tuple(found) == NAMES
    assert list(found.values()) == pytest.approx(list(expected), nan_ok=True)


def test_where_nobody_knows_how_far_the_estimate_is_off_nobody_knows_the_loss():
    found = measure_losses(table(now(0.5, 0), past=[]), 0.8, 1.0)
    assert all(math.isnan(share) for share in found.values())


def test_losses_are_found_again_and_an_older_run_has_none(tmp_path):
    losses = measure_losses(table(now(0.69, 60)), 0.8, NAN)
    assert save_losses(str(tmp_path), losses) == losses
    found = load_losses(tmp_path)
    assert found["estimated_roc_auc_loss"] == pytest.approx(1 / 3)
    assert found["realised_profit_loss"] is None
    assert load_losses(tmp_path / "gone") == dict.fromkeys(NAMES)


@pytest.mark.parametrize("text", ["[]", '{"estimated_profit_loss": 1}', "not json"])
def test_a_file_that_is_none_is_told(tmp_path, text):
    (tmp_path / FILE).write_text(text)
    with pytest.raises(ChurnError, match=r"expected losses as 06_monitor writes them|expected JSON"):
        load_losses(tmp_path)


def test_a_loss_of_nothing_is_json(tmp_path):
    save_losses(str(tmp_path), dict.fromkeys(NAMES, NAN))
    assert json.loads((tmp_path / FILE).read_text()) == dict.fromkeys(NAMES)
