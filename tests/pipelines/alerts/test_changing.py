"""Alerts on record: opened by looks, acknowledged by people, the same for all who look at once."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.monitoring.alerting.receivers import webhook
from tests.registry.published import AUTHOR, publish, serve

from churn_mlops.archive.files import write_text
from churn_mlops.archive.versions import now as present
from churn_mlops.config import AlertRules, Policy
from churn_mlops.errors import ActRefused, ConfigError
from churn_mlops.pipelines.alerts.changing import acknowledge, record_with_alerts
from churn_mlops.pipelines.alerts.describing import describe_alerts
from churn_mlops.pipelines.alerts.sending import send, send_after
from churn_mlops.pipelines.status.describing import describe_status
from churn_mlops.pipelines.status.text import status_text
from churn_mlops.registry.audit.log import read_log
from churn_mlops.registry.auditing import verify_audit
from churn_mlops.registry.pointer import registry_folder

BROKEN = {"name": "feed broken", "severity": "high", "message": "`usage` stopped arriving.", "cause": "", "cure": ""}
MOVED = BROKEN | {"name": "inputs moved", "severity": "medium", "message": "`price` moved."}


@pytest.fixture(autouse=True)
def on_record(monkeypatch):
    monkeypatch.setenv("CHURN_ACTOR", AUTHOR)
    monkeypatch.delenv("CHURN_NOTIFY", raising=False)


@pytest.fixture
def runs(tmp_path):
    return tmp_path / "runs"


@pytest.fixture
def hook(monkeypatch):
    with webhook() as kept:
        monkeypatch.setenv("CHURN_NOTIFY", kept.url)
        yield kept


def look(runs, *findings, **changes):
    """A run and all that the runner does about its alerts."""
    version = publish(
        runs, str(len(list(runs.glob("2*")))).encode(), alerts=list(findings), finished=present(), **changes
    )
    record_with_alerts(runs, "shop")
    return version


def told(runs, everything=True):
    return describe_alerts(runs, ["shop"], everything)["datasets"]["shop"]["alerts"]


def states(runs):
    return [record.facts["state"] for record in changes(runs)]


def changes(runs):
    return [r for r in read_log(registry_folder(runs, "shop")) if r.kind == "alert" and "state" in r.facts]


def test_an_alert_opens_goes_on_and_ends_on_record_and_the_log_stays_sound(runs):
    look(runs, BROKEN)
    last = look(runs, BROKEN | {"message": "`usage` stopped arriving: 90%."})
    (alert,) = told(runs, everything=False)
    assert (alert["state"], alert["version"], alert["sure"]) == ("open", last, "seen in 2 of the last 2 looks")
    look(runs)
    look(runs)
    assert (states(runs), told(runs, everything=False)) == (["open", "resolved"], [])
    assert not verify_audit(runs, "shop", Policy()).problems


def test_what_is_due_and_not_on_record_yet_is_shown_as_it_will_be(runs):
    """A kill between a run's publication and its alerts changes no answer."""
    publish(runs, alerts=[BROKEN])
    before = told(runs)
    record_with_alerts(runs, "shop")
    (record,) = changes(runs)
    assert before[0]["id"] == told(runs)[0]["id"] == record.facts["alert"]
    assert before[0]["state"] == "open"


def test_however_many_settle_at_once_each_change_is_on_record_once(runs):
    publish(runs, alerts=[BROKEN, MOVED])
    publish(runs, b"two", alerts=[BROKEN, MOVED])
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: record_with_alerts(runs, "shop"), range(16)))
    assert sorted(record.facts["name"] for record in changes(runs)) == ["feed broken", "inputs moved"]


def test_who_acknowledged_and_why_goes_on_record_and_status_says_so(runs, monkeypatch):
    look(runs, BROKEN)
    monkeypatch.setenv("CHURN_ACTOR", "Bo <bo@shop.example>")
    (alert,) = told(runs)
    record = acknowledge(runs, "shop", alert["id"][:3], "the vendor repairs it")
    assert (record.by, record.facts["reason"]) == ("Bo <bo@shop.example>", "the vendor repairs it")
    look(runs, BROKEN)
    assert (told(runs)[0]["state"], states(runs)) == ("acknowledged", ["open", "acknowledged"])
    said = status_text(describe_status(runs))
    assert f"({alert['id']}, since" in said
    assert "acknowledged by Bo <bo@shop.example>: the vendor repairs it" in said
    assert "shop: in order\n" in said  # none that needs somebody


@pytest.mark.parametrize(
    ("name", "reason", "told_why"),
    [("ffffff", "why", "no alert has this id"), ("{id}", " ", "the reason is"), ("{id}", "a\nb", "the reason is")],
)
def test_an_acknowledgement_that_says_nothing_is_refused(runs, name, reason, told_why):
    look(runs, BROKEN)
    with pytest.raises(ActRefused, match=told_why):
        acknowledge(runs, "shop", name.format(id=told(runs)[0]["id"]), reason)
    assert states(runs) == ["open"]


def test_what_is_known_or_over_cannot_be_acknowledged_nor_by_nobody(runs, monkeypatch):
    look(runs, BROKEN)
    name = told(runs)[0]["id"]
    acknowledge(runs, "shop", name, "known")
    with pytest.raises(ActRefused, match="it is acknowledged already, by Ann"):
        acknowledge(runs, "shop", name, "known")
    look(runs), look(runs)
    with pytest.raises(ActRefused, match="it is resolved already, on 20"):
        acknowledge(runs, "shop", name, "known")
    monkeypatch.setattr("churn_mlops.registry.identity._of_git", lambda: "unknown")
    monkeypatch.delenv("CHURN_ACTOR")
    with pytest.raises(ConfigError, match=r"alerts ack .*: who does it is not known"):
        acknowledge(runs, "shop", name, "known")


def test_a_warning_is_shown_as_seen_until_it_opens(runs):
    look(runs, MOVED)
    assert told(runs, everything=False) == []
    said = status_text(describe_status(runs))
    assert "Alerts       none open" in said
    assert "Seen         medium: `price` moved. (seen in the only look; opens once 2 of 3 have seen it)" in said
    look(runs, MOVED)
    assert status_text(describe_status(runs)).startswith("shop: in order, 1 alert open\n")


def test_the_rules_are_those_that_the_last_look_was_made_with(runs):
    version = publish(runs, alerts=[MOVED])
    write_text(runs / version / "config.toml", '[dataset]\nname = "shop"\n[alerts]\nopen_after = 1\n')
    record_with_alerts(runs, "shop")
    assert states(runs) == ["open"]


def test_severity_follows_the_money_against_what_the_champion_promised(runs):
    serve(runs, b"0")  # 1,200 expected
    for money, severity in ((-10, "low"), (-100, "medium"), (-600, "high")):
        look(runs, MOVED | {"money": money})
        assert told(runs)[0]["severity"] == severity
    assert told(runs)[0]["share"] == 0.5


def test_channels_are_told_of_each_change_once_and_of_nothing_else(runs, hook):
    look(runs, MOVED)
    send(runs, "shop")
    look(runs, MOVED)
    send(runs, "shop"), send(runs, "shop")
    acknowledge(runs, "shop", told(runs)[0]["id"], "on it")
    look(runs), look(runs)
    send(runs, "shop")
    assert hook.titles == ["[shop] medium: inputs moved", "[shop] 2 alerts: inputs moved, inputs moved"]
    assert f"Acknowledged by {AUTHOR}: on it" in hook.came[1]["message"]
    page = next(line for line in hook.came[0]["message"].splitlines() if line.startswith("Page: runs/"))
    assert (runs.parent / page.removeprefix("Page: ").partition("index.html")[0]).is_dir()


def test_a_channel_that_was_away_is_told_at_the_next_run(runs, hook, capsys, monkeypatch):
    monkeypatch.setattr("churn_mlops.monitoring.alerting.channels.WAIT_S", 0.001)
    hook.answers = [500] * 3
    look(runs, BROKEN)
    send_after(runs, "shop", AlertRules())
    assert "warning: alert not sent: CHURN_NOTIFY" in capsys.readouterr().err
    look(runs, BROKEN)
    send_after(runs, "shop", AlertRules())
    assert (hook.titles, capsys.readouterr().err) == (["[shop] high: feed broken"], "")


def test_a_mistake_of_our_own_is_a_warning_at_the_end_of_a_run(runs, hook, capsys, monkeypatch):
    look(runs, BROKEN)
    monkeypatch.setattr("churn_mlops.pipelines.alerts.sending.send_waiting", lambda *a: 1 / 0)
    send_after(runs, "shop", AlertRules())
    assert "warning: alert not sent: ZeroDivisionError" in capsys.readouterr().err


def test_a_variable_that_the_definition_names_and_nobody_set_waits(runs, monkeypatch):
    look(runs, BROKEN)
    monkeypatch.delenv("OPS", raising=False)
    rules = AlertRules(channels=("OPS",))
    assert send(runs, "shop", rules) == ["OPS: the environment variable OPS is not set; 1 waiting"]
    with webhook() as kept:
        monkeypatch.setenv("OPS", kept.url)
        assert send(runs, "shop", rules) == []
    assert kept.titles == ["[shop] high: feed broken"]
    assert "t0ken" not in json.dumps(describe_alerts(runs, ["shop"]))
