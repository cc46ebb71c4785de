"""What a server is told of a run stands in its version; customers' rows are not told."""

import pytest
from tests.pipelines.tracking.conftest import write_version

from churn_mlops.pipelines.tracking.record import numbers, read_record, shortened


def test_a_record_says_what_the_version_says(version):
    record = read_record(version)
    assert (record.experiment, record.name, record.status) == ("shop", version.name, "FINISHED")
    assert (record.finished - record.started, record.started) == (60_000, 1772359200000)
    assert record.metrics == {"roc_auc": 0.9, "profit": 12.0}
    assert record.tags == {
        "churn.version": version.name,
        "churn.verdict": "Succeeded",
        "churn.experiment": "false",
        "churn.data_version": "d1",
        "churn.model_digest": "m1",
        "churn.model": "boosted",
        "churn.seal": "s1",
        "mlflow.note.content": "Succeeded",
        "mlflow.source.name": "pipeline.py",
        "mlflow.source.type": "LOCAL",
        "mlflow.source.git.commit": "c1",
    }
    assert (record.figures, len(record.trials)) == ({"gain": "<svg/>"}, 4)


def test_parameters_are_named_by_stage_and_cut_where_a_server_would_refuse_them(version):
    params = read_record(version).params
    assert params == {"data.as_of": "", "data.long": "x" * 499 + "…", "train.seed": "7", "train.grid": "[1, 2]"}


def test_files_go_to_folders_and_nothing_with_customers_goes(version):
    sent = {(path.relative_to(version).as_posix(), place) for path, place in read_record(version).files}
    assert sent == {
        ("index.html", ""),
        ("manifest.json", ""),
        ("model_card.html", ""),
        ("artifacts/model.skops", "model"),
        ("artifacts/signature.json", "model"),
        ("artifacts/trials.parquet", "results"),
    }


def test_a_failed_run_is_a_record_too(tmp_path):
    error = {"message": "no luck. Cure: wait."}
    changes = {"status": "failed", "data": None, "model": None, "code": {"git_commit": None}, "error": error}
    record = read_record(write_version(tmp_path / "7", **changes))
    assert (record.status, record.tags["churn.error"]) == ("FAILED", error["message"])
    assert "churn.model_digest" not in record.tags


@pytest.mark.parametrize(
    ("value", "text"), [("a", "a"), (1.5, "1.5"), (None, "None"), ("é" * 500, "é" * 500), ("é" * 501, "é" * 499 + "…")]
)
def test_values_become_texts_that_are_not_too_long(value, text):
    assert shortened(value) == text


def test_only_finite_numbers_are_metrics():
    values = {"a": 1, "b": 0.5, "c": float("nan"), "d": float("-inf"), "e": True, "f": None, "g": "1", "schema": 1}
    assert numbers(values, without=("schema",)) == {"a": 1.0, "b": 0.5}
