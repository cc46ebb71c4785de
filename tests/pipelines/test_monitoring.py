"""A look at the champion takes the data in and monitors; it trains nothing and promotes nothing."""

import pytest

from churn_mlops.config import Definition, Money
from churn_mlops.config.definition import Dataset
from churn_mlops.errors import ConfigError
from churn_mlops.pipelines.monitoring import check_champion, monitor_text
from churn_mlops.pipelines.request import monitoring_stages
from churn_mlops.pipelines.stage import Stage

TAKE = Stage("01_take", writes=("definition.json", "tables/"))
BUILD = Stage("02_build", reads=("tables/",), writes=("features.parquet", "labels.parquet"))
TRAIN = Stage("03_train", reads=("features.parquet",), writes=("model.json",))
LOOK = Stage("06_look", reads=("features.parquet", "model.json"), writes=("alerts.json",))
STAGES = (TAKE, BUILD, TRAIN, LOOK)
ALERT = {"name": "data old", "severity": "medium", "message": "Old.", "cause": "None.", "cure": "Bring newer."}
WRITE = "from pathlib import Path\nfrom churn_mlops.archive.files import write_json\nat = Path(run_dir)"


def cells(alerts):
    return {
        TAKE: (WRITE, "(at / 'tables').mkdir()\n(at / 'tables' / 'a').touch()\nwrite_json(at / 'definition.json', 1)"),
        BUILD: (WRITE, "write_json(at / 'features.parquet', 1)\nwrite_json(at / 'labels.parquet', 1)"),
        TRAIN: (WRITE, "write_json(at / 'model.json', 1)"),
        LOOK: (WRITE, f"assert not (at / 'model.json').exists()\nwrite_json(at / 'alerts.json', {alerts})"),
    }


def test_the_stages_are_those_that_take_data_in_and_the_one_that_raises_alerts():
    assert monitoring_stages(STAGES) == (TAKE, BUILD, LOOK)


def test_a_pipeline_whose_stages_raise_no_alerts_is_told_so():
    with pytest.raises(ConfigError, match=r"no stage writes alerts\.json"):
        monitoring_stages(STAGES[:3])


@pytest.mark.kernel
def test_a_look_runs_those_stages_only_and_says_what_it_found(make_project, tmp_path):
    project = make_project(tmp_path, cells([ALERT]))
    manifest = project.run(monitor=True).manifest
    assert [(s["name"], s["status"]) for s in manifest["stages"]] == [
        ("01_take", "succeeded"),
        ("02_build", "succeeded"),
        ("03_train", "not run"),
        ("06_look", "succeeded"),
    ]
    assert manifest["verdict"] == "Monitored: 1 alert; the champion stays as it was"
    assert (manifest["kind"], manifest["model"], manifest["promotion"]) == ("monitor", None, None)
    assert manifest["alerts"] == [ALERT]


def test_where_no_model_serves_there_is_nothing_to_look_at(tmp_path):
    definition = Definition(Dataset("shop", "shop.csv", id="id", target="left", positive="1"), Money(1, 1, 1))
    with pytest.raises(ConfigError, match="monitor shop: no model serves"):
        check_champion(tmp_path, definition)


ANSWER = {
    "verdict": "Monitored: 1 alert; the champion stays as it was",
    "version": "v1",
    "new": True,
    "error": None,
    "alerts": [ALERT | {"money": 1234.5, "since": "2026-06-30"}],
    "operations": {"trouble": [{"kind": "stale", "what": "last run", "seen": "9 days ago"}]},
    "retraining": {"needed": True, "reasons": ["Drift."]},
}


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({}, "medium: data old, since 2026-06-30, 1,234 at risk"),
        ({}, "Bring newer."),
        ({}, "stale: last run, 9 days ago"),
        ({}, "Retraining is due."),
        ({"retraining": {"needed": False, "reasons": []}}, "No retraining needed."),
        ({"new": False}, "Nothing has changed since that look"),
        ({"error": {"message": "01_data: torn"}, "alerts": None, "retraining": None}, "error: 01_data: torn"),
    ],
)
def test_the_answer_tells_a_reader_what_was_found(changed, told):
    assert told in monitor_text(ANSWER | changed)
