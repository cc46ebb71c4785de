"""What `status` answers of small archives, made through the archive's and the registry's own doors."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from tests.registry.published import AUTHOR, publish, serve

from churn_mlops.archive.files import write_json, write_text
from churn_mlops.archive.versions import now as present
from churn_mlops.config import Policy
from churn_mlops.errors import ConfigError
from churn_mlops.pipelines.status.describing import describe_status
from churn_mlops.pipelines.status.text import is_in_order, status_text
from churn_mlops.registry import rollback
from churn_mlops.registry.acts import approve, promote_model
from churn_mlops.registry.shadow import set_shadow

BOB, CID = "Bob <bob@shop.example>", "Cid <cid@shop.example>"
CODE = {"git_commit": "c0ffee" * 7, "git_dirty": False, "library": "11b" * 20}
MOVED = {"name": "drift", "severity": "high", "message": "3 columns have moved.", "cause": "", "cure": "Look."}
MONITOR = {"max_data_age_days": 45, "max_champion_age_days": 90, "psi_limit": 0.2}
TODAY = datetime(2026, 12, 24, 12, tzinfo=UTC)
PARAMETERS = {"01_data": {"config": "../configs/shop.toml"}}


@pytest.fixture(autouse=True)
def on_record(monkeypatch):
    """Whatever is put on record here, Ann does on 20 December 2026."""
    monkeypatch.setenv("CHURN_ACTOR", AUTHOR)
    monkeypatch.setattr("churn_mlops.registry.audit.log.present", lambda: "2026-12-20T08:01:00Z")


def told(newest="2026-12-01", source="shop.csv", monitor=MONITOR, **changes):
    """What a run says of itself."""
    data = {"source": source, "version": "da7a" * 16, "oldest": "2025-01-01", "newest": newest, "rows": 9000}
    stages = [{"name": "06_monitor", "status": "succeeded", "inputs": {"parameters": monitor}}]
    return {"finished": "2026-12-20T08:00:00Z", "data": data, "stages": stages, "code": CODE} | {
        "parameters": PARAMETERS,
        **changes,
    }


def ask(runs, days=0, **more):
    return describe_status(runs, TODAY + timedelta(days=days), **more)


def shop(runs, days=0):
    return ask(runs, days)["datasets"]["shop"]


def champion_of_today(runs, **changes):
    """A run that serves since 20 December 2026."""
    return serve(runs, b"one", **told(**changes))


def fail(runs, code=3):
    error = {"stage": "01_data", "message": "no rows. Cure: send some.", "exit_code": code}
    nothing = dict.fromkeys(("data", "alerts", "retraining", "gates"))
    verdict = "Failed in 01_data; the champion stays as it was"
    return publish(runs, status="failed", verdict=verdict, **told() | nothing, error=error)


def test_before_the_first_run_it_names_the_command_that_makes_one(tmp_path):
    answer = ask(tmp_path / "none")
    assert (answer["last_run"], answer["datasets"], is_in_order(answer)) == (None, {}, True)
    assert status_text(answer) == "No run yet. Cure: python pipeline.py"
    assert not (tmp_path / "none").exists()


def test_all_that_is_asked_stands_in_the_text(tmp_path, monkeypatch):
    version = publish(tmp_path, b"one", **told(newest="2026-12-01"))
    for person in (BOB, CID):
        monkeypatch.setenv("CHURN_ACTOR", person)
        approve(tmp_path, "shop", version, "looked at it", Policy("two"))
    promote_model(tmp_path, "shop", version, Policy("two"))
    write_json(tmp_path / version / "readiness.json", {"score": 5.5, "level": "exceptional"})
    set_shadow(tmp_path, "shop", other := publish(tmp_path, b"two", **told(finished="2026-12-21T09:30:00Z")))
    answer = ask(tmp_path)
    assert status_text(answer).splitlines() == [
        "shop: in order",
        f"  Last run     {other}, 21 Dec 2026, 09:30 UTC: Succeeded",
        f"  Champion     {version} since 20 Dec 2026, 08:01 UTC, boosted 7692c3ad3540",
        f"  By word of   run by {AUTHOR}; promoted by {CID}; approved by {BOB}, {CID}",
        "  Trained on   shop.csv, version da7ada7ada7a, 2025-01-01 to 2026-12-01, 9,000 rows",
        "  Code         commit c0ffeec0ff, library 11b11b11b11b",
        "  Readiness    5½ of 7: exceptional",
        "  Age of data  23 days (since 2026-12-01), limit 45",
        "  Age of model 4 days (since 2026-12-20), limit 90",
        "  Next run     due on 2027-01-21, 31 days after the last",
        "  Alerts       none open",
        f"  Shadow       {other}",
        "  Do next      python pipeline.py --config configs/shop.toml",
        "               Nothing is due before 2027-01-21.",
    ]


def test_an_experiment_is_never_the_last_run(tmp_path):
    real = champion_of_today(tmp_path)
    publish(tmp_path, b"two", **told(experiment=True, alerts=[MOVED]))
    answer = ask(tmp_path)
    assert (answer["last_run"]["version"], shop(tmp_path)["last_run"]["version"]) == (real, real)
    assert shop(tmp_path)["alerts"] == []


def test_experiments_alone_are_no_run_and_say_so(tmp_path):
    publish(tmp_path, b"two", **told(experiment=True))
    assert ask(tmp_path)["last_run"] is None
    assert "none but experiments" in status_text(ask(tmp_path))


def test_each_dataset_has_a_last_run_of_its_own(tmp_path):
    champion_of_today(tmp_path)
    fail(tmp_path)
    publish(tmp_path, b"three", dataset="bank", **told())
    answer = ask(tmp_path)
    assert list(answer["datasets"]) == ["bank", "shop"]
    assert (answer["state"], answer["datasets"]["bank"]["state"]) == ("broken", "in order")
    assert is_in_order(ask(tmp_path, dataset="bank"))
    with pytest.raises(ConfigError, match=r"--dataset bnak: the archive has no run of it\. There: bank, shop"):
        ask(tmp_path, dataset="bnak")


def test_older_runs_are_not_opened_once_all_is_known(tmp_path, monkeypatch):
    publish(tmp_path, b"zero", **told())
    champion_of_today(tmp_path)
    read = []
    from churn_mlops.archive import manifests

    monkeypatch.setattr(manifests, "read_manifest", lambda *a, real=manifests.read_manifest: read.append(a) or real(*a))
    ask(tmp_path)
    assert len(read) == 1


@pytest.mark.parametrize(
    ("newest", "source", "days", "said", "state"),
    [
        ("2026-12-01", "shop.csv", 0, "23 days (since 2026-12-01), limit 45", "in order"),
        ("2026-11-09", "shop.csv", 0, "45 days (since 2026-11-09), limit 45", "stale"),  # and half a day
        ("2026-11-10", "shop.csv", 0, "44 days (since 2026-11-10), limit 45", "in order"),
        ("2026-12-31", "shop.csv", 0, "the newest data is dated 2026-12-31, 6 days in the future", "in order"),
        (None, "shop.csv", 0, "unknown: there are no dates", "in order"),
        ("2020-01-01", "simulator", 900, "0 days (since 2020-01-01), limit 45, simulated time", "in order"),
    ],
)
def test_data_is_stale_beyond_its_limit_unless_its_time_is_a_simulation(tmp_path, newest, source, days, said, state):
    champion_of_today(tmp_path, newest=newest, source=source)
    answer = ask(tmp_path, days)
    assert said.lower() in status_text(answer).lower()
    assert answer["state"] == state
    assert is_in_order(answer) == (state == "in order")


def test_limits_are_those_that_monitoring_was_given(tmp_path):
    champion_of_today(tmp_path, newest="2026-11-09", monitor={"max_data_age_days": 60, "max_champion_age_days": 3})
    one = shop(tmp_path)
    assert [trouble["what"] for trouble in one["trouble"]] == ["model"]
    assert one["ages"]["data"]["limit_days"] == 60
    assert one["trouble"][0]["seen"].endswith("the limit is 3 days.")
    assert one["next"]["reason"].startswith("The model is too old.")


def test_a_simulated_model_is_as_old_as_its_data_is_behind_the_newest(tmp_path):
    champion_of_today(tmp_path, newest="2026-01-01", source="simulator")
    publish(tmp_path, b"two", **told(newest="2026-06-30", source="simulator"))
    one = shop(tmp_path)
    assert (one["ages"]["champion"]["days"], one["state"], one["due"]) == (180, "stale", None)


@pytest.mark.parametrize(
    ("schedule", "days", "due"),
    [
        ("", 27, {"day": "2027-01-20", "every_days": 31, "overdue": False}),
        ("", 28, {"day": "2027-01-20", "every_days": 31, "overdue": True}),
        ("[schedule]\nevery_days = 7", 3, {"day": "2026-12-27", "every_days": 7, "overdue": False}),
        ("[schedule]\nevery_days = 7", 4, {"day": "2026-12-27", "every_days": 7, "overdue": True}),
        ("[schedule]\nevery_days = 0", 400, None),
    ],
)
def test_a_run_is_overdue_once_its_day_is_over(tmp_path, schedule, days, due):
    version = champion_of_today(tmp_path, newest=None, monitor={"max_champion_age_days": 9999})
    write_text(tmp_path / version / "config.toml", f'[dataset]\nname = "shop"\n{schedule}\n')
    one = shop(tmp_path, days)
    assert one["due"] == due
    assert one["state"] == ("stale" if due and due["overdue"] else "in order")


def test_without_a_champion_nothing_is_stale(tmp_path):
    version = publish(tmp_path, b"one", **told(newest="2020-01-01"))
    one = shop(tmp_path, 400)
    assert (one["state"], one["champion"]) == ("in order", None)
    assert one["next"]["command"] == f"python pipeline.py show {version}"


def test_a_failed_run_is_broken_and_an_interrupted_one_is_not(tmp_path):
    good = champion_of_today(tmp_path)
    bad = fail(tmp_path)
    one = shop(tmp_path)
    assert (one["state"], one["last_run"]["version"], one["champion"]["version"]) == ("broken", bad, good)
    assert one["trouble"][0]["seen"] == f"{bad}: no rows. Cure: send some."
    assert one["next"]["command"] == "python pipeline.py --config configs/shop.toml"
    fail(tmp_path, 130)
    one = shop(tmp_path)
    assert (one["state"], one["next"]["reason"][:28]) == ("in order", "The last run was interrupted")


def swap_model(runs, version):
    path = runs / version / "artifacts" / "model.skops"
    path.unlink()
    path.write_bytes(b"another")


def remove_model(runs, version):
    (runs / version / "artifacts" / "model.skops").unlink()


def remove_run(runs, version):
    (runs / version / "manifest.json").unlink()


def put_pointer_elsewhere(runs, version):
    path = runs / "registry" / "shop" / "champion.json"
    write_json(path, json.loads(path.read_text()) | {"digest": "0" * 64})


def tear_pointer(runs, version):
    write_text(runs / "registry" / "shop" / "champion.json", "{")


def edit_log(runs, version):
    path = runs / "registry" / "shop" / "audit.jsonl"
    path.write_bytes(path.read_bytes().replace(b"Succeeded", b"succeeded", 1))


@pytest.mark.parametrize(
    ("damage", "what", "seen", "command"),
    [
        (swap_model, "champion", "artifacts/model.skops has digest", "rollback --dataset shop"),
        (remove_model, "champion", "has digest absent", "rollback --dataset shop"),
        (remove_run, "champion", "no such run", "rollback --dataset shop"),
        (put_pointer_elsewhere, "audit log", "the pointer was changed by hand", "audit verify --dataset shop"),
        (tear_pointer, "audit log", "not a champion record", "audit verify --dataset shop"),
        (edit_log, "audit log", "it was changed after it was written", "audit verify --dataset shop"),
    ],
)
def test_what_is_not_as_it_was_promoted_is_broken_and_told_with_the_cure(tmp_path, damage, what, seen, command):
    serve(tmp_path, b"zero", **told())
    version = champion_of_today(tmp_path)
    publish(tmp_path, b"two", **told())
    damage(tmp_path, version)
    one = shop(tmp_path)
    assert (one["state"], one["trouble"][0]["what"]) == ("broken", what)
    assert seen in one["trouble"][0]["seen"]
    assert one["next"]["command"] == f"python pipeline.py {command}"


def test_where_no_other_model_has_served_the_cure_is_a_run(tmp_path):
    swap_model(tmp_path, champion_of_today(tmp_path))
    assert shop(tmp_path)["next"]["command"] == "python pipeline.py --config configs/shop.toml"


def test_after_a_rollback_it_says_who_did_it(tmp_path, monkeypatch):
    before = champion_of_today(tmp_path)
    serve(tmp_path, b"two", **told())
    monkeypatch.setenv("CHURN_ACTOR", BOB)
    rollback.rollback(tmp_path, "shop")
    champion = shop(tmp_path)["champion"]
    assert (champion["version"], champion["promoted_by"], champion["promoted_as"]) == (before, BOB, "rollback")
    assert f"made champion again, by rollback, by {BOB}" in status_text(ask(tmp_path))


@pytest.mark.parametrize(
    ("changes", "command", "reason"),
    [
        (
            {"waits": "waits for approval by one person: x"},
            "approve {v} --reason WHY",
            "waits for approval by one person",
        ),
        (
            {"retraining": {"needed": True, "reasons": ["Drift."]}},
            "--config configs/shop.toml",
            "Retraining is due. Drift.",
        ),
        ({"alerts": [MOVED]}, "show {v}", "1 open: 3 columns have moved. Look."),
        (
            {"stages": [{"name": "01_data", "status": "not run"}]},
            "--config configs/shop.toml",
            "some of the stages only",
        ),
    ],
)
def test_the_next_command_follows_from_the_last_run(tmp_path, changes, command, reason):
    champion_of_today(tmp_path)
    version = publish(tmp_path, b"two", **told(**changes))
    one = shop(tmp_path)
    assert one["next"]["command"] == "python pipeline.py " + command.format(v=version)
    assert reason in one["next"]["reason"]
    assert one["state"] == "in order"


def test_what_is_approved_is_to_be_promoted_next(tmp_path, monkeypatch):
    champion_of_today(tmp_path)
    version = publish(tmp_path, b"two", **told(waits="waits for approval by one person: x"))
    monkeypatch.setenv("CHURN_ACTOR", BOB)
    approve(tmp_path, "shop", version, "looked at it", Policy("one"))
    assert shop(tmp_path)["next"]["command"] == f"python pipeline.py promote {version}"


def test_alerts_are_those_of_the_newest_run_that_came_to_monitoring(tmp_path):
    champion_of_today(tmp_path, alerts=[MOVED])
    fail(tmp_path)
    (alert,) = shop(tmp_path)["alerts"]
    assert {name: alert[name] for name in ("name", "severity", "message", "cause", "cure")} == MOVED
    assert "  Alert        high: 3 columns have moved." in status_text(ask(tmp_path))
    assert status_text(ask(tmp_path)).startswith("shop: broken, 1 alert open\n")


def test_the_answer_can_be_written_as_json_and_comes_back_equal(tmp_path):
    champion_of_today(tmp_path, alerts=[MOVED])
    fail(tmp_path)
    answer = describe_status(tmp_path)
    assert json.loads(json.dumps(answer, allow_nan=False)) == answer
    assert answer["asked"] <= present()


def test_it_needs_nothing_heavy():
    heavy = "{'pandas', 'numpy', 'papermill', 'matplotlib', 'sklearn', 'jinja2', 'pyarrow', 'cryptography'}"
    modules = "churn_mlops.pipelines.status.describing, churn_mlops.pipelines.status.text"
    program = f"import sys, {modules}; sys.exit(bool({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_a_look_brings_its_alerts_and_is_not_taken_for_the_last_run(tmp_path):
    version = champion_of_today(tmp_path)
    looked = publish(tmp_path, kind="monitor", **told(alerts=[MOVED]))
    found = shop(tmp_path)
    assert looked > version
    assert found["last_run"]["version"] == version
    assert [alert["message"] for alert in found["alerts"]] == [MOVED["message"]]


def test_a_look_that_failed_is_told_as_the_last_run(tmp_path):
    champion_of_today(tmp_path)
    error = {"stage": "01_data", "message": "no rows. Cure: send some.", "exit_code": 3}
    nothing = dict.fromkeys(("data", "alerts", "retraining", "gates"))
    failed = publish(tmp_path, status="failed", kind="monitor", **told() | nothing, error=error)
    assert shop(tmp_path)["last_run"]["version"] == failed
