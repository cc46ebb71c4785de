"""Predictions found in the service's log, also while it is written."""

from datetime import UTC, datetime

import pyarrow as pa
import pytest
from pyarrow import parquet

from churn_mlops.serving.finding import find_prediction, predictions_of, unreadable

ONE, TWO, THREE = (f"p{n:032x}" for n in (1, 2, 3))
MOMENT = datetime(2026, 11, 28, 16, 0, 1, 250000, UTC)


def entry(id=ONE, role="champion", customer="C1", at=MOMENT, **changes):
    told = {
        "id": id,
        "at": at,
        "dataset": "shop",
        "version": "v1",
        "digest": "d" * 64,
        "role": role,
        "route": "/predict",
    }
    told |= {"customer": customer, "probability": 0.25, "decision": "leave", "seconds": 0.001, "request": "{}"}
    return told | changes


def write_log(runs, *entries, dataset="shop", day="2026-11-28", name="16-a-000000"):
    path = runs / "predictions" / dataset / day / f"{name}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    kinds = {"at": pa.timestamp("us", tz="UTC"), "probability": pa.float64(), "seconds": pa.float64()}
    schema = pa.schema([(key, kinds.get(key, pa.string())) for key in entry()])
    parquet.write_table(pa.Table.from_pylist(list(entries), schema=schema), path)
    return path


def test_a_prediction_is_found_by_its_id_with_the_file_that_holds_it(tmp_path):
    write_log(tmp_path, entry(TWO), name="15-a-000000")
    write_log(tmp_path, entry(THREE), entry(ONE), entry(TWO, at=MOMENT), day="2026-11-27")
    found = find_prediction(tmp_path, THREE)
    assert found == entry(THREE) | {
        "at": "2026-11-28T16:00:01.250000Z",
        "file": "predictions/shop/2026-11-27/16-a-000000.parquet",
        "shadow": None,
    }


def test_the_shadow_asked_beside_the_champion_has_the_same_id_and_never_its_place(tmp_path):
    write_log(tmp_path, entry(role="shadow", probability=0.75), name="17-b-000000")
    write_log(tmp_path, entry())
    found = find_prediction(tmp_path, ONE)
    assert (found["role"], found["probability"], found["shadow"]["probability"]) == ("champion", 0.25, 0.75)


def test_an_answer_of_a_shadow_alone_is_one_too(tmp_path):
    write_log(tmp_path, entry(role="shadow"))
    found = find_prediction(tmp_path, ONE)
    assert (found["role"], found["shadow"]) == ("shadow", None)


@pytest.mark.parametrize("id", [TWO, "", "p", "' OR 1=1", ONE[:-1]])
def test_what_is_not_there_is_none(tmp_path, id):
    assert find_prediction(tmp_path / "none", id) is None
    write_log(tmp_path, entry())
    assert find_prediction(tmp_path, id) is None


def test_what_is_being_written_and_what_is_torn_is_passed_over(tmp_path):
    whole = write_log(tmp_path, entry())
    content = whole.read_bytes()
    (whole.parent / ".17-a-000000.parquet.1f2e.part").write_bytes(content)
    (whole.parent / "17-a-000000.parquet.part").write_bytes(content[:100])
    (whole.parent / "18-a-000000.parquet").write_bytes(content[: len(content) // 2])
    (whole.parent / "19-a-000000.parquet").write_bytes(b"")
    other = whole.parent / "20-a-000000.parquet"
    parquet.write_table(pa.table({"something": ["else"]}), other)
    assert find_prediction(tmp_path, ONE)["file"] == whole.relative_to(tmp_path).as_posix()
    assert find_prediction(tmp_path, TWO) is None
    assert [name.rpartition("/")[2] for name in unreadable(tmp_path)] == ["19-a-000000.parquet", "18-a-000000.parquet"]


def test_the_predictions_of_a_customer_are_the_champions_newest_first_and_of_one_dataset(tmp_path):
    later = MOMENT.replace(hour=17)
    write_log(tmp_path, entry(ONE), entry(TWO, at=later), entry(TWO, "shadow"), entry(THREE, customer=None))
    write_log(tmp_path, entry(THREE), day="2026-11-29")
    write_log(tmp_path, entry(THREE), dataset="bank", day="2026-11-30")
    assert [row["id"] for row in predictions_of(tmp_path, "shop", "C1")] == [THREE, TWO, ONE]
    assert [row["id"] for row in predictions_of(tmp_path, "shop", "C1", most=1)] == [THREE]
    assert predictions_of(tmp_path, "shop", "C2") == []
