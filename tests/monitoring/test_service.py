import pandas as pd
import pytest

from churn_mlops.monitoring.alerts import make_alerts
from churn_mlops.monitoring.service import COLUMNS, Service, judge_service


def days(*dates, p95=20.0, failed=0):
    """A table of days with a hundred answers each; the last one is as told."""
    rows = [(day, 100, 90, 0.2, 0.1, 5.0, 20.0, 0, "v1") for day in dates]
    table = pd.DataFrame(rows, columns=COLUMNS)
    if rows:
        table.loc[len(rows) - 1, ["p95_ms", "failed"]] = [p95, failed]
    return table


WEEK = [f"2026-03-{day:02}" for day in range(2, 9)]  # Monday to Sunday
WORKDAYS = [day for day in (f"2026-03-{n:02}" for n in range(2, 21)) if pd.Timestamp(day).weekday() < 5]

CASES = {
    "never used": (days(), "2026-03-09", "unused"),
    "answered today": (days(*WEEK), "2026-03-08", "answering"),
    "answered yesterday": (days(*WEEK), "2026-03-09", "answering"),
    "silent for two days": (days(*WEEK), "2026-03-10", "answering"),
    "silent for three days": (days(*WEEK), "2026-03-11", "silent"),
    "silent over a weekend, as ever": (days(*WORKDAYS), "2026-03-23", "answering"),
    "silent for a week": (days(*WORKDAYS), "2026-03-27", "silent"),
    "used on two days only": (days(*WEEK[:2]), "2026-03-30", "answering"),
    "slow": (days(*WEEK, p95=400.0), "2026-03-08", "slow"),
    "slower, and still fast": (days(*WEEK, p95=90.0), "2026-03-08", "answering"),
    "no number for one in ten": (days(*WEEK, failed=10), "2026-03-08", "failing"),
    "no number for one": (days(*WEEK, failed=1), "2026-03-08", "answering"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_service_is_judged_by_its_own_log(case):
    table, today, verdict = CASES[case]
    assert judge_service(table, today).verdict == verdict


def test_silence_is_told_with_the_longest_before():
    told = judge_service(days(*WEEK), "2026-03-12")
    assert told.last == "2026-03-08"
    assert "for 4 days" in told.message
    assert "more than 1." in told.message


@pytest.mark.parametrize(("verdict", "alerted"), [("silent", "high"), ("failing", "high"), ("slow", "medium")])
def test_a_service_that_ails_is_alarmed_by_what_ails_it(verdict, alerted):
    (alert,) = make_alerts(None, None, None, None, service=Service(verdict, "Seen.", "2026-03-08"))
    assert (alert.name, alert.severity, alert.since) == (f"service {verdict}", alerted, "2026-03-08")


@pytest.mark.parametrize("verdict", ["answering", "unused"])
def test_a_service_that_is_well_or_not_there_is_not(verdict):
    assert make_alerts(None, None, None, None, service=Service(verdict, "Seen.")) == []
