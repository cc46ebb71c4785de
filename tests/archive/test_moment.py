"""The present is the present, unless a run is made again."""

from datetime import UTC, datetime

from churn_mlops.archive import moment
from churn_mlops.archive.last import last_data


def test_without_a_word_it_is_now():
    assert abs((moment.present() - datetime.now(UTC)).total_seconds()) < 60


def test_a_run_that_is_made_again_sees_the_moment_of_the_run_before(monkeypatch):
    monkeypatch.setenv(moment.VARIABLE, '{"now": "2026-03-31T09:05:00Z"}')
    assert moment.present() == datetime(2026, 3, 31, 9, 5, tzinfo=UTC)


def test_the_last_data_is_that_of_then_also_where_there_was_none(monkeypatch, tmp_path):
    monkeypatch.setenv(moment.VARIABLE, '{"last_data": {"version": "d", "rows": 9}}')
    assert last_data(tmp_path, "shop") == {"version": "d", "rows": 9}
    monkeypatch.setenv(moment.VARIABLE, '{"last_data": null}')
    assert last_data(tmp_path, "shop") is None
