"""The gate through the real service: a process that is started, asked and ended."""

import shutil
import time

import numpy as np
import pytest

from churn_mlops.archive.files import read_json, write_json
from churn_mlops.features.examples import load_examples
from churn_mlops.models.predictor import load_predictor
from churn_mlops.pipelines.record import describe_result
from churn_mlops.registry.decision import decide_promotion
from churn_mlops.registry.gates import answers_alike
from churn_mlops.serving import parity

pytestmark = pytest.mark.slow


class Planted:
    """The model, but for one customer, whom it gives another score."""

    def __init__(self, predictor, by: float):
        self.predictor, self.by = predictor, by

    def predict(self, X):
        p = self.predictor.predict(X)
        p[7] += self.by
        return p


@pytest.mark.parametrize(("by", "passed"), [(0.0, True), (2e-6, False)], ids=["the same", "one customer"])
def test_the_service_is_the_model_or_the_promotion_is_blocked(trained, tmp_path, by, passed):
    predictor, test = load_predictor(trained), load_examples(trained, "test")
    started = parity.start_service(trained)
    gate = parity.ask_service(started, Planted(predictor, by), test.X)
    assert gate.passed is passed, gate.message
    assert f"Of {len(test):,} evaluation rows" in gate.message
    promotion = decide_promotion([gate], predictor.digest, None)
    assert promotion.promoted is passed
    parity.save_parity(str(tmp_path), gate)
    assert read_json(tmp_path / "parity.json")[0]["passed"] is passed
    assert started.process.returncode is not None
    assert not started.folder.exists()


@pytest.mark.nightly
def test_a_service_that_refuses_a_row_that_was_evaluated_is_not_the_model(trained):
    predictor, test = load_predictor(trained), load_examples(trained, "test")
    X = test.X.head(3).assign(plan=["basic", "x" * 300, "plus"])
    gate = parity.ask_service(parity.start_service(trained), predictor, X)
    assert not gate.passed
    assert "`plan`: expected a text or null, of at most 200 letters" in gate.message
    assert "bounds in [columns]" in gate.message


def test_a_service_that_does_not_start_blocks_the_promotion_and_says_why(trained, tmp_path):
    run_dir = shutil.copytree(trained, tmp_path / "run")
    predictor, test = load_predictor(trained), load_examples(trained, "test")
    (run_dir / "model.skops").write_bytes(b"no model")
    gate = parity.ask_service(parity.start_service(str(run_dir)), predictor, test.X.head(3))
    assert not gate.passed
    assert "digest" in gate.message


def test_where_the_extra_is_not_installed_nobody_asks_and_nothing_is_blocked(trained, monkeypatch):
    monkeypatch.setattr(
        parity, "without_extra", lambda: "not installed: fastapi. Cure: pip install 'churn-mlops[serve]'."
    )
    gate = parity.ask_service(parity.start_service(trained), None, None)
    assert (gate.passed, np.isnan(gate.value)) == (True, True)
    assert "It was not measured, because the service is not installed: fastapi" in gate.message


@pytest.mark.nightly
def test_the_service_ends_with_whoever_has_started_it(trained):
    started = parity.start_service(trained)
    started.process.stdin.close()
    end = time.monotonic() + 30
    while started.process.poll() is None and time.monotonic() < end:
        time.sleep(0.02)
    assert started.process.returncode == 0
    shutil.rmtree(started.folder)


@pytest.mark.parametrize(
    ("largest", "passed", "value"), [(0.0, True, 0.0), (4e-16, True, 0.0), (1e-6, True, 1e-6), (1.1e-6, False, 1.1e-6)]
)
def test_the_gate_holds_at_a_millionth_and_tells_no_order_of_sums(largest, passed, value):
    gate = answers_alike({"rows": 1000, "largest": largest, "refused": ""})
    assert (gate.passed, gate.value) == (passed, value)


def test_the_gate_stands_among_those_of_the_run(tmp_path):
    write_json(tmp_path / "gates.json", [{"name": "calibrated", "passed": True}])
    parity.save_parity(str(tmp_path), answers_alike({"rows": 1000, "largest": 0.5, "refused": ""}))
    told = describe_result(tmp_path, (), [], None, experiment=False)["gates"]
    assert [(gate["name"], gate["passed"]) for gate in told] == [
        ("calibrated", True),
        ("answers as it was judged", False),
    ]
