"""`status`, `why` and `lineage` on the command line: what they print, and with which exit code they end."""

import json

import pytest
from tests.pipelines.lineage.conftest import VERSION, make_manifest
from tests.registry.published import AUTHOR, publish, serve

from churn_mlops.archive.files import write_json


@pytest.fixture(autouse=True)
def ann(monkeypatch):
    monkeypatch.setenv("CHURN_ACTOR", AUTHOR)


@pytest.fixture
def runs(tmp_path):
    return tmp_path / "runs"


def serve_now(runs, **changes):
    from churn_mlops.archive.versions import now

    return serve(runs, b"one", finished=now(), data=dict.fromkeys(("source", "version", "oldest", "newest")), **changes)


def test_status_ends_with_0_while_all_is_in_order_and_with_1_once_something_is_not(call, runs):
    version = serve_now(runs)
    code, out, err = call("status")
    assert (code, err) == (0, "")
    assert out.startswith("shop: in order\n")
    (runs / version / "artifacts" / "model.skops").unlink()
    code, out, err = call("status")
    assert (code, err) == (1, "")
    assert out.startswith("shop: broken\n  Broken       ")
    code, out, _ = call("status", "--json")
    assert (code, json.loads(out)["state"]) == (1, "broken")


def test_status_can_be_asked_of_one_dataset(call, runs):
    serve_now(runs)
    publish(
        runs, dataset="bank", status="failed", finished="2026-03-01T08:00:00Z", error={"exit_code": 1, "message": "x"}
    )
    assert call("status")[0] == 1
    assert call("status", "--dataset", "shop")[0] == 0
    assert call("status", "--dataset", "bank")[0] == 1
    code, _, err = call("status", "--dataset", "shpo")
    assert (code, err) == (2, "error: --dataset shpo: the archive has no run of it. There: bank, shop.\n")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "expected a PREDICTION_ID or --customer ID"),
        (["x/y", "--customer", "z"], "expected a PREDICTION_ID or --customer ID"),
        (["x/y", "--version", "z"], "only with --customer"),
        (["x/y"], "expected VERSION/CUSTOMER"),
        (["--customer", "x"], "0 datasets in the registry"),
        (["--customer", "x", "--version", "latest"], "is empty"),
        ([f"{VERSION}/x"], "no such version"),
    ],
)
def test_why_says_what_it_expects(call, arguments, told):
    code, out, err = call("why", *arguments)
    assert (code, out) == (2, "")
    assert told in err


def test_why_of_a_run_that_scored_nobody_says_so(call, runs):
    version = publish(runs)
    code, _, err = call("why", f"{version}/x")
    assert code == 2
    assert "this run has scored nobody" in err


def test_lineage_prints_the_champions_by_default_and_writes_events_beside(call, runs, tmp_path):
    write_json(runs / VERSION / "manifest.json", make_manifest())
    code, out, err = call("lineage", "latest", "--openlineage", str(tmp_path / "events.ndjson"))
    assert (code, err) == (0, f"10 events written to {tmp_path / 'events.ndjson'}.\n")
    assert "model        model.skops 333333333333, boosted" in out
    assert len((tmp_path / "events.ndjson").read_text().splitlines()) == 10
    assert json.loads(call("lineage", VERSION[:8], "--json")[1])["version"] == VERSION
    code, _, err = call("lineage")
    assert code == 2
    assert "there is no champion" in err


def test_events_that_cannot_be_written_leave_nothing_behind(call, runs, tmp_path):
    write_json(runs / VERSION / "manifest.json", make_manifest())
    (tmp_path / "file").touch()
    code, out, err = call("lineage", VERSION, "--openlineage", str(tmp_path / "file" / "events.ndjson"))
    assert (code, out) == (2, "")
    assert "Cure" in err
