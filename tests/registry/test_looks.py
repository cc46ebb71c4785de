"""What counts as a look: monitoring that was executed, of a run that counts."""

import pytest
from tests.registry.published import publish, serve

from churn_mlops.registry.audit.log import read_log
from churn_mlops.registry.audit.record import Record
from churn_mlops.registry.looks import read_looks
from churn_mlops.registry.pointer import registry_folder

FOUND = {"name": "drift", "severity": "low", "message": "It moved.", "cause": "c", "cure": "d", "money": -3.5}


def looks(runs):
    return read_looks(read_log(registry_folder(runs, "shop")))


def monitored(version=None):
    """The stage that monitors, executed, or reused from a run."""
    return [{"name": "06_monitor", "outputs": {"alerts.json": "d"}, "reused_from": version}]


def test_a_look_has_what_monitoring_found_and_what_the_champion_promised(runs):
    version = serve(runs, b"one", alerts=[FOUND])
    second = publish(runs, b"two")
    first, last = looks(runs)
    assert (first.version, last.version, last.findings) == (version, second, ())
    assert {name: first.findings[0][name] for name in FOUND} == FOUND
    assert (first.expected, last.expected) == (1200.0, 1200.0)


@pytest.mark.parametrize("changes", [{"alerts": None, "retraining": None}, {"experiment": True}])
def test_a_run_that_did_not_monitor_and_an_experiment_are_none(runs, changes):
    publish(runs, **changes)
    assert looks(runs) == []


def test_a_run_that_reuses_the_last_look_is_none_but_one_that_goes_back_to_an_older_is(runs):
    first = publish(runs, alerts=[FOUND], stages=monitored())
    publish(runs, alerts=[FOUND], stages=monitored(first))
    other = publish(runs, b"two", stages=monitored())
    back = publish(runs, b"three", alerts=[FOUND], stages=monitored(first))
    assert [look.version for look in looks(runs)] == [first, other, back]


def test_logs_of_an_older_release_have_looks_too():
    def record(n, kind, **facts):
        return Record(n, "2026-01-01T00:00:00Z", kind, "shop", "Ann", {"version": "v", **facts}, "", "")

    run, found = record(1, "run", experiment=False), record(2, "alert", **FOUND)
    (look,) = read_looks([run, found, record(3, "retraining", needed=False)])
    assert look.findings[0]["name"] == "drift"
    assert read_looks([run]) == []


@pytest.mark.parametrize(
    ("customers", "rows", "expected"),
    [(100, 300, 400.0), (300, 300, 1200.0), (None, 300, 1200.0), (100, None, 1200.0)],
)
def test_what_was_promised_is_told_for_as_many_customers_as_were_looked_at(customers, rows, expected):
    """An evaluation over three months promises three times what is at stake in one."""

    def record(n, kind, **facts):
        return Record(n, "2026-01-01T00:00:00Z", kind, "shop", "Ann", {"version": "v", **facts}, "", "")

    model = record(2, "registration", metrics={"profit": 1200.0}, test_rows=rows)
    (look,) = read_looks([record(1, "run", look="v", customers=customers), model])
    assert look.expected == expected


def test_a_run_puts_on_record_how_many_customers_it_looked_at_and_its_evaluation_had(runs):
    metrics = {"schema": 1, "roc_auc": 0.8, "profit": 1200.0, "active_rows": 50, "test_rows": 150}
    publish(runs, metrics=metrics)
    facts = {record.kind: record.facts for record in read_log(registry_folder(runs, "shop"))}
    assert (facts["run"]["customers"], facts["registration"]["test_rows"]) == (50, 150)
    assert looks(runs)[0].expected == 400.0
