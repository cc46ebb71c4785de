"""An archive of its own, and whoever acts on it."""

import pytest


@pytest.fixture
def runs(tmp_path):
    return tmp_path / "runs"


@pytest.fixture(autouse=True)
def acting(monkeypatch):
    """Lets somebody act; Ben at first. Nobody signs unless a test says so."""
    monkeypatch.delenv("CHURN_SIGNING_KEY", raising=False)

    def act_as(name):
        monkeypatch.setenv("CHURN_ACTOR", name)

    act_as("Ben <ben@shop.example>")
    return act_as
