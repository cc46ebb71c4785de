"""`alerts` as people and machines call it."""

import json

import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.monitoring.alerting.receivers import webhook
from tests.registry.published import AUTHOR, publish

BROKEN = {
    "name": "feed broken",
    "severity": "high",
    "message": "`usage` stopped arriving.",
    "cause": "A source was renamed.",
    "cure": "Repair it; then run: python pipeline.py",
    "money": -300.0,
}


@pytest.fixture(autouse=True)
def as_ann(monkeypatch):
    monkeypatch.setenv("CHURN_ACTOR", AUTHOR)
    monkeypatch.delenv("CHURN_NOTIFY", raising=False)


@pytest.fixture
def runs(tmp_path):
    return tmp_path / "runs"


def the_alert(call):
    (alert,) = json.loads(call("alerts", "--json")[1])["datasets"]["shop"]["alerts"]
    return alert


def test_an_empty_archive_says_what_to_do(call):
    assert call("alerts") == (0, "No run yet. Cure: python pipeline.py\n", "")
    assert json.loads(call("alerts", "--json")[1]) == {"datasets": {}}
    assert call("alerts", "ack", "abc", "--reason", "x")[0] == 2


def test_it_says_all_that_somebody_needs_to_act(call, runs):
    publish(runs, alerts=[BROKEN])
    code, out, _ = call("alerts")
    name = the_alert(call)["id"]
    assert code == 0
    assert out.splitlines()[0] == f"shop: {name} open (high) feed broken: `usage` stopped arriving."
    for said in (
        ", seen in the only look",
        "A source was renamed.",
        "about 300 EUR, 25% of the expected profit",
        "Next     python pipeline.py\n",
        f"python pipeline.py alerts ack {name} --reason WHY",
    ):
        assert said in out


def test_without_alerts_it_says_so_and_all_shows_what_is_over(call, runs):
    publish(runs, alerts=[BROKEN])
    call("alerts", "send")
    for model in (b"2", b"3"):
        publish(runs, model)
    assert call("alerts")[1] == "shop: No alert is open.\n"
    assert "resolved (high) feed broken" in call("alerts", "--all")[1]


def test_ack_is_one_record_and_the_second_is_refused(call, runs):
    publish(runs, alerts=[BROKEN])
    name = the_alert(call)["id"]
    code, out, _ = call("alerts", "ack", name, "--reason", "the vendor knows")
    assert (code, out.startswith(f"{name}: acknowledged by {AUTHOR}, record ")) == (0, True)
    assert f"{name} acknowledged, high: `usage` stopped arriving., the vendor knows" in call("audit")[1]
    assert the_alert(call)["state"] == "acknowledged"
    code, _, err = call("alerts", "ack", name, "--reason", "again")
    assert (code, "already, by Ann" in err) == (4, True)
    assert call("alerts", "ack", name)[0] == 2
    assert call("audit", "verify")[0] == 0


def test_send_says_what_waits_and_ends_with_1_until_it_has_gone(call, runs, monkeypatch):
    publish(runs, alerts=[BROKEN])
    code, out, _ = call("alerts", "send")
    assert (code, out) == (
        0,
        "No channel is set. Cure: CHURN_NOTIFY=URL, or [alerts] channels in the definition; docs/alerts.md.\n",
    )
    monkeypatch.setattr("churn_mlops.monitoring.alerting.channels.WAIT_S", 0.001)
    with webhook() as kept:
        monkeypatch.setenv("CHURN_NOTIFY", kept.url)
        kept.answers = [500] * 3
        code, out, _ = call("alerts", "send")
        assert (code, out.startswith("not sent: shop: CHURN_NOTIFY: ")) == (1, True)
        assert "shop: CHURN_NOTIFY: 1 waiting, tried 1 times" in call("alerts")[1]
        assert call("alerts", "send") == (0, "Nothing waits: every channel has been told.\n", "")
    assert kept.titles == ["[shop] high: feed broken"]
    assert json.loads(call("alerts", "send", "--json")[1])["channels"]["shop"]["CHURN_NOTIFY"]["waiting"] == 0


def test_metrics_are_a_whole_file(call, runs, tmp_path):
    publish(runs, alerts=[BROKEN], finished="2026-01-03T00:00:00Z")
    code, out, _ = call("alerts", "--metrics", str(tmp_path / "metrics" / "churn.prom"))
    assert (code, out.startswith("written: ")) == (0, True)
    text = (tmp_path / "metrics" / "churn.prom").read_text()
    assert "churn_alerts" in {family.name for family in text_string_to_metric_families(text)}
    assert [path.name for path in (tmp_path / "metrics").iterdir()] == ["churn.prom"]
