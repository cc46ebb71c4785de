from datetime import UTC, datetime, timedelta

import pytest

from churn_mlops.config import Dataset, Definition, Money
from churn_mlops.serving.log import Entry, LogFile, log_folder
from churn_mlops.serving.operations import judge, service_days

DEFINITION = Definition(Dataset("shop", "shop.csv", id="id", target="left"), Money(1, 1, 1))


def answer(n, at, role="champion", probability=0.5, seconds=0.004):
    decision = "contact" if n % 4 == 0 else "leave"
    moment = int(at.timestamp() * 1e6)
    return Entry(f"p{n}", moment, "shop", "v1", "d", role, "score", f"c{n % 8}", probability, decision, seconds, "{}")


@pytest.fixture
def runs(tmp_path):
    """An archive whose service has answered on six days, two days ago last; and a shadow beside it."""
    for ago in range(2, 8):
        at = datetime.now(UTC) - timedelta(days=ago)
        entries = [answer(n, at) for n in range(20)] + [answer(99, at, "shadow", 0.1)]
        LogFile(log_folder(tmp_path / "runs", "shop"), "test").add(entries, at)
    (tmp_path / "run").mkdir()
    return tmp_path


def seen(runs):
    return service_days(str(runs / "run"), str(runs / "runs"), DEFINITION)


def test_each_day_is_counted_by_the_champion_s_answers_alone(runs):
    table = seen(runs)
    assert len(table) == 6
    assert (table["answers"] == 20).all()
    assert (table["customers"] == 8).all()
    assert table["contacted"].tolist() == pytest.approx([0.25] * 6)
    assert table["p95_ms"].tolist() == pytest.approx([4.0] * 6)
    assert (table["failed"] == 0).all()
    assert judge(table).verdict == "answering"


def test_an_answer_without_a_number_is_counted_as_failed(runs):
    now = datetime.now(UTC)
    LogFile(log_folder(runs / "runs", "shop"), "test").add(
        [answer(1, now), answer(2, now, probability=float("nan"))], now
    )
    table = seen(runs)
    assert table.iloc[-1]["failed"] == 1
    assert table.iloc[-1]["mean_probability"] == 0.5
    assert judge(table).verdict == "failing"


def test_a_run_that_makes_a_model_or_looks_back_does_not_see_the_log(runs):
    from dataclasses import replace

    assert service_days(str(runs / "run"), str(runs / "runs"), replace(DEFINITION, as_of="2026-01-31")).empty
    (runs / "run" / "model.json").write_text("{}")
    assert seen(runs).empty


def test_where_there_is_no_log_nobody_was_answered(tmp_path):
    table = service_days(str(tmp_path), str(tmp_path), DEFINITION)
    assert table.empty
    assert judge(table).verdict == "unused"
