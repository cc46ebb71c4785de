"""What Prometheus is told, and how little it takes to answer."""

import subprocess
import sys

import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.registry.published import AUTHOR, publish, serve

from churn_mlops.config import AlertRules
from churn_mlops.pipelines.alerts.changing import record_with_alerts
from churn_mlops.pipelines.alerts.describing import metrics_text
from churn_mlops.pipelines.alerts.sending import send
from churn_mlops.pipelines.status.describing import describe_status
from churn_mlops.serving.alerts import alert_metrics

BROKEN = {"name": 'feed "broken"', "severity": "high", "message": "m", "cause": "", "cure": "", "since": "2026-01-02"}
WHEN = {"finished": "2026-01-03T00:00:00Z"}


@pytest.fixture(autouse=True)
def on_record(monkeypatch):
    monkeypatch.setenv("CHURN_ACTOR", AUTHOR)
    monkeypatch.delenv("CHURN_NOTIFY", raising=False)


def read(text):
    families = text_string_to_metric_families(text)
    return {(s.name, *sorted(s.labels.values())): s.value for family in families for s in family.samples}


def test_prometheus_is_told_of_states_alerts_ages_and_channels(tmp_path):
    serve(tmp_path, b"one", **WHEN)
    publish(tmp_path, b"two", alerts=[BROKEN | {"money": -600.0}], **WHEN)
    record_with_alerts(tmp_path, "shop")
    publish(tmp_path, b"bank", dataset="bank", status="failed", **WHEN)
    send(tmp_path, "shop", AlertRules(channels=("NEVER_SET",)))
    found = read(metrics_text(tmp_path, describe_status(tmp_path)))
    name = next(key[1:] for key in found if key[0] == "churn_alert_money")
    assert found["churn_alert_money", *name] == -600
    assert found["churn_alert_since_timestamp_seconds", *name] == 1767312000
    assert found["churn_alerts", "high", "open", "shop"] == 1
    assert found["churn_alerts", "acknowledged", "high", "shop"] == 0
    assert found["churn_state", "bank", "broken"] == 1
    assert found["churn_last_run_failed", "shop"] == 0
    assert found["churn_champion_generation", "shop"] == 1
    assert found["churn_age_limit_days", "data", "shop"] > 0
    assert found["churn_last_run_timestamp_seconds", "bank"] == 1767398400
    assert found["churn_alert_messages_waiting", "NEVER_SET", "shop"] == 1
    assert found["churn_alert_channel_failures", "NEVER_SET", "shop"] == 1
    own = read(alert_metrics(tmp_path, ["shop"]))  # what the service shows
    assert own.items() <= found.items()
    assert own


def test_an_empty_archive_has_metrics_too(tmp_path):
    assert list(read(metrics_text(tmp_path, describe_status(tmp_path)))) == [("churn_asked_timestamp_seconds",)]


def test_to_answer_takes_nothing_heavy():
    heavy = "{'pandas', 'numpy', 'apprise', 'requests', 'jinja2', 'matplotlib', 'sklearn', 'pyarrow', 'cryptography'}"
    modules = "churn_mlops.cli.alerts, churn_mlops.pipelines.alerts.describing, churn_mlops.pipelines.alerts.sending"
    code = f"import sys, {modules}; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
