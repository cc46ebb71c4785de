import pytest

from churn_mlops.reports.cells import explain
from churn_mlops.reports.verdicts import finished_stages, next_command, state, verdict


def test_a_run_has_one_of_four_states(make):
    part = make.manifest()
    part["stages"][3]["status"] = "not run"
    stopped = make.failed()
    stopped["error"]["exit_code"] = 130
    assert [state(m) for m in (make.manifest(), part, stopped, make.failed())] == [
        *("succeeded", "in part", "interrupted", "failed"),
    ]


def test_stages_are_called_by_their_titles(make):
    assert verdict(make.manifest(verdict="Failed in 03_train; so it is")) == "Failed in 03 Train; so it is"
    assert finished_stages(make.failed()) == ["01 Data", "02 Features"]


@pytest.mark.parametrize(
    ("given", "command"),
    [
        ({}, "python pipeline.py"),
        ({"config": "../configs/simulator.toml", "data": ""}, "python pipeline.py"),
        ({"config": "../configs/telco.toml"}, "python pipeline.py --config configs/telco.toml"),
        (
            {"config": "../configs/telco.toml", "data": "../my data.csv"},
            "python pipeline.py --config configs/telco.toml --data 'my data.csv'",
        ),
    ],
)
def test_the_next_command_is_for_the_same_dataset(make, given, command):
    assert next_command(make.manifest(parameters={"01_data": given, "02_features": None})) == command


def test_what_the_runner_has_found_is_named_in_words():
    assert explain("OutOfMemory", "cell 3: 900 MB. Cure: less data.", "")["kind"] == "Out of memory"
    assert explain("OutOfMemory", "stage 03_train, cell 3 of 9: its 900 MB", "")["message"] == "Its 900 MB"
    assert explain("Interrupted", "stage 03_train, cell 3 of 9: interrupted (Ctrl-C).", "")["message"] == ""
    assert explain("SecretWritten", "", "")["kind"] == "A secret was about to be archived"
    assert explain("ValueError", "", "")["kind"] == "ValueError"
