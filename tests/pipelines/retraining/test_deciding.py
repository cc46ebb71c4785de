"""Decisions to train again, read from the archive and put on record."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from tests.registry.published import AUTHOR, publish, serve

from churn_mlops.cli import main
from churn_mlops.monitoring.losses import NAMES, save_losses
from churn_mlops.pipelines.alerts.changing import record_with_alerts
from churn_mlops.pipelines.project import Project
from churn_mlops.pipelines.retraining.deciding import decide
from churn_mlops.registry.audit.log import read_log
from churn_mlops.registry.looks import read_looks
from churn_mlops.registry.pointer import registry_folder

MOVED = {"name": "inputs moved", "severity": "high", "message": "`price` moved.", "cause": "", "cure": ""}
WHEN = {"finished": "2026-01-03T00:00:00Z", "parameters": {"01_data": {"config": "../configs/shop.toml"}}}


@pytest.fixture(autouse=True)
def as_ann(monkeypatch):
    monkeypatch.setenv("CHURN_ACTOR", AUTHOR)
    monkeypatch.delenv("CHURN_NOTIFY", raising=False)


@pytest.fixture
def project(tmp_path):
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "shop.toml").write_text('[dataset]\nname = "shop"\n')
    return Project(tmp_path, tmp_path / "runs", ())


@pytest.fixture
def call(project, capsys):
    def call(*arguments):
        with pytest.raises(SystemExit) as end:
            main((), project.root, list(arguments))
        return end.value.code or 0, *capsys.readouterr()

    return call


def later(days):
    return datetime.now(UTC) + timedelta(days=days)


def decisions(project):
    records = read_log(registry_folder(project.runs, "shop"))
    return [r.facts for r in records if r.kind == "retraining" and "rules" in r.facts]


def verdicts(decision):
    return {rule["name"]: rule["verdict"] for rule in decision["rules"]}


def test_age_calls_and_a_training_not_long_ago_holds_back(project):
    serve(project.runs, b"one", **WHEN)
    assert not decide(project, "shop", later(80))["needed"]
    decision = decide(project, "shop", later(91))
    assert (decision["needed"], decision["command"]) == (True, "python pipeline.py --config configs/shop.toml")
    publish(project.runs, b"another", **WHEN)
    assert verdicts(decide(project, "shop", later(1)))["cool-down"] == "holds back"


def test_a_model_that_was_reused_and_an_experiment_are_no_training(project):
    serve(project.runs, b"one", **WHEN)
    publish(project.runs, b"one", **WHEN)
    publish(project.runs, b"other", experiment=True, **WHEN)
    (project.root / "configs" / "shop.toml").write_text('[dataset]\nname = "shop"\n[retrain]\nbudget = 2\n')
    rule = next(rule for rule in decide(project, "shop")["rules"] if rule["name"] == "budget")
    assert rule["said"] == "1 trainings in 90 days; 2 allowed"


def test_an_alert_calls_and_a_broken_feed_holds_back(project):
    serve(project.runs, b"one", alerts=[MOVED], **WHEN)
    assert decide(project, "shop", later(8))["needed"]
    publish(project.runs, b"one", alerts=[MOVED, MOVED | {"name": "feed broken", "message": "`use` gone."}], **WHEN)
    decision = decide(project, "shop", later(8))
    assert (decision["needed"], verdicts(decision)["drift"], verdicts(decision)["data"]) == (
        False,
        "calls",
        "holds back",
    )


def test_what_the_last_look_estimates_calls(project, call):
    version = serve(project.runs, b"one", alerts=[], **WHEN)
    artifacts = project.runs / version / "artifacts"
    (project.root / "configs" / "shop.toml").write_text(
        '[dataset]\nname = "shop"\n[retrain]\nmax_estimated_loss = 0.1\n'
    )
    assert verdicts(decide(project, "shop", later(8)))["estimated loss"] == "not known"
    artifacts.mkdir(exist_ok=True)
    save_losses(str(artifacts), {name: 0.25 for name in NAMES})
    decision = decide(project, "shop", later(8))
    assert decision["needed"]
    assert decision["reasons"][0].startswith("estimated loss calls: 25.0% of the promised profit")
    assert "\n  estimated loss  calls" in call("retrain", "--explain")[1]


def test_the_window_of_the_policy_goes_with_the_command(project):
    serve(project.runs, b"one", **WHEN)
    (project.root / "configs" / "shop.toml").write_text('[dataset]\nname = "shop"\n[retrain]\nwindow = "chosen"\n')
    command = "python pipeline.py --config configs/shop.toml -p features.window=chosen"
    assert decide(project, "shop")["command"] == command


def test_explain_shows_every_rule_and_puts_nothing_on_record(project, call):
    serve(project.runs, b"one", **WHEN)
    code, out, _ = call("retrain", "--explain")
    assert code == 0
    for name in (
        "schedule",
        "age",
        "drift",
        "performance",
        "loss",
        "estimated loss",
        "realised loss",
        "data",
        "cool-down",
        "budget",
    ):
        assert f"\n  {name} " in out
    assert json.loads(call("retrain", "--explain", "--json")[1])["needed"] is False
    assert decisions(project) == []


def test_the_decision_not_to_is_on_record_with_its_evidence_and_is_no_look(project, call):
    serve(project.runs, b"one", alerts=[MOVED], **WHEN)
    record_with_alerts(project.runs, "shop")
    before = read_looks(read_log(registry_folder(project.runs, "shop")))
    code, out, _ = call("retrain", "--if-needed")
    assert (code, out.startswith("shop: training is called for, and held back\n")) == (0, True)
    (facts,) = decisions(project)
    assert (facts["needed"], facts["asked"]) == (False, "policy")
    assert [reason.partition(":")[0] for reason in facts["reasons"]] == ["drift calls", "cool-down holds back"]
    assert read_looks(read_log(registry_folder(project.runs, "shop"))) == before
    assert "not needed" in call("audit")[1]
    assert call("audit", "verify")[0] == 0


@pytest.mark.parametrize(("options", "asked"), [((), "by hand"), (("--if-needed",), "policy")])
def test_where_it_is_needed_the_last_runs_command_is_run(project, call, monkeypatch, options, asked):
    serve(project.runs, b"one", **WHEN)
    policy = '[dataset]\nname = "shop"\n[retrain]\ncool_down_days = 0\nevery_days = 1e-9\n'
    (project.root / "configs" / "shop.toml").write_text(policy)
    ran = []
    monkeypatch.setattr("churn_mlops.cli.retrain._run", lambda project, command, as_json: ran.append(command))
    assert call("retrain", *options)[0] == 0
    assert ran == ["python pipeline.py --config configs/shop.toml"]
    assert (decisions(project)[0]["needed"], decisions(project)[0]["asked"]) == (True, asked)


def test_what_is_not_there_is_told(project, call):
    assert call("retrain")[0] == 2
    publish(project.runs, b"one", experiment=True, **WHEN)
    code, _, err = call("retrain", "--if-needed")
    assert (code, "has experiments only" in err) == (2, True)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("budget = -1", "[retrain] `budget` is -1; expected 0 or more"),
        ("cooldown_days = 3", "unknown key `cooldown_days`; did you mean `cool_down_days`?"),
        ('window = "best"', "[retrain] `window` is 'best'; expected sliding, all, chosen or nothing"),
        ('on_drift = "yes"', "`on_drift` is 'yes'; expected true or false"),
    ],
)
def test_a_policy_that_is_none_is_told(project, call, line, told):
    serve(project.runs, b"one", **WHEN)
    (project.root / "configs" / "shop.toml").write_text(f'[dataset]\nname = "shop"\n[retrain]\n{line}\n')
    code, _, err = call("retrain", "--if-needed")
    assert (code, told in err) == (2, True)
    assert decisions(project) == []
