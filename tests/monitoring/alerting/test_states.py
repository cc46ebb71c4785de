"""Alerts over looks: patience, causes known again, what is told, whoever acknowledges."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from churn_mlops.config import AlertRules
from churn_mlops.monitoring.alerting.alert import ACKNOWLEDGED, OPEN, RESOLVED, SEEN, STANDING
from churn_mlops.monitoring.alerting.states import replay, settled

MOVED = {"name": "inputs moved", "severity": "medium", "message": "`price` moved.", "cause": "", "cure": ""}
BROKEN = MOVED | {"name": "feed broken", "severity": "high", "message": "`usage` stopped arriving."}
USUAL = AlertRules()


class Log:
    """A log to which looks are added, and the changes that are due, as the runner does."""

    def __init__(self, rules=USUAL):
        self.events, self.rules, self.changes = [], rules, []

    def look(self, *findings, expected=1000.0):
        n = len(self.events) + 1
        self.events.append(_event(n, version=f"run {n}", findings=findings, expected=expected))
        for alert in settled(replay(self.events, self.rules), f"2026-01-{n:02}T00:00:00Z", self.rules)[1]:
            self.change(alert, alert.state)
        return self

    def change(self, alert, state, by="a run"):
        told = {name: getattr(alert, name) for name in ("name", "columns", "severity")}
        n = len(self.events) + 1
        change = {"alert": alert.id, "state": state, **told, "reason": "known"}
        self.events.append(_event(n, version=alert.version, findings=None, change=change, by=by))
        self.changes.append(state)

    @property
    def alerts(self):
        return replay(self.events, self.rules)

    @property
    def alert(self):
        (alert,) = self.alerts
        return alert


def _event(n, **more):
    at = f"2026-01-{n:02}T00:00:00Z"
    return SimpleNamespace(**{"n": n, "at": at, "by": "a run", "expected": None, "change": None} | more)


def seen(pattern, finding=MOVED, rules=USUAL):
    """A log of looks: x has seen it, a dot has not."""
    log = Log(rules)
    for look in pattern:
        log.look(*([finding] if look == "x" else []))
    return log


@pytest.mark.parametrize(
    ("pattern", "changes"),
    [
        ("x", []),
        ("xx", [OPEN]),
        ("x.x", [OPEN]),
        ("x..x", []),  # too far apart
        ("xx.", [OPEN]),  # one quiet look ends nothing
        ("xx.x.x.x", [OPEN]),  # and nothing flaps
        ("xx..", [OPEN, RESOLVED]),
        ("xx..x", [OPEN, RESOLVED]),
        ("xx..xx", [OPEN, RESOLVED, OPEN]),  # another alert, of the same cause
        ("." * 30, []),
        ("x." * 30, [OPEN]),
    ],
)
def test_a_warning_opens_and_ends_with_patience(pattern, changes):
    assert seen(pattern).changes == changes


@pytest.mark.parametrize("finding", [BROKEN, MOVED | {"name": "data old"}, MOVED | {"money": -250.0}])
def test_what_is_urgent_opens_at_once(finding):
    assert seen("x", finding).changes == [OPEN]


@pytest.mark.parametrize(
    ("rules", "pattern", "changes"),
    [
        (AlertRules(open_after=1), "x", [OPEN]),
        (AlertRules(open_after=3, of_last=5), "x.x.x", [OPEN]),
        (AlertRules(at_once=("medium",)), "x", [OPEN]),
        (AlertRules(resolve_after=1), "xx.", [OPEN, RESOLVED]),
        (AlertRules(resolve_after=4), "xx...", [OPEN]),
    ],
)
def test_the_rules_are_those_of_the_definition(rules, pattern, changes):
    assert seen(pattern, rules=rules).changes == changes


def test_the_same_cause_goes_on_with_the_same_alert_whatever_the_numbers():
    log = seen("xx")
    first = log.alert.id
    log.look(MOVED | {"message": "`price` and `plan` moved: PSI 0.9.", "severity": "low"})
    assert (log.alert.id, log.alert.message) == (first, "`price` and `plan` moved: PSI 0.9.")
    assert log.alert.since == "2026-01-01"
    assert log.alert.seen_in(3) == (3, 3)


def test_two_feeds_are_two_causes_and_two_checks_of_one_column_are_one():
    usage, tenure = BROKEN, BROKEN | {"message": "`tenure` stopped arriving."}
    log = Log().look(usage, tenure)
    names = {alert.columns: alert.id for alert in log.alerts}
    assert len(names) == 2
    log.look(tenure, usage)  # in any order
    assert {alert.columns: alert.id for alert in log.alerts} == names


def test_a_cause_that_monitoring_names_itself_counts_before_the_message():
    log = seen("xx", MOVED | {"cause": "Column `price` changed upstream.", "message": "`score` moved."})
    assert log.alert.columns == ("price",)


def test_since_is_the_day_that_monitoring_found():
    assert seen("xx", MOVED | {"since": "2025-11-30"}).alert.since == "2025-11-30"


def test_what_was_acknowledged_stays_so_until_it_gets_worse():
    log = seen("xx")
    log.change(log.alert, ACKNOWLEDGED, "Bo")
    log.look(MOVED)
    assert (log.alert.state, log.alert.acknowledged_by, log.alert.reason) == (ACKNOWLEDGED, "Bo", "known")
    log.look(MOVED | {"severity": "high"})
    assert (log.alert.state, log.alert.acknowledged_by, log.changes[-1]) == (OPEN, None, OPEN)
    log.look(MOVED).look(MOVED | {"severity": "high"})  # it was told already
    assert log.changes == [OPEN, ACKNOWLEDGED, OPEN]


def test_what_was_acknowledged_ends_as_any_other():
    log = seen("xx")
    log.change(log.alert, ACKNOWLEDGED)
    log.look().look()
    assert (log.alert.state, log.changes[-1]) == (RESOLVED, RESOLVED)


def test_other_rules_today_do_not_change_what_was_opened_by_those_of_then():
    log = seen("x", rules=AlertRules(open_after=1))
    assert replay(log.events, AlertRules(open_after=3, of_last=3))[0].state == OPEN


@pytest.mark.parametrize("odd", [{}, {"name": 3, "severity": None, "money": "much"}, {"severity": "??", "since": 0}])
def test_a_finding_that_says_little_is_an_alert_all_the_same(odd):
    log = Log().look(odd).look(odd)
    assert (log.alert.state, log.alert.severity) == (OPEN, "medium")


LOOKS = st.lists(st.lists(st.sampled_from([MOVED, BROKEN, MOVED | {"severity": "high"}]), max_size=2), max_size=25)


@given(LOOKS)
def test_whatever_is_seen_settling_twice_changes_nothing_and_a_cause_stands_once(looks):
    log = Log()
    for findings in looks:
        log.look(*{finding["name"]: finding for finding in findings}.values())
        alerts = log.alerts
        assert settled(alerts, "2026-02-01T00:00:00Z", USUAL)[1] == []
        standing = [alert.name for alert in alerts if alert.state in (SEEN, *STANDING)]
        assert len(standing) == len(set(standing))
        assert all(bool(alert.id) == (alert.state != SEEN) for alert in alerts)


@given(st.text("x.", max_size=25), st.integers(1, 4), st.integers(1, 4), st.integers(1, 4))
def test_it_opens_only_after_n_of_m_looks_and_ends_only_after_k_quiet_ones(pattern, n, more, k):
    rules = AlertRules(open_after=n, of_last=n + more - 1, resolve_after=k)
    log, opened = Log(rules), False
    for place, look in enumerate(pattern):
        before = len(log.changes)
        log.look(*([MOVED] if look == "x" else []))
        for change in log.changes[before:]:
            window = pattern[: place + 1]
            assert window[-rules.of_last :].count("x") >= n if change == OPEN else window.endswith("." * k)
            assert opened == (change == RESOLVED)
            opened = change == OPEN
