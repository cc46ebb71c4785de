"""As many calls at once as this process may use cores."""

import joblib
import pytest

from churn_mlops.workers import cores


@pytest.mark.slow
@pytest.mark.parametrize(
    ("asked", "there", "expected"),
    [(None, 8, 8), ("2", 8, 2), ("16", 8, 8), ("0", 8, 8), ("", 8, 8), ("all", 8, 8), ("2,1", 8, 8), (None, 1, 1)],
)
def test_the_cores_are_those_of_the_process_or_the_share_that_it_was_given(monkeypatch, asked, there, expected):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    if asked is not None:
        monkeypatch.setenv("OMP_NUM_THREADS", asked)
    monkeypatch.setattr(joblib, "cpu_count", lambda: there)
    assert cores() == expected
