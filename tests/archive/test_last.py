"""What the present run is compared with."""

import pytest

from churn_mlops.archive.files import write_json
from churn_mlops.archive.last import last_data

GOOD = {
    "dataset": "shop",
    "status": "succeeded",
    "experiment": False,
    "data": {"version": "v", "rows": 7, "source": "x"},
}


@pytest.mark.parametrize(
    ("newer", "rows"),
    [
        ({}, 9),
        ({"dataset": "other"}, 7),
        ({"status": "failed"}, 7),
        ({"experiment": True}, 7),
        ({"data": None}, 7),  # a pipeline without a data stage
        ({"kind": "monitor"}, 9),  # a look at the same place
        ({"kind": "monitor", "parameters": {"01_data": {"data": "../b.csv"}}}, 7),  # a look at something else
        ({"kind": "train", "parameters": {"01_data": {"data": "../b.csv"}}}, 9),
    ],
)
def test_the_newest_run_of_the_dataset_that_succeeded_counts(tmp_path, newer, rows):
    write_json(tmp_path / "20260101-000000-aaaaaa" / "manifest.json", GOOD)
    latest = GOOD | {"data": {"version": "w", "rows": 9}} | newer
    write_json(tmp_path / "20260102-000000-aaaaaa" / "manifest.json", latest)
    assert last_data(tmp_path, "shop")["rows"] == rows


def test_before_the_first_run_there_is_none(tmp_path):
    assert last_data(tmp_path, "shop") is None


def test_a_manifest_that_cannot_be_read_is_passed_over(tmp_path):
    write_json(tmp_path / "20260101-000000-aaaaaa" / "manifest.json", GOOD)
    (tmp_path / "20260102-000000-aaaaaa").mkdir()
    (tmp_path / "20260102-000000-aaaaaa" / "manifest.json").write_text("{")
    assert last_data(tmp_path, "shop") == {"version": "v", "rows": 7}


def test_a_look_counts_where_the_runs_read_that_place_too(tmp_path):
    there, elsewhere = ({"parameters": {"01_data": {"data": place}}} for place in ("../a.csv", "../b.csv"))
    write_json(tmp_path / "20260101-000000-aaaaaa" / "manifest.json", GOOD | there)
    look = GOOD | {"kind": "monitor", "data": {"version": "w", "rows": 9}}
    write_json(tmp_path / "20260102-000000-aaaaaa" / "manifest.json", look | there)
    write_json(
        tmp_path / "20260103-000000-aaaaaa" / "manifest.json", look | elsewhere | {"data": {"version": "x", "rows": 1}}
    )
    assert last_data(tmp_path, "shop") == {"version": "w", "rows": 9}
